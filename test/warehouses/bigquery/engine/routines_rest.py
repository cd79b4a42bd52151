"""routines.* of the API: functions in SQL over scalars."""

import access
from context import Context
from errors import exists, invalid, missing, not_modelled, refuse_others
from routines import check, place
from tables_rest import guarded

TOLD = {"etag", "routineReference", "creationTime", "lastModifiedTime"}
SAID = {"routineType", "language", "arguments", "returnType", "definitionBody", "description"}


def resource(one):
    project, dataset, name = one.path
    body = {key: value for key, value in one.body.items() if key not in ("arguments", "returnTypeSql")}
    arguments = [argument(given) for given in one.body.get("arguments", [])]
    found = {
        "etag": one.etag,
        "routineReference": {"projectId": project, "datasetId": dataset, "routineId": name},
        "creationTime": str(one.created),
        "lastModifiedTime": str(one.modified),
        **body,
    }
    if arguments:
        found["arguments"] = arguments
    if one.body.get("returnTypeSql"):
        found["returnType"] = {"typeKind": one.body["returnTypeSql"].upper()}
    return found


def argument(given):
    if "typeSql" not in given:
        return given
    return {"name": given["name"], "dataType": {"typeKind": given["typeSql"].upper()}}


def listed(call, project, dataset):
    holder = call.world.dataset(project, dataset)
    access.need_dataset(holder, call.user, "metadata")
    page, token = call.page([holder.routines[name] for name in sorted(holder.routines)])
    return {"routines": [resource(one) for one in page]} | ({"nextPageToken": token} if token else {})


def found(call, project, dataset, name):
    holder = call.world.dataset(project, dataset)
    access.need_dataset(holder, call.user, "metadata")
    if name not in holder.routines:
        raise missing("Routine", f"{project}:{dataset}.{name}")
    return holder.routines[name]


def get(call, project, dataset, name):
    return resource(found(call, project, dataset, name))


def delete(call, project, dataset, name):
    with call.world.lock:
        one = found(call, project, dataset, name)
        access.need_dataset(one.dataset, call.user, "write")
        guarded(call, one)
        del one.dataset.routines[name]
    return {}


def body_of(call):
    """A function as CREATE FUNCTION would have read it."""
    body = call.body
    refuse_others(body, TOLD | SAID, "a routine")
    if body.get("routineType") != "SCALAR_FUNCTION" or body.get("language", "SQL") != "SQL":
        raise not_modelled(f"routines of type {body.get('routineType')} in {body.get('language')}")
    if not body.get("definitionBody"):
        raise invalid("Required parameter is missing: definitionBody")
    arguments = []
    for given in body.get("arguments") or []:
        if given.get("argumentKind") == "ANY_TYPE":
            arguments.append({"name": given["name"], "argumentKind": "ANY_TYPE"})
        else:
            arguments.append({"name": given["name"], "typeSql": type_of(given["dataType"])})
    made = {"routineType": "SCALAR_FUNCTION", "language": "SQL", "arguments": arguments}
    if body.get("returnType"):
        made["returnTypeSql"] = type_of(body["returnType"])
    if body.get("description"):
        made["description"] = body["description"]
    return made | {"definitionBody": body["definitionBody"]}


def type_of(given):
    kind = given["typeKind"]
    if kind == "ARRAY":
        return f"ARRAY<{type_of(given['arrayElementType'])}>"
    if kind == "STRUCT":
        raise not_modelled("arguments of type STRUCT over REST")
    return kind


def insert(call, project, dataset):
    holder = call.world.dataset(project, dataset)
    access.need_dataset(holder, call.user, "write")
    name = (call.body.get("routineReference") or {}).get("routineId")
    body = body_of(call)
    with call.world.lock:
        if name in holder.routines:
            raise exists("Routine", f"{project}:{dataset}.{name}")
        check(Context(call.world, project, call.user), body, holder)
        return resource(place(call.world, holder, name, body))


def update(call, project, dataset, name):
    body = body_of(call)
    with call.world.lock:
        one = found(call, project, dataset, name)
        access.need_dataset(one.dataset, call.user, "write")
        guarded(call, one)
        check(Context(call.world, project, call.user), body, one.dataset)
        return resource(place(call.world, one.dataset, name, body))
