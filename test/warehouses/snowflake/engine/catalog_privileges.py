"""The rows of INFORMATION_SCHEMA that say who may do what, and those of functions."""

import rights
from catalog_rows import relations, schemas, yes


def privileges(things):
    for thing in things:
        yield thing, "OWNERSHIP", thing.owner, thing.owner, "YES", thing.created, "ROLE"
        for g in thing.grants:
            yield thing, g.privilege, g.grantee, g.grantor, yes(g.option), g.created or thing.created, g.to


def table_privileges(binding, database, roles):
    for thing, privilege, grantee, grantor, option, created, to in privileges(relations(database, roles)):
        yield {
            "GRANTOR": grantor,
            "GRANTEE": grantee,
            "GRANTED_TO": to,
            "TABLE_CATALOG": database.name,
            "TABLE_SCHEMA": thing.parent.name,
            "TABLE_NAME": thing.name,
            "PRIVILEGE_TYPE": privilege,
            "IS_GRANTABLE": option,
            "WITH_HIERARCHY": "NO",
            "CREATED": created,
        }


def object_privileges(binding, database, roles):
    inside = [thing for schema in schemas(database, roles) for thing in schema.inside() if rights.sees(roles, thing)]
    for thing, privilege, grantee, grantor, option, created, to in privileges(
        [database, *schemas(database, roles), *inside]
    ):
        path = thing.path
        yield {
            "GRANTOR": grantor,
            "GRANTEE": grantee,
            "GRANTED_TO": to,
            "OBJECT_CATALOG": None if thing is database else database.name,
            "OBJECT_SCHEMA": path[1] if len(path) == 3 else None,
            "OBJECT_NAME": thing.name,
            "OBJECT_TYPE": thing.kind,
            "PRIVILEGE_TYPE": privilege,
            "IS_GRANTABLE": option,
            "CREATED": created,
        }


def functions(binding, database, roles):
    for schema in schemas(database, roles):
        for thing in schema.of("FUNCTION"):
            if rights.sees(roles, thing):
                p = thing.properties
                listed = ", ".join(f"{name} {type.written}" for name, type in p["arguments"])
                yield {
                    "FUNCTION_CATALOG": database.name,
                    "FUNCTION_SCHEMA": schema.name,
                    "FUNCTION_NAME": p["called"],
                    "FUNCTION_OWNER": thing.owner,
                    "ARGUMENT_SIGNATURE": f"({listed})",
                    "DATA_TYPE": p["returns"].written,
                    "FUNCTION_LANGUAGE": "SQL",
                    "FUNCTION_DEFINITION": p["body"],
                    "IS_SECURE": yes(p.get("secure")),
                    "CREATED": thing.created,
                    "LAST_ALTERED": thing.altered,
                    "COMMENT": thing.comment or None,
                }
