"""tables.insert, tables.patch and tables.update: what is made and changed over REST."""

import access
import options
from context import Context
from errors import exists, invalid, not_modelled, refuse_others, stale
from objects import Relation
from schema import checked, same_shape
from tables_rest import SETTABLE, guarded, resource
from views import define, repoint


# What the API tells and nobody can change; a client that sends a whole table back sends it, too.
TOLD = {"kind", "etag", "id", "selfLink", "type", "creationTime", "lastModifiedTime", "location", "numRows", "numBytes"}
TOLD |= {"numLongTermBytes", "numTotalLogicalBytes", "cloneDefinition", "snapshotDefinition", "tableReference"}
SAID = {"schema", "view", "labels", "description", "friendlyName", "expirationTime", "tableConstraints", *SETTABLE}


def insert(call, project, dataset):
    refuse_others(call.body, TOLD | SAID | {"externalDataConfiguration"}, "tables.insert")
    holder, body, world = call.world.dataset(project, dataset), call.body, call.world
    access.need_dataset(holder, call.user, "write")
    name = (body.get("tableReference") or {}).get("tableId")
    if not name:
        raise invalid("Required parameter is missing: tableId")
    path = (project, dataset, name)
    if world.find(path) is not None:
        raise exists("Table", f"{project}:{dataset}.{name}")
    if body.get("snapshotDefinition") or body.get("cloneDefinition"):
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
    refuse_others(body, TOLD | SAID, "a change of a table")
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
