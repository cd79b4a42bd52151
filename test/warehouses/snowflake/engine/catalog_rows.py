"""The rows of INFORMATION_SCHEMA: each sees only what the session's role may."""

import rights
from objects import RELATIONS
from time_travel import retention


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
