"""INFORMATION_SCHEMA and ACCOUNT_USAGE, made from the registry each time they are read."""

import account_usage
import catalog_privileges
import catalog_rows
import rights
from datatypes import BOOLEAN, INSTANT, NUMBER, TEXT
from errors import missing
from executing import virtual
from names import written

KINDS = {"text": TEXT, "number": NUMBER, "time": INSTANT, "flag": BOOLEAN}


def is_virtual(parts):
    return parts[-2:-1] == ["INFORMATION_SCHEMA"] or parts[:-1] == ["SNOWFLAKE", "ACCOUNT_USAGE"]


def virtual_table(scope, parts):
    """A name that DuckDB knows for one of the views of a database's INFORMATION_SCHEMA, or of ACCOUNT_USAGE."""
    place, binding = scope.place, scope.binding
    if parts[-2] == "ACCOUNT_USAGE":
        account_usage.permitted(scope.roles, "SNOWFLAKE")
        columns, rows = found_in(USAGE, parts)
        listed = rows(binding, scope.roles)
    else:
        database = place.find_database(place.whole(parts)[0])
        rights.enter(scope.roles, database)
        columns, rows = found_in(SHAPES, [database.name, *parts[-2:]])
        listed = rows(binding, database, scope.roles)
    found = [tuple(row.get(name) for name in columns) for row in listed]
    return virtual(binding, [(name, KINDS[kind]) for name, kind in columns.items()], found)


def found_in(shapes, parts):
    found = shapes.get(parts[-1])
    if found is None:
        raise missing("Object", written(*parts))
    return found


def shape(flags, rows):
    """Columns as text that says their kind: NAME, NAME:number, NAME:time."""
    columns = dict((entry.split(":") + ["text"])[:2] for entry in flags.split())
    return columns, rows


SHAPES = {
    "DATABASES": shape(
        "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED:time LAST_ALTERED:time RETENTION_TIME:number TYPE",
        catalog_rows.databases,
    ),
    "SCHEMATA": shape(
        "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME:number "
        "DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH "
        "CREATED:time LAST_ALTERED:time COMMENT",
        catalog_rows.schemata,
    ),
    "TABLES": shape(
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT:number "
        "BYTES:number RETENTION_TIME:number SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION "
        "USER_DEFINED_TYPE_CATALOG USER_DEFINED_TYPE_SCHEMA USER_DEFINED_TYPE_NAME IS_INSERTABLE_INTO IS_TYPED "
        "COMMIT_ACTION CREATED:time LAST_ALTERED:time LAST_DDL:time LAST_DDL_BY AUTO_CLUSTERING_ON COMMENT "
        "IS_TEMPORARY IS_ICEBERG IS_DYNAMIC IS_IMMUTABLE IS_HYBRID",
        catalog_rows.tables,
    ),
    "VIEWS": shape(
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO "
        "IS_SECURE CREATED:time LAST_ALTERED:time LAST_DDL:time LAST_DDL_BY COMMENT",
        catalog_rows.views,
    ),
    "COLUMNS": shape(
        "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:number COLUMN_DEFAULT IS_NULLABLE "
        "DATA_TYPE CHARACTER_MAXIMUM_LENGTH:number CHARACTER_OCTET_LENGTH:number NUMERIC_PRECISION:number "
        "NUMERIC_PRECISION_RADIX:number NUMERIC_SCALE:number DATETIME_PRECISION:number COLLATION_NAME "
        "IS_IDENTITY COMMENT",
        catalog_rows.columns,
    ),
    "TABLE_PRIVILEGES": shape(
        "GRANTOR GRANTEE GRANTED_TO TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE WITH_HIERARCHY "
        "CREATED:time",
        catalog_privileges.table_privileges,
    ),
    "OBJECT_PRIVILEGES": shape(
        "GRANTOR GRANTEE GRANTED_TO OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE PRIVILEGE_TYPE "
        "IS_GRANTABLE CREATED:time",
        catalog_privileges.object_privileges,
    ),
    "FUNCTIONS": shape(
        "FUNCTION_CATALOG FUNCTION_SCHEMA FUNCTION_NAME FUNCTION_OWNER ARGUMENT_SIGNATURE DATA_TYPE FUNCTION_LANGUAGE "
        "FUNCTION_DEFINITION IS_SECURE CREATED:time LAST_ALTERED:time COMMENT",
        catalog_privileges.functions,
    ),
}
USAGE = {
    "TABLES": shape(
        "TABLE_ID:number TABLE_NAME TABLE_SCHEMA_ID:number TABLE_SCHEMA TABLE_CATALOG_ID:number TABLE_CATALOG "
        "TABLE_OWNER TABLE_TYPE CREATED:time LAST_ALTERED:time DELETED:time",
        account_usage.tables,
    ),
    "SCHEMATA": shape(
        "SCHEMA_ID:number SCHEMA_NAME CATALOG_ID:number CATALOG_NAME SCHEMA_OWNER CREATED:time LAST_ALTERED:time "
        "DELETED:time",
        account_usage.schemata,
    ),
    "DATABASES": shape(
        "DATABASE_ID:number DATABASE_NAME DATABASE_OWNER CREATED:time LAST_ALTERED:time DELETED:time",
        account_usage.databases,
    ),
}
