"""tables.* of the API."""

import access
import destination
import options
import partitions
import row_policies
from context import Context
from errors import exists, invalid, missing, not_modelled, stale
from objects import Relation
from schema import checked, same_shape
from text import Words
from time_travel import decorated
from views import define, repoint

SETTABLE = ("timePartitioning", "rangePartitioning", "clustering", "requirePartitionFilter")


def key(path):
    return {"projectId": path[0], "datasetId": path[1], "tableId": path[2]}


def resource(world, one):
    """A table or view as the API shows it."""
    found = {
        "kind": "bigquery#table",
        "etag": one.etag,
        "id": one.id,
        "selfLink": f"/bigquery/v2/projects/{one.path[0]}/datasets/{one.path[1]}/tables/{one.path[2]}",
        "tableReference": key(one.path),
        "type": one.kind,
        "schema": {"fields": one.fields},
        "creationTime": str(one.created),
        "lastModifiedTime": str(one.modified),
        "location": one.dataset.location,
        **one.layout,
    }
    if one.labels:
        found["labels"] = one.labels
    for name, value in (("description", one.description), ("friendlyName", one.friendly)):
        if value:
            found[name] = value
    if one.expiration is not None:
        found["expirationTime"] = str(one.expiration)
    if one.kind == "VIEW":
        found["view"] = {"query": one.query, "useLegacySql": False}
    if one.kind == "MATERIALIZED_VIEW":
        refreshed = one.extra.get("refreshed")
        found["materializedView"] = {**one.extra["materializedView"], "lastRefreshTime": str(refreshed)}
    if one.data is not None:
        rows = world.storage.count(one.data)
        size = str(partitions.bytes_of(one, rows))
        found |= {"numRows": str(rows), "numBytes": size, "numLongTermBytes": "0", "numTotalLogicalBytes": size}
    elif one.kind == "VIEW":
        found |= {"numRows": "0", "numBytes": "0", "numLongTermBytes": "0"}
    if "tableConstraints" in one.extra:
        found["tableConstraints"] = one.extra["tableConstraints"]
    if "externalDataConfiguration" in one.extra:
        found["externalDataConfiguration"] = one.extra["externalDataConfiguration"]
    if one.base:
        name, when = ("snapshotDefinition", "snapshotTime") if one.kind == "SNAPSHOT" else ("cloneDefinition", "cloneTime")
        found[name] = {"baseTableReference": key(one.base["table"]), when: iso(one.base["time"])}
    return found


def iso(ms):
    from clock import moment

    return moment(ms * 1000).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def listed(world, one):
    """As tables.list shows it."""
    whole = resource(world, one)
    names = ("kind", "id", "tableReference", "type", "creationTime", "expirationTime", "labels", "friendlyName")
    kept = {name: whole[name] for name in (*names, *SETTABLE) if name in whole}
    if one.kind == "VIEW":
        kept["view"] = {"useLegacySql": False}
    return kept


def list_tables(call, project, dataset):
    holder = call.world.dataset(project, dataset)
    access.need_dataset(holder, call.user, "metadata")
    names = sorted(holder.relations)
    found = [one for name in names if (one := call.world.find((project, dataset, name))) is not None]
    page, token = call.page(found)
    answer = {"kind": "bigquery#tableList", "tables": [listed(call.world, one) for one in page], "totalItems": len(found)}
    return answer | ({"nextPageToken": token} if token else {})


def get(call, project, dataset, table):
    if dataset == destination.HIDDEN:
        found = destination.hidden(call.world, project, table)
        if found is None:
            raise missing("Table", f"{project}:{dataset}.{table}")
        return found
    plain, _, at = table.partition("@")
    if at:
        one = decorated(call.world, call.world.dataset(project, dataset), plain, int(at)).relation
    else:
        one = call.world.relation((project, dataset, table))
    access.need(one, call.user, "metadata")
    return resource(call.world, one)


def guarded(call, thing):
    """If-Match: only what has not been changed since."""
    wanted = call.headers.get("If-Match")
    if wanted and wanted != "*" and wanted != thing.etag:
        raise stale()


def insert(call, project, dataset):
    holder, body, world = call.world.dataset(project, dataset), call.body, call.world
    access.need_dataset(holder, call.user, "write")
    name = (body.get("tableReference") or {}).get("tableId")
    if not name:
        raise invalid("Required parameter is missing: tableId")
    path = (project, dataset, name)
    if world.find(path) is not None:
        raise exists("Table", f"{project}:{dataset}.{name}")
    if body.get("materializedView") or body.get("snapshotDefinition") or body.get("cloneDefinition"):
        raise not_modelled("tables.insert of anything but tables, views and external tables")
    made = Relation("VIEW" if body.get("view") else "TABLE", holder, name)
    fields = (body.get("schema") or {}).get("fields")
    told(made, body)
    if made.kind == "VIEW":
        made.query = text_of(body["view"])
        define(context_of(call), made)
        if fields:
            made.fields = repoint(context_of(call), made, made.query, fields).fields
    else:
        made.fields = checked(fields or [])
        made.layout = {name: body[name] for name in SETTABLE if body.get(name)}
        options.check_layout(made.layout, made.fields)
        if body.get("externalDataConfiguration"):
            made.kind, made.extra["externalDataConfiguration"] = "EXTERNAL", body["externalDataConfiguration"]
        else:
            made.data = world.storage.create(made.fields)
    with world.lock:
        if world.find(path) is not None:
            raise exists("Table", f"{project}:{dataset}.{name}")
        world.put(made)
        return resource(world, made)


