"""Where a query's rows go: a table that it names, or a nameless one that is the job's own."""

import access
from errors import BigQueryError, exists, invalid
from create_table import checked_names
from objects import Relation
from schema import quoted, same_shape

HIDDEN = "_results"


def of(job):
    given = job.configuration["query"].get("destinationTable")
    if given:
        return given
    result = job.result
    if result is None or job.dry:
        return None
    if result.statement in ("CREATE_TABLE_AS_SELECT", "MERGE", "INSERT", "UPDATE", "DELETE") and result.target:
        project, dataset, table = result.target
        return {"projectId": project, "datasetId": dataset, "tableId": table}
    if result.statement == "SELECT":
        return {"projectId": job.project, "datasetId": HIDDEN, "tableId": f"anon{job.id}"}
    return None


def hidden(world, project, table):
    """A nameless table, as tables.get shows it."""
    job = world.jobs.get((project, table.removeprefix("anon")))
    if job is None or job.result is None or job.result.fields is None:
        return None
    return {
        "kind": "bigquery#table",
        "id": f"{project}:{HIDDEN}.{table}",
        "tableReference": {"projectId": project, "datasetId": HIDDEN, "tableId": table},
        "type": "TABLE",
        "schema": {"fields": job.result.fields},
        "numRows": str(len(job.result.values)),
        "numBytes": "0",
        "creationTime": str(job.created),
        "lastModifiedTime": str(job.created),
        "location": job.location or "US",
    }


def write(job, context, result):
    given = job.configuration["query"].get("destinationTable")
    if not given:
        return
    world = context.world
    path = (given["projectId"], given["datasetId"], given["tableId"])
    if "$" in path[2]:
        raise BigQueryError("notImplemented", "The test server does not model partitions as destination", status=501)
    dataset = world.dataset(*path[:2], context.location)
    access.need_dataset(dataset, context.caller, "write")
    how = job.configuration["query"].get("writeDisposition") or "WRITE_EMPTY"
    with world.writer(path), world.lock:
        old = world.find(path)
        if old is not None and how == "WRITE_EMPTY" and (old.data is None or world.storage.count(old.data)):
            raise exists("Table", old.id)
        if old is None or how != "WRITE_APPEND":
            fields = checked_names([dict(field) for field in result.fields])
            data = world.storage.create(fields)
            fill(world, data, fields, result.values)
            if old is None:
                world.put(Relation("TABLE", dataset, path[2], fields=fields, data=data))
            else:
                world.write(old, data, fields)
            return
        if len(old.fields) != len(result.fields) or not all(map(same_shape, old.fields, result.fields)):
            raise invalid(f"Provided Schema does not match Table {old.id}.")
        data = world.storage.copy(old.data, old.fields)
        fill(world, data, old.fields, result.values)
        world.write(old, data)


def fill(world, data, fields, values):
    if not values:
        return
    marks = ", ".join("?" for _ in fields)
    names = ", ".join(quoted(field["name"]) for field in fields)
    world.storage.cursor().executemany(f"INSERT INTO o.{data} ({names}) VALUES ({marks})", [list(v) for v in values])
