"""Handing a statement to DuckDB, and taking back rows, or an error in Snowflake's words."""

import re

import duckdb
import pyarrow

import datatypes
from derive import settled
from errors import SnowflakeError, compilation, no_column
from names import stored, told
from results import SELECT, Result
from translate import to_duckdb


def described(binding, tree):
    """(name, DuckDB's type) of each column that a bound query would give."""
    cursor = prepared(binding)
    try:
        return [(told(row[0]), row[1]) for row in cursor.execute("DESCRIBE " + to_duckdb(tree)).fetchall()]
    except duckdb.Error as error:
        raise explained(error, binding.query) from None


def prepared(binding):
    cursor = binding.world.storage.cursor()
    zone = binding.session.parameter("TIMEZONE")
    if zone != "Etc/UTC":
        cursor.execute(f"SET TimeZone = '{zone}'")
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
    names = [told(entry[0]) for entry in cursor.description]
    kinds = settled(derived, [datatypes.of_duckdb(entry[1]) for entry in cursor.description])
    return Result(list(zip(names, kinds)), rows, SELECT)


def virtual(binding, columns, rows):
    """Makes rows that are in no table readable by a statement; gives the name. Columns are (name, data type)."""
    name = f"v{len(binding.virtual)}_{len(binding.seen)}"
    fields = [(stored(column[0]), arrow_type(column[1])) for column in columns]
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
    text = told(str(error))
    first = text.split("\n")[0]
    if query is not None and query.stop is not None:
        return query.stop
    if "Division by zero" in text:
        return SnowflakeError(100051, "22012", "Division by zero")
    if isinstance(error, duckdb.BinderException) and (match := re.search(r'column (?:named )?"([^"]+)"', text)):
        return no_column(match[1])
    if match := re.search(r"Referenced update column (.+) not found", text):
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
