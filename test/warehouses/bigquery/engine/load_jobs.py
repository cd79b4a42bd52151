"""Load jobs: a file that comes with the request (CSV or lines of JSON), as dbt's seeds do."""

import csv
import io
import json

import access
import options
from errors import BigQueryError, exists, invalid, missing, not_modelled
from objects import Relation
from schema import checked, quoted, stored

KNOWN = {
    "destinationTable",
    "schema",
    "skipLeadingRows",
    "fieldDelimiter",
    "sourceFormat",
    "writeDisposition",
    "createDisposition",
    "allowQuotedNewlines",
    "nullMarker",
    "encoding",
    "quote",
    "timePartitioning",
    "clustering",
}


def work(job):
    given = job.configuration["load"]
    strange = sorted(set(given) - KNOWN)
    if strange:
        raise not_modelled(f"{strange[0]} of a load job")
    if job.upload is None:
        raise not_modelled("load jobs from files elsewhere")
    world, target = job.world, given["destinationTable"]
    dataset = world.dataset(target["projectId"], target["datasetId"], job.location)
    access.need_dataset(dataset, job.user, "write")
    job.location = dataset.location
    path = (dataset.project, dataset.name, target["tableId"])
    how = given.get("writeDisposition") or "WRITE_APPEND"
    with world.writer(path):
        old = world.find(path)
        if old is None and given.get("createDisposition") == "CREATE_NEVER":
            raise missing("Table", f"{path[0]}:{path[1]}.{path[2]}")
        if old is not None and old.kind != "TABLE":
            raise invalid(f"Cannot load into {old.id}: it is a {old.kind}")
        if old is not None and how == "WRITE_EMPTY" and world.storage.count(old.data):
            raise exists("Table", old.id)
        fields = checked((given.get("schema") or {}).get("fields") or []) or (old.fields if old else None)
        if not fields:
            raise not_modelled("load jobs that find out the columns themselves")
        rows = read(job.upload, given, fields)
        keeps = old is not None and how == "WRITE_APPEND"
        data = world.storage.copy(old.data, old.fields) if keeps else world.storage.create(fields)
        fill(world, data, fields, rows)
        with world.lock:
            if old is not None:
                world.write(old, data, None if keeps else fields)
            else:
                layout = {key: given[key] for key in ("timePartitioning", "clustering") if given.get(key)}
                options.check_layout(layout, fields)
                world.put(Relation("TABLE", dataset, path[2], fields=fields, data=data, layout=layout))
    job.rows = len(rows)


def read(upload, given, fields):
    """Rows of texts, None for what is missing."""
    text = upload.decode()
    kind = given.get("sourceFormat") or "CSV"
    if kind == "NEWLINE_DELIMITED_JSON":
        names = [field["name"] for field in fields]
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        return [[plain(line.get(name)) for name in names] for line in lines]
    if kind != "CSV":
        raise not_modelled(f"load jobs of {kind}")
    delimiter = given.get("fieldDelimiter") or ","
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter, quotechar=given.get("quote") or '"'))
    lines = [line for line in lines[int(given.get("skipLeadingRows") or 0) :] if line]
    marker = given.get("nullMarker") or ""
    for line in lines:
        if len(line) != len(fields):
            raise invalid(f"Error while reading data: a row has {len(line)} values, the table {len(fields)} columns")
    return [
        [None if value == marker else value for value in line] for line in lines
    ]


def plain(value):
    if isinstance(value, (dict, list)):
        raise not_modelled("nested values in a load job")
    return None if value is None else str(value)


def fill(world, data, fields, rows):
    if not rows:
        return
    names = ", ".join(quoted(field["name"]) for field in fields)
    values = ", ".join(f"CAST(? AS {stored(field)})" for field in fields)
    try:
        world.storage.cursor().executemany(f"INSERT INTO o.{data} ({names}) VALUES ({values})", rows)
    except Exception as error:
        world.storage.forget(data)
        raise BigQueryError("invalid", f"Error while reading data: {str(error).splitlines()[0]}") from None
