"""INFORMATION_SCHEMA, made from the registry each time it is read. Each sees only what the session's role may."""

import rights
from datatypes import BOOLEAN, INSTANT, NUMBER, TEXT
from errors import missing
from names import written
from objects import RELATIONS
from query import virtual
from time_travel import retention

KINDS = {"text": TEXT, "number": NUMBER, "time": INSTANT, "flag": BOOLEAN}


def virtual_table(scope, parts):
    """A name that DuckDB knows for one of the views of a database's INFORMATION_SCHEMA."""
    place, binding = scope.place, scope.binding
    database = place.find_database(place.whole(parts)[0])
    rights.enter(scope.roles, database)
    shape = SHAPES.get(parts[-1])
    if shape is None:
        raise missing("Object", written(database.name, *parts[-2:]))
    columns, rows = shape
    found = [tuple(row.get(name) for name in columns) for row in rows(binding, database, scope.roles)]
    binding.seen_information = True
    return virtual(binding, [(name, KINDS[kind]) for name, kind in columns.items()], found)


def yes(value):
    return "YES" if value else "NO"


def databases(binding, database, roles):
    for thing in binding.world.account.of("DATABASE"):
        if rights.sees(roles, thing):
            yield {
                "DATABASE_NAME": thing.name,
                "DATABASE_OWNER": thing.owner,
                "IS_TRANSIENT": yes(thing.properties.get("transient")),
                "COMMENT": thing.comment or None,
                "CREATED": thing.created,
                "LAST_ALTERED": thing.altered,
                "RETENTION_TIME": retention(thing),
                "TYPE": "STANDARD",
            }


def schemas(database, roles):
    return [schema for schema in database.of("SCHEMA") if rights.sees(roles, schema)]


def relations(database, roles):
    for schema in schemas(database, roles):
        for thing in schema.of(*RELATIONS):
            if rights.sees(roles, thing):
                yield thing


def schemata(binding, database, roles):
    for schema in schemas(database, roles):
        yield {
            "CATALOG_NAME": database.name,
            "SCHEMA_NAME": schema.name,
            "SCHEMA_OWNER": schema.owner,
            "IS_TRANSIENT": yes(schema.properties.get("transient")),
            "IS_MANAGED_ACCESS": yes(schema.properties.get("managed")),
            "RETENTION_TIME": retention(schema),
            "CREATED": schema.created,
            "LAST_ALTERED": schema.altered,
            "COMMENT": schema.comment or None,
        }
    yield {
        "CATALOG_NAME": database.name,
        "SCHEMA_NAME": "INFORMATION_SCHEMA",
        "SCHEMA_OWNER": "",
        "IS_TRANSIENT": "NO",
        "IS_MANAGED_ACCESS": "NO",
        "RETENTION_TIME": 1,
        "CREATED": database.created,
        "LAST_ALTERED": database.created,
        "COMMENT": "Views describing the contents of schemas in this database",
    }


def type_of(thing):
    return "BASE TABLE" if thing.kind in ("TABLE", "DYNAMIC TABLE", "HYBRID TABLE", "ICEBERG TABLE") else thing.kind


def tables(binding, database, roles):
    storage = binding.world.storage
    for thing in relations(database, roles):
        rows = hasattr(thing, "versions")
        yield {
            "TABLE_CATALOG": database.name,
            "TABLE_SCHEMA": thing.parent.name,
            "TABLE_NAME": thing.name,
            "TABLE_OWNER": thing.owner,
            "TABLE_TYPE": type_of(thing),
            "IS_TRANSIENT": yes(thing.properties.get("transient")) if thing.kind != "VIEW" else None,
            "CLUSTERING_KEY": thing.properties.get("cluster") and f"LINEAR({thing.properties['cluster']})",
            "ROW_COUNT": storage.count(thing.data) if rows else None,
            "BYTES": storage.size(thing.data) if rows else None,
            "RETENTION_TIME": retention(thing) if thing.kind != "VIEW" else None,
            "CREATED": thing.created,
            "LAST_ALTERED": thing.altered,
            "LAST_DDL": thing.ddl,
            "LAST_DDL_BY": "FAKE",
            "AUTO_CLUSTERING_ON": "NO",
            "COMMENT": thing.comment or None,
            "IS_TEMPORARY": "NO",
            "IS_ICEBERG": yes(thing.kind == "ICEBERG TABLE"),
            "IS_DYNAMIC": yes(thing.kind == "DYNAMIC TABLE"),
            "IS_HYBRID": yes(thing.kind == "HYBRID TABLE"),
            "IS_IMMUTABLE": "NO",
            "IS_INSERTABLE_INTO": "YES",
            "IS_TYPED": "YES",
        }


def views(binding, database, roles):
    for thing in relations(database, roles):
        if thing.kind not in ("VIEW", "MATERIALIZED VIEW"):
            continue
        hidden = thing.properties.get("secure") and not rights.holds(roles, thing)
        yield {
            "TABLE_CATALOG": database.name,
            "TABLE_SCHEMA": thing.parent.name,
            "TABLE_NAME": thing.name,
            "TABLE_OWNER": thing.owner,
            "VIEW_DEFINITION": None if hidden else thing.text,
            "CHECK_OPTION": "NONE",
            "IS_UPDATABLE": "NO",
            "INSERTABLE_INTO": "NO",
            "IS_SECURE": yes(thing.properties.get("secure")),
            "CREATED": thing.created,
            "LAST_ALTERED": thing.altered,
            "LAST_DDL": thing.ddl,
            "LAST_DDL_BY": "FAKE",
            "COMMENT": thing.comment or None,
        }


