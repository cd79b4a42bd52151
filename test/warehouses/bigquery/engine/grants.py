"""GRANT and REVOKE: roles on tables and views (their IAM policy) and on schemas (the dataset's access list)."""

import access
from binding import whole
from errors import BigQueryError, invalid_query, not_modelled
from results import Result
from text import unquoted

LEGACY = {
    "roles/bigquery.dataViewer": "READER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataOwner": "OWNER",
}


def grant(context, words, gives):
    roles = [words.identifier()]
    while words.take(","):
        roles.append(words.identifier())
    words.need("ON")
    kind = words.take_any("SCHEMA", "EXTERNAL TABLE", "MATERIALIZED VIEW", "TABLE", "VIEW")
    if kind is None:
        words.end("GRANT")
    parts = words.path()
    words.need("TO" if gives else "FROM")
    members = [unquoted(words.token("string").text)]
    while words.take(","):
        members.append(unquoted(words.token("string").text))
    words.end("GRANT")
    check(roles, members)
    with context.world.lock:
        if kind == "SCHEMA":
            on_schema(context, parts, roles, members, gives)
        else:
            on_relation(context, parts, roles, members, gives)
    return Result("GRANT" if gives else "REVOKE")


def check(roles, members):
    for role in roles:
        if role not in access.ROLES:
            raise not_modelled(f"the role {role}")
    for member in members:
        if not member.startswith(("user:", "group:", "serviceAccount:", "domain:", "specialGroup:")) and member not in (
            "allUsers",
            "allAuthenticatedUsers",
        ):
            raise BigQueryError("invalid", f"Invalid IAM member: {member}")


def on_relation(context, parts, roles, members, gives):
    relation = context.world.relation(whole(parts, context.project, context.default), context.location)
    access.need(relation, context.caller, "own")
    context.locate(relation.dataset.location)
    if context.dry:
        return
    for role in roles:
        held = relation.bindings.setdefault(role, set())
        held.update(members) if gives else held.difference_update(members)
        if not held:
            del relation.bindings[role]


def on_schema(context, parts, roles, members, gives):
    project, name = parts if len(parts) == 2 else (context.project, *parts)
    dataset = context.world.dataset(project, name, context.location)
    access.need_dataset(dataset, context.caller, "own")
    if context.dry:
        return
    for role in roles:
        for member in members:
            entry = {"role": LEGACY.get(role, role), **named(member)}
            if gives and entry not in dataset.access:
                dataset.access = [*dataset.access, entry]
            if not gives:
                dataset.access = [one for one in dataset.access if one != entry]
    context.world.revise(dataset)


def named(member):
    kind, _, who = member.partition(":")
    keys = {"user": "userByEmail", "group": "groupByEmail", "domain": "domain"}
    if kind in keys:
        return {keys[kind]: who}
    if member in ("allUsers", "allAuthenticatedUsers"):
        return {"iamMember": member}
    if kind == "serviceAccount":
        return {"userByEmail": who}
    raise invalid_query(f"Invalid IAM member: {member}")
