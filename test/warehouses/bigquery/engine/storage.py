"""The rows, in one DuckDB in memory. Each state of a table is a table of its own there, never changed once committed:
that is what makes clones and time travel cheap and statements see one moment."""

import itertools

import duckdb
from bqemulator.sql.builtin_udfs import register_builtin_udfs

from schema import declared, quoted, stored

WEEK = "date_trunc('week', x + interval 1 day) - interval 1 day"
TRUNC = f"CASE u WHEN 'WEEK' THEN {WEEK} ELSE date_trunc(replace(u, 'ISOWEEK', 'week'), x) END"
MACROS = [
    "CREATE MACRO lg_distinct_agg(x) AS list(DISTINCT x) FILTER (WHERE x IS NOT NULL)",
    # A week begins on Sunday; a date stays a date.
    f"CREATE MACRO lg_date_trunc(x DATE, u) AS CAST({TRUNC} AS DATE), (x TIMESTAMP, u) AS {TRUNC}, "
    f"(x TIMESTAMPTZ, u) AS {TRUNC}",
]


class Storage:
    def __init__(self):
        self.root = duckdb.connect()
        self.root.execute("SET GLOBAL TimeZone = 'UTC'")
        # Nothing is written to disk: what does not fit fails.
        self.root.execute("SET temp_directory = ''; SET memory_limit = '4GB'; SET threads = 2")
        self.root.execute("CREATE SCHEMA o")
        register_builtin_udfs(self.root)
        for macro in MACROS:
            self.root.execute(macro)
        self.numbers, self.counts = itertools.count(1), {}

    def cursor(self):
        return self.root.cursor()

    def fresh(self):
        return f"p{next(self.numbers)}"

    def create(self, fields):
        """An empty table of these columns; returns its name."""
        name = self.fresh()
        # DuckDB has no table without columns, BigQuery has.
        columns = ", ".join(map(declared, fields)) or '"no_columns" BOOLEAN'
        self.root.cursor().execute(f"CREATE TABLE o.{name} ({columns})")
        return name

    def copy(self, data, fields, kept=None, cursor=None):
        """A table of these columns with the rows of another one, where that has them; the rest is NULL."""
        name = self.create(fields)
        there = {field["name"].lower() for field in (fields if kept is None else kept)}
        chosen = [f for f in fields if f["name"].lower() in there]
        names = ", ".join(quoted(f["name"]) for f in chosen)
        values = ", ".join(f"CAST({quoted(f['name'])} AS {stored(f)})" for f in chosen) if kept is not None else names
        if chosen:
            (cursor or self.root.cursor()).execute(f"INSERT INTO o.{name} ({names}) SELECT {values} FROM o.{data}")
        return name

    def forget(self, *names):
        for name in names:
            self.root.cursor().execute(f"DROP TABLE IF EXISTS o.{name}")

    def count(self, data):
        """Of rows that are committed, and so are never changed."""
        if data not in self.counts:
            self.counts[data] = self.root.cursor().execute(f"SELECT count(*) FROM o.{data}").fetchone()[0]
        return self.counts[data]