def text_of(view, legacy=True):
    if view.get("useLegacySql", legacy):
        raise not_modelled("views in legacy SQL (useLegacySql is true when it is left out)")
    if view.get("userDefinedFunctionResources"):
        raise not_modelled("functions of a view")
    return view["query"]


def context_of(call):
    return Context(call.world, call.project, call.user)


def told(one, body, merge=True):
    """What a body says of a table beside its columns. A patch leaves alone what it does not name."""
    if "labels" in body or not merge:
        given = body.get("labels") or {}
        before = one.labels if merge and body.get("labels") is not None else {}
        one.labels = {k: v for k, v in {**before, **given}.items() if v is not None}
        options.check_labels(one.labels)
    if "description" in body or not merge:
        one.description = body.get("description")
        options.check_description(one.description)
    if "friendlyName" in body or not merge:
        one.friendly = body.get("friendlyName")
    if "expirationTime" in body or not merge:
        at = body.get("expirationTime")
        one.expiration = int(at) if at not in (None, "0", 0) else None
    if body.get("tableConstraints"):
        one.extra["tableConstraints"] = body["tableConstraints"]


def change(call, project, dataset, table, merge):
    """tables.patch and tables.update."""
    world, path = call.world, (project, dataset, table)
    with world.writer(path), world.lock:
        one = world.relation(path)
        access.need(one, call.user, "write")
        guarded(call, one)
        etag = call.body.get("etag")
        if etag and etag != one.etag:
            raise stale()
        made = changed(call, one, merge)
        for name in ("fields", "query", "labels", "description", "friendly", "expiration", "extra", "layout"):
            setattr(one, name, getattr(made, name))
        if made.data != one.data:
            world.write(one, made.data)
        else:
            world.revise(one)
        return resource(world, one)


def changed(call, one, merge):
    """As it will be; what cannot be is refused before anything is changed."""
    body = call.body
    made = one.like()
    fields = (body.get("schema") or {}).get("fields")
    if one.kind == "VIEW":
        query = text_of(body["view"], not merge) if body.get("view") else one.query
        if query != one.query or fields:
            made = repoint(context_of(call), one, query, fields)
    elif body.get("view"):
        raise invalid(f"Cannot update the query of {one.id}: it is no view")
    elif fields:
        reshape(call.world, one, made, checked(fields))
    told(made, body, merge)
    for name in ("timePartitioning", "rangePartitioning"):
        if body.get(name) and where(body[name]) != where(one.layout.get(name, {})):
            raise invalid(f"Cannot change partitioning of {one.id}: {name}")
        if body.get(name):
            made.layout[name] = {**one.layout[name], **body[name]}
    if "clustering" in body:
        made.layout.pop("clustering", None)
        if body["clustering"]:
            made.layout["clustering"] = body["clustering"]
    if "requirePartitionFilter" in body:
        made.layout["requirePartitionFilter"] = bool(body["requirePartitionFilter"])
    options.check_layout(made.layout, made.fields)
    return made


def where(part):
    return part.get("field"), part.get("type"), part.get("range")


def reshape(world, one, made, fields):
    """Columns may be added and described; the ones that are there stay."""
    given = {field["name"].lower(): field for field in fields}
    before = {field["name"].lower(): field for field in one.fields}
    for name, field in before.items():
        if name not in given:
            raise invalid(f"Provided Schema does not match Table {one.id}. Field {field['name']} is missing in new schema")
        if not same_shape(field, given[name]) and not grows(field, given[name]):
            raise invalid(
                f"Provided Schema does not match Table {one.id}. Field {field['name']} has changed type from "
                f"{field['type']} to {given[name]['type']}"
            )
        if given[name]["mode"] == "REQUIRED" and field.get("mode") != "REQUIRED":
            raise invalid(
                f"Provided Schema does not match Table {one.id}. Field {field['name']} has changed mode from NULLABLE "
                "to REQUIRED"
            )
    for name, field in given.items():
        if name not in before and field["mode"] == "REQUIRED":
            raise invalid(f"Provided Schema does not match Table {one.id}. Cannot add required fields to an existing schema.")
    made.fields = fields
    if one.data is not None and [shape(f) for f in fields] != [shape(f) for f in one.fields]:
        if any(n in before and not same_shape(before[n], f) for n, f in given.items()):
            raise not_modelled("new fields of a STRUCT")
        made.data = world.storage.copy(one.data, fields, one.fields)


def shape(field):
    return field["name"], field["type"], field.get("mode") or "NULLABLE"


def grows(before, after):
    return before["type"] == after["type"] == "RECORD" and before.get("mode") == after.get("mode")


def delete(call, project, dataset, table):
    with call.world.lock:
        one = call.world.relation((project, dataset, table))
        access.need(one, call.user, "write")
        guarded(call, one)
        call.world.drop(one)
    return {}


def policies(call, project, dataset, table):
    one = call.world.relation((project, dataset, table))
    access.need(one, call.user, "own")
    page, token = call.page(row_policies.listed(one))
    return {"rowAccessPolicies": page} | ({"nextPageToken": token} if token else {})


__all__ = ["Words", "change", "delete", "get", "insert", "list_tables", "policies", "resource"]
