"""Columns as BigQuery's API shows them (TableFieldSchema), and as DuckDB and SQL name their types."""

import re

from bqemulator.domain.errors import DomainError
from bqemulator.storage.type_map import duckdb_type_to_bq_field

from errors import invalid, not_modelled
from text import Words, split, unquoted

LEGACY = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD", "INT": "INTEGER"}
LEGACY |= {"SMALLINT": "INTEGER", "BIGINT": "INTEGER", "TINYINT": "INTEGER", "BYTEINT": "INTEGER"}
LEGACY |= {"DECIMAL": "NUMERIC", "BIGDECIMAL": "BIGNUMERIC"}
STANDARD = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}
STORED = {
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "NUMERIC": "DECIMAL(38, 9)",
    "BIGNUMERIC": "DECIMAL(38, 10)",
    "BOOLEAN": "BOOLEAN",
    "STRING": "VARCHAR",
    "BYTES": "BLOB",
    "DATE": "DATE",
    "TIME": "TIME",
    "DATETIME": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMPTZ",
    "JSON": "JSON",
    "INTERVAL": "INTERVAL",
}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def stored(field):
    """DuckDB's type of a column."""
    kind = legacy(field["type"])
    if kind == "RECORD":
        inner = ", ".join(f"{quoted(f['name'])} {stored(f)}" for f in field["fields"])
        base = f"STRUCT({inner})"
    elif kind in STORED:
        base = STORED[kind]
    else:
        raise not_modelled(f"the type {field['type']}")
    return base + "[]" if field.get("mode") == "REPEATED" else base


def legacy(kind):
    upper = kind.upper()
    return LEGACY.get(upper, upper)


def of_duckdb(name, kind):
    """The column that a query gives, from DuckDB's type of it."""
    if kind == '"NULL"' or kind == "NULL":
        kind = "BIGINT"
    if kind.startswith(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")):
        kind = "BIGINT"
    if kind.startswith("TIMESTAMP_"):
        kind = "TIMESTAMP"
    try:
        return tidy(duckdb_type_to_bq_field(name, kind))
    except DomainError:
        raise not_modelled(f"the type {kind} (column {name})") from None


def tidy(field):
    field = {**field, "name": field["name"].strip('"')}
    if "fields" in field:
        field["fields"] = [tidy(inner) for inner in field["fields"]]
    return field


def standard(field, whole=True):
    """The type in SQL: ARRAY<STRUCT<a INT64>>."""
    kind = legacy(field["type"])
    if kind == "RECORD":
        inner = ", ".join(f"{one['name']} {standard(one)}" for one in field["fields"])
        base = f"STRUCT<{inner}>"
    else:
        base = STANDARD.get(kind, kind)
        if field.get("maxLength"):
            base += f"({field['maxLength']})"
        elif field.get("precision"):
            scale = f", {field['scale']}" if field.get("scale") else ""
            base += f"({field['precision']}{scale})"
    return f"ARRAY<{base}>" if whole and field.get("mode") == "REPEATED" else base


def of_sql(name, text):
    """A column from its type in SQL."""
    kind = " ".join(text.split())
    upper = kind.upper()
    if upper.startswith("ARRAY"):
        return {**of_sql(name, inside(kind)), "mode": "REPEATED"}
    if upper.startswith("STRUCT"):
        fields = []
        for part in split(inside(kind)):
            words = Words(part)
            fields.append(of_sql(words.identifier(), words.rest()))
        return {"name": name, "type": "RECORD", "mode": "NULLABLE", "fields": fields}
    match = re.fullmatch(r"(\w+)(?:\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?", kind)
    if match is None or legacy(match[1]) not in STORED:
        raise not_modelled(f"the type {kind}")
    field = {"name": name, "type": legacy(match[1]), "mode": "NULLABLE"}
    if match[2] and field["type"] in ("STRING", "BYTES"):
        field["maxLength"] = match[2]
    elif match[2]:
        field |= {"precision": match[2]} | ({"scale": match[3]} if match[3] else {})
    return field


def inside(kind):
    start, end = kind.find("<"), kind.rfind(">")
    if start < 0 or end < 0:
        raise not_modelled(f"the type {kind}")
    return kind[start + 1 : end].strip()


def column(text):
    """A column as CREATE TABLE declares it: name, type, constraints, options. Without a type: as in a view's list."""
    words = Words(text)
    name = words.identifier()
    kind = words.until("NOT NULL", "OPTIONS", "DEFAULT", "PRIMARY", "REFERENCES", "CONSTRAINT", "COLLATE")
    field = of_sql(name, kind) if kind else {"name": name}
    while not words.done:
        if words.take("NOT", "NULL"):
            field["mode"] = "REQUIRED"
        elif words.take("DEFAULT"):
            field["defaultValueExpression"] = words.until("NOT NULL", "OPTIONS")
        elif words.take("OPTIONS"):
            field |= column_options(words.items())
        elif words.take("PRIMARY", "KEY"):
            words.need("NOT", "ENFORCED")
            field["primary"] = True
        else:
            words.end("a column")
    return field


def column_options(items):
    found = {}
    for item in items:
        words = Words(item)
        name = words.identifier().lower()
        words.need("=")
        if name != "description":
            raise not_modelled(f"the column option {name}")
        text = words.rest()
        found["description"] = "" if text.upper() == "NULL" else unquoted(text)
    return found


def checked(fields, prefix=""):
    """Columns as a client sends them: names and types as they are kept."""
    made, seen = [], set()
    for field in fields:
        field = {key: value for key, value in field.items() if value is not None}
        if "name" not in field or "type" not in field:
            raise invalid("Invalid field: it has no name or no type")
        if field["name"].lower() in seen:
            raise invalid(f"Duplicate field name: {prefix}{field['name']}")
        seen.add(field["name"].lower())
        field = {**field, "type": legacy(field["type"]), "mode": (field.get("mode") or "NULLABLE").upper()}
        if field["type"] == "RECORD":
            field["fields"] = checked(field.get("fields") or [], f"{prefix}{field['name']}.")
        else:
            field.pop("fields", None)
        stored(field)
        made.append(field)
    return made


def declared(field):
    """A column of a table in DuckDB."""
    required = " NOT NULL" if field.get("mode") == "REQUIRED" else ""
    size = field.get("maxLength")
    long = f" CHECK (length({quoted(field['name'])}) <= {int(size)})" if size else ""
    return f"{quoted(field['name'])} {stored(field)}{required}{long}"


def same_shape(one, other):
    """Whether two columns hold the same values, whatever is said about them."""
    return stored(one) == stored(other)
