"""The rows, in one DuckDB in memory. Each state of a table is a table of its own there, never changed once committed:
that is what makes clones and time travel cheap and statements see one moment."""

import itertools

import duckdb
from fakesnow import macros

from datatypes import LONGEST
from names import stored

QUOTE = '"'


def quoted(name):
    """A column's name in DuckDB's SQL."""
    return QUOTE + stored(name).replace(QUOTE, QUOTE * 2) + QUOTE


def declared(column):
    name, kind = quoted(column.name), column.type
    short = kind.base == "VARCHAR" and kind.size < LONGEST
    return (
        f"{name} {kind.storage}{'' if column.nullable else ' NOT NULL'}"
        f"{f' CHECK (length({name}) <= {kind.size})' if short else ''}"
    )


class Storage:
    def __init__(self):
        self.root = duckdb.connect()
        self.root.execute("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL lambda_syntax = 'ENABLE_SINGLE_ARROW'")
        # Nothing is written to disk: what does not fit fails.
        self.root.execute("SET temp_directory = ''; SET memory_limit = '4GB'; SET threads = 2")
        self.root.execute("CREATE SCHEMA o")
        self.root.execute(macros.creation_sql("memory.main"))
        self.root.execute("CREATE MACRO sf_div(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') ELSE a / b END")
        self.numbers, self.counts = itertools.count(1), {}

    def cursor(self):
        return self.root.cursor()

    def fresh(self):
        return f"p{next(self.numbers)}"

    def create(self, columns):
        """An empty table of these columns; returns its name."""
        name = self.fresh()
        self.root.cursor().execute(f"CREATE TABLE o.{name} ({', '.join(map(declared, columns))})")
        return name

    def copy(self, data, columns, values=None, cursor=None):
        """A table of these columns with the rows of another one; `values` are expressions over that one."""
        name = self.create(columns)
        chosen = ", ".join(values) if values is not None else "*"
        (cursor or self.root.cursor()).execute(f"INSERT INTO o.{name} SELECT {chosen} FROM o.{data}")
        return name

    def forget(self, *names):
        for name in names:
            self.root.cursor().execute(f"DROP TABLE IF EXISTS o.{name}")

    def count(self, data):
        """Of rows that are committed, and so are never changed."""
        if data not in self.counts:
            self.counts[data] = self.root.cursor().execute(f"SELECT count(*) FROM o.{data}").fetchone()[0]
        return self.counts[data]

    def size(self, data):
        """About how many bytes; only that it differs for other contents matters."""
        return 1024 * self.count(data)
