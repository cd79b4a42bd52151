"""Handing a statement to DuckDB, and taking back rows, or an error in BigQuery's words."""

import re

import duckdb
import pyarrow
from sqlglot import exp

import schema
from errors import BigQueryError, invalid_query, not_modelled
from translate import to_duckdb


def described(binding, tree):
    """The columns that a bound query gives."""
    cursor = prepared(binding)
    try:
        rows = cursor.execute("DESCRIBE " + to_duckdb(tree)).fetchall()
    except duckdb.Error as error:
        raise explained(error, binding.context) from None
    return columns_named([(row[0], row[1]) for row in rows], tree)


def columns_named(described, tree):
    """Columns of a query without a name are f0_, f1_, as in BigQuery."""
    anonymous, made = 0, []
    nameless = nameless_columns(tree)
    for at, (name, kind) in enumerate(described):
        if nameless and at < len(nameless) and nameless[at]:
            name, anonymous = f"f{anonymous}_", anonymous + 1
        made.append(schema.of_duckdb(name, kind))
    return made


def nameless_columns(tree):
    """Whether each column of a query has no name; nothing where a star hides how many there are."""
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.this
    if not isinstance(tree, exp.Select):
        return []
    found = []
    for one in tree.expressions:
        if one.is_star or isinstance(one, exp.Star):
            return found
        found.append(not (isinstance(one, (exp.Alias, exp.Column, exp.Dot)) or one.args.get("alias")))
    return found


def prepared(binding):
    cursor = binding.world.storage.cursor()
    for name, table in binding.virtual.items():
        cursor.register(name, table)
    return cursor


def execute(binding, sql):
    """Runs DuckDB's SQL so that it can be cancelled; gives the cursor."""
    if binding.outside:
        raise not_modelled("reading an external table")
    context, cursor = binding.context, prepared(binding)
    context.cursors.append(cursor)
    context.settle()
    try:
        context.check()
        cursor.execute(sql)
        context.check()
        return cursor
    except duckdb.Error as error:
        raise explained(error, context) from None
    finally:
        context.cursors.remove(cursor)


class Rows:
    """What a query gave: its columns and its values."""

    def __init__(self, fields, values):
        self.fields, self.values = fields, values


def run(binding, tree):
    cursor = execute(binding, to_duckdb(tree))
    fields = columns_named([(entry[0], str(entry[1])) for entry in cursor.description], tree)
    context = binding.context
    context.cursors.append(cursor)
    try:
        return Rows(fields, cursor.fetchall())
    except duckdb.Error as error:
        raise explained(error, context) from None
    finally:
        context.cursors.remove(cursor)


def virtual(binding, columns, rows):
    """Makes rows that are in no table readable by a statement; gives the name. Columns are (name, DuckDB's type)."""
    name = f"v{len(binding.virtual)}"
    fields = [(column, ARROW.get(kind, pyarrow.string())) for column, kind in columns]
    arrays = [pyarrow.array([row[at] for row in rows], kind) for at, (_, kind) in enumerate(fields)]
    binding.virtual[name] = pyarrow.Table.from_arrays(arrays, names=[column for column, _ in fields])
    return name


LABELS = pyarrow.list_(pyarrow.struct([("key", pyarrow.string()), ("value", pyarrow.string())]))
STRINGS = pyarrow.list_(pyarrow.string())
ERROR = pyarrow.struct([(name, pyarrow.string()) for name in ("reason", "location", "debug_info", "message")])
REFERENCES = pyarrow.list_(
    pyarrow.struct([(name, pyarrow.string()) for name in ("project_id", "dataset_id", "table_id")])
)
ARROW = {
    "INT64": pyarrow.int64(),
    "FLOAT64": pyarrow.float64(),
    "BOOL": pyarrow.bool_(),
    "DATE": pyarrow.date32(),
    "TIMESTAMP": pyarrow.timestamp("us", tz="UTC"),
    "LABELS": LABELS,
    "STRINGS": STRINGS,
    "ERROR": ERROR,
    "REFERENCES": REFERENCES,
    "STRINGS": pyarrow.list_(pyarrow.string()),
}


def explained(error, context):
    """DuckDB's error as BigQuery's."""
    text = str(error)
    first = text.split("\n")[0]
    if context is not None and context.stopped:
        return context.stopped
    if "Division by zero" in text or "division by zero" in text:
        return invalid_query("division by zero")
    if isinstance(error, duckdb.BinderException) and (match := re.search(r'column (?:named )?"([^"]+)"', text)):
        return invalid_query(f"Unrecognized name: {match[1]}")
    if match := re.search(r'Referenced (?:update )?column "?([^" ]+)"? not found', text):
        return invalid_query(f"Unrecognized name: {match[1]}")
    if isinstance(error, duckdb.ConstraintException) and "length(" in text:
        return invalid_query(f"A value is longer than its column allows ({first})")
    if isinstance(error, duckdb.ConstraintException):
        match = re.search(r"NOT NULL constraint failed: \w+\.(\S+)", text)
        return invalid_query(f"Required field {match[1] if match else '?'} cannot be null")
    if match := re.search(r"(?:Scalar |Aggregate |Table )?Function with name \"?(\S+?)\"? does not exist", text):
        return not_modelled(f"the function {match[1]}, or it does not exist")
    if isinstance(error, duckdb.InvalidInputException) and (match := re.search(r"Invalid Input Error: (.+)", first)):
        return invalid_query(match[1])
    if isinstance(error, (duckdb.ParserException, duckdb.NotImplementedException, duckdb.CatalogException)):
        return not_modelled(f"this query ({first})")
    if isinstance(error, (duckdb.BinderException, duckdb.ConversionException, duckdb.OutOfRangeException)):
        return invalid_query(first)
    if isinstance(error, duckdb.InvalidInputException):
        return invalid_query(first)
    return BigQueryError("internalError", f"The test server failed: {first}")