def columns(binding, database, roles):
    for thing in relations(database, roles):
        for position, column in enumerate(thing.columns, 1):
            kind = column.type
            text = kind.base in ("VARCHAR", "BINARY")
            yield {
                "TABLE_CATALOG": database.name,
                "TABLE_SCHEMA": thing.parent.name,
                "TABLE_NAME": thing.name,
                "COLUMN_NAME": column.name,
                "ORDINAL_POSITION": position,
                "COLUMN_DEFAULT": column.default,
                "IS_NULLABLE": yes(column.nullable),
                "DATA_TYPE": {"VARCHAR": "TEXT"}.get(kind.base, kind.base),
                "CHARACTER_MAXIMUM_LENGTH": kind.size if text else None,
                "CHARACTER_OCTET_LENGTH": min(kind.size * 4, 16777216 * 4) if text else None,
                "NUMERIC_PRECISION": kind.size if kind.base == "NUMBER" else None,
                "NUMERIC_PRECISION_RADIX": 10 if kind.base == "NUMBER" else None,
                "NUMERIC_SCALE": kind.scale if kind.base == "NUMBER" else None,
                "DATETIME_PRECISION": kind.size if kind.base.startswith("TIME") else None,
                "IS_IDENTITY": yes(column.identity),
                "COMMENT": column.comment,
            }


def privileges(things):
    for thing in things:
        yield thing, "OWNERSHIP", thing.owner, thing.owner, "YES", thing.created
        for g in thing.grants:
            yield thing, g.privilege, g.grantee, g.grantor, yes(g.option), g.created or thing.created


def table_privileges(binding, database, roles):
    for thing, privilege, grantee, grantor, option, created in privileges(relations(database, roles)):
        yield {
            "GRANTOR": grantor,
            "GRANTEE": grantee,
            "GRANTED_TO": "ROLE",
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
    for thing, privilege, grantee, grantor, option, created in privileges([database, *schemas(database, roles), *inside]):
        path = thing.path
        yield {
            "GRANTOR": grantor,
            "GRANTEE": grantee,
            "GRANTED_TO": "ROLE",
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


def shape(flags, rows):
    """Columns as text that says their kind: NAME, NAME:number, NAME:time."""
    columns = dict((entry.split(":") + ["text"])[:2] for entry in flags.split())
    return columns, rows


SHAPES = {
    "DATABASES": shape(
        "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED:time LAST_ALTERED:time RETENTION_TIME:number TYPE",
        databases,
    ),
    "SCHEMATA": shape(
        "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME:number "
        "DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH "
        "CREATED:time LAST_ALTERED:time COMMENT",
        schemata,
    ),
    "TABLES": shape(
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT:number "
        "BYTES:number RETENTION_TIME:number SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION "
        "USER_DEFINED_TYPE_CATALOG USER_DEFINED_TYPE_SCHEMA USER_DEFINED_TYPE_NAME IS_INSERTABLE_INTO IS_TYPED "
        "COMMIT_ACTION CREATED:time LAST_ALTERED:time LAST_DDL:time LAST_DDL_BY AUTO_CLUSTERING_ON COMMENT "
        "IS_TEMPORARY IS_ICEBERG IS_DYNAMIC IS_IMMUTABLE IS_HYBRID",
        tables,
    ),
    "VIEWS": shape(
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO "
        "IS_SECURE CREATED:time LAST_ALTERED:time LAST_DDL:time LAST_DDL_BY COMMENT",
        views,
    ),
    "COLUMNS": shape(
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:number COLUMN_DEFAULT IS_NULLABLE DATA_TYPE "
        "CHARACTER_MAXIMUM_LENGTH:number CHARACTER_OCTET_LENGTH:number NUMERIC_PRECISION:number "
        "NUMERIC_PRECISION_RADIX:number NUMERIC_SCALE:number DATETIME_PRECISION:number COLLATION_NAME IS_IDENTITY COMMENT",
        columns,
    ),
    "TABLE_PRIVILEGES": shape(
        "GRANTOR GRANTEE GRANTED_TO TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE WITH_HIERARCHY CREATED:time",
        table_privileges,
    ),
    "OBJECT_PRIVILEGES": shape(
        "GRANTOR GRANTEE GRANTED_TO OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE PRIVILEGE_TYPE IS_GRANTABLE CREATED:time",
        object_privileges,
    ),
    "FUNCTIONS": shape(
        "FUNCTION_CATALOG FUNCTION_SCHEMA FUNCTION_NAME FUNCTION_OWNER ARGUMENT_SIGNATURE DATA_TYPE FUNCTION_LANGUAGE "
        "FUNCTION_DEFINITION IS_SECURE CREATED:time LAST_ALTERED:time COMMENT",
        functions,
    ),
}
