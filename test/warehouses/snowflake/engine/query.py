"""Running what reads: from text to rows."""

import re

import duckdb
import pyarrow
from sqlglot import exp

import datatypes
from binding import Binding, parsed, quoted
from derive import settled, types_of
from errors import SnowflakeError, compilation, no_column
from results import SELECT, Result
from translate import to_duckdb


def select(query, text, binds):
    session = query.session
    with session.world.lock:
        binding = Binding(session, query)
        tree = named(parsed(text))
        tree = binding.bind(fill(tree, binds))
        if (binding.seen or binding.virtual) and session.warehouse is None:
            raise no_warehouse()
        derived = types_of(tree)
    return run(binding, to_duckdb(tree), derived)


def no_warehouse():
    return SnowflakeError(
        606,
        "57P03",
        "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
    )


def fill(tree, binds):
    """Puts the values of a request in the places of ? and :1."""
    positions = iter(range(1, len(binds or {}) + 1))
    for node in list(tree.find_all(exp.Placeholder, bfs=False)):
        number = str(node.this) if node.this not in (None, "?") else str(next(positions, "?"))
        if number not in (binds or {}):
            raise compilation(2049, "42601", f"Bind variable :{number} not set.")
        node.replace(literal(binds[number]))
    return tree


def literal(bind):
    """A value as drivers send it: a type's name and a text."""
    kind, value = bind["type"], bind["value"]
    if value is None:
        return exp.Null()
    if kind in ("FIXED", "REAL"):
        return exp.cast(exp.Literal.string(value), "BIGINT" if kind == "FIXED" and "." not in value else "DOUBLE")
    if kind == "BOOLEAN":
        return exp.Boolean(this=str(value).lower() in ("true", "1"))
    if kind in ("TEXT", "VARIANT", "OBJECT", "ARRAY"):
        return exp.Literal.string(value)
    from fakesnow.converter import from_binding

    name = {"DATE": "DATE", "TIME": "TIME", "TIMESTAMP_NTZ": "TIMESTAMP"}.get(kind, "TIMESTAMPTZ")
    return exp.cast(exp.Literal.string(str(from_binding(bind))), name, dialect="duckdb")


def named(tree):
    """Columns that have no name get Snowflake's: their own text, in capitals."""
    for node in heads(tree):
        node.set("expressions", [with_name(e) for e in node.expressions])
    return tree


def heads(tree):
    while isinstance(tree, (exp.Subquery, exp.SetOperation)):
        tree = tree.this
    return [tree] if isinstance(tree, exp.Select) else []


def with_name(node):
    if isinstance(node, (exp.Alias, exp.Column, exp.Star)) or node.is_star or isinstance(node, exp.Aliases):
        return node
    return exp.alias_(node, node.sql(dialect="snowflake").upper(), quoted=True)


def described(binding, tree):
    """(name, DuckDB's type) of each column that a bound query would give."""
    cursor = prepared(binding)
    try:
        return [(row[0], row[1]) for row in cursor.execute("DESCRIBE " + to_duckdb(tree)).fetchall()]
    except duckdb.Error as error:
        raise explained(error, binding.query) from None


def prepared(binding):
    cursor = binding.world.storage.cursor()
    for name, table in binding.virtual.items():
        cursor.register(name, table)
    return cursor


def execute(binding, sql):
    """Runs DuckDB's SQL so that it can be cancelled; gives the cursor."""
    query, cursor = binding.query, prepared(binding)
    query.cursors.append(cursor)
    try:
        query.check()
        cursor.execute(sql)
        query.check()
        return cursor
    except duckdb.Error as error:
        raise explained(error, query) from None
    finally:
        query.cursors.remove(cursor)


def run(binding, sql, derived=()):
    query = binding.query
    cursor = execute(binding, sql)
    query.cursors.append(cursor)
    try:
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise explained(error, query) from None
    finally:
        query.cursors.remove(cursor)
    names = [entry[0] for entry in cursor.description]
    kinds = settled(derived, [datatypes.of_duckdb(entry[1]) for entry in cursor.description])
    return Result(list(zip(names, kinds)), rows, SELECT)


def virtual(binding, columns, rows):
    """Makes rows that are in no table readable by a statement; gives the name. Columns are (name, data type)."""
    name = f"v{len(binding.virtual)}_{len(binding.seen)}"
    fields = [(column[0], arrow_type(column[1])) for column in columns]
    arrays = [pyarrow.array([row[i] for row in rows], kind) for i, (_, kind) in enumerate(fields)]
    binding.virtual[name] = pyarrow.Table.from_arrays(arrays, names=[name for name, _ in fields])
    return name


def arrow_type(kind):
    if kind.base == "NUMBER":
        return pyarrow.int64() if kind.scale == 0 else pyarrow.decimal128(38, kind.scale)
    zoned = pyarrow.timestamp("us", tz="UTC")
    return {
        "FLOAT": pyarrow.float64(),
        "BOOLEAN": pyarrow.bool_(),
        "DATE": pyarrow.date32(),
        "TIME": pyarrow.time64("us"),
        "BINARY": pyarrow.binary(),
        "TIMESTAMP_NTZ": pyarrow.timestamp("us"),
        "TIMESTAMP_LTZ": zoned,
        "TIMESTAMP_TZ": zoned,
    }.get(kind.base, pyarrow.string())


def explained(error, query):
    """DuckDB's error as Snowflake's."""
    text = str(error)
    first = text.split("\n")[0]
    if query is not None and query.stop is not None:
        return query.stop
    if "Division by zero" in text:
        return SnowflakeError(100051, "22012", "Division by zero")
    if match := re.search(r'column (?:named )?"([^"]+)"', text):
        if isinstance(error, duckdb.BinderException):
            return no_column(match[1])
    if isinstance(error, duckdb.ConversionException):
        match = re.search(r"string '([^']*)'", text)
        return SnowflakeError(100038, "22018", f"Numeric value '{match[1]}' is not recognized" if match else first)
    if isinstance(error, duckdb.ConstraintException) and "length(" in text:
        return SnowflakeError(100078, "22000", f"String is too long and would be truncated ({first})")
    if isinstance(error, duckdb.ConstraintException):
        return SnowflakeError(100072, "22000", f"NULL result in a non-nullable column ({first})")
    if match := re.search(r"Function with name (\S+) does not exist", text):
        return compilation(2140, "42601", f"Unknown function {match[1].upper()}")
    if isinstance(error, (duckdb.ParserException, duckdb.NotImplementedException)):
        return SnowflakeError(2, "0A000", f"Unsupported feature: the test server cannot translate this ({first})")
    if isinstance(error, duckdb.BinderException):
        return compilation(1044, "42P13", first)
    return SnowflakeError(603, "XX000", f"The test server failed: {first}")
