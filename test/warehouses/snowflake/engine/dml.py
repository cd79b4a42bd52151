"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE: written to rows of the transaction's own, seen when it is committed."""

import sqlglot
from sqlglot import exp

import rights
import storage
import transactions
from binding import Binding, parsed, parts_of, physical, quoted
from datatypes import NUMBER
from errors import SnowflakeError, no_column
from executing import execute
from names import stored, told
from query import fill, no_warehouse
from results import DELETE, INSERT, MERGE, UPDATE, Result, status
from translate import to_duckdb, upper


def dml(query, text, binds):
    session = query.session
    if session.warehouse is None:
        raise no_warehouse()
    tree = upper(fill(parsed(text, exp.Expression), binds))
    own = session.transaction is None
    transactions.begin(session)
    try:
        result = WRITERS[type(tree).__name__](query, tree)
    except BaseException:
        # A statement that fails leaves nothing behind; an open transaction goes on without it.
        if own:
            transactions.rollback(session)
        raise
    if own:
        transactions.commit(session)
    return result


class Write:
    """The table that a statement writes to, locked, and its rows, which the statement may change."""

    def __init__(self, query, node, privileges):
        self.query, self.session, self.node = query, query.session, node
        binding = self.binding = Binding(query.session, query)
        roles = rights.all_roles(query.session)
        scope = binding.scope()

        def find():
            parts = scope.place.whole(parts_of(node))
            table = query.session.temporary.get(tuple(parts)) or scope.place.find(parts)
            for privilege in privileges:
                rights.need(roles, table, privilege)
            if not hasattr(table, "versions"):
                raise SnowflakeError(
                    2203, "42601", f"SQL compilation error:\n{table.kind} '{table.name}' cannot be written to"
                )
            return table

        self.table = transactions.lock(query, find)
        self.before = self.session.transaction.written.get(self.table)
        # Rows of its own for each statement, so that one that fails leaves those of the transaction as they were.
        self.data = self.session.world.storage.copy(self.before or self.table.data, self.table.columns)

    def bind(self, tree):
        with self.session.world.lock:
            return self.binding.bind(tree)

    def target(self):
        alias = self.node.alias or stored(parts_of(self.node)[-1])
        table = physical(self.data, self.table.columns)
        table.set("alias", exp.TableAlias(this=quoted(alias)))
        return table

    def run(self, sql):
        try:
            cursor = execute(self.binding, sql)
            return cursor.fetchall()
        except BaseException:
            self.session.world.storage.forget(self.data)
            raise

    def keep(self):
        if self.before is not None:
            self.session.world.storage.forget(self.before)
        self.session.transaction.written[self.table] = self.data


def insert(query, tree):
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    write = Write(query, target, ["INSERT", *(["DELETE"] if tree.args.get("overwrite") else [])])
    listed = [told(c.name) for c in tree.this.expressions] if isinstance(tree.this, exp.Schema) else None
    columns = {c.name: c for c in write.table.columns}
    for name in listed or []:
        if name not in columns:
            raise no_column(name)
    if tree.args.get("overwrite"):
        write.run(f"DELETE FROM o.{write.data}")
    names = listed or list(columns)
    source = values_with_defaults(tree.expression, names, columns)
    left = [c for c in write.table.columns if c.name not in names and (c.default or c.identity)]
    bound = write.bind(
        exp.Select(expressions=[exp.Star()]).from_(exp.Subquery(this=source, alias=exp.TableAlias(this=quoted("S"))))
        if left
        else source
    )
    if left:
        for column in left:
            bound.append("expressions", default_of(write, column))
        names = [*names, *(c.name for c in left)]
    into = ", ".join(map(storage.quoted, names))
    rows = write.run(f"INSERT INTO o.{write.data} ({into}) {to_duckdb(bound)}")
    write.keep()
    return Result([("number of rows inserted", NUMBER)], [(rows[0][0],)], INSERT)


def values_with_defaults(source, names, columns):
    """DEFAULT in VALUES is what the column says."""
    if isinstance(source, exp.Values):
        for row in source.expressions:
            for at, value in enumerate(row.expressions or [row.this]):
                if isinstance(value, exp.Column) and value.name == "DEFAULT" and not value.table:
                    default = columns[names[at]].default
                    value.replace(sqlglot.parse_one(default or "NULL", read="snowflake"))
        return exp.Select(expressions=[exp.Star()]).from_(source)
    return source


def default_of(write, column):
    if column.identity:
        start, step = column.identity
        used = f"(SELECT coalesce(max({storage.quoted(column.name)}), {start - step}) FROM o.{write.data})"
        return sqlglot.parse_one(f"{used} + {step} * row_number() over ()", read="duckdb")
    tree = upper(sqlglot.parse_one(column.default, read="snowflake"))
    return write.binding.scope().one(tree, frozenset())


def update(query, tree):
    write = Write(query, tree.this, ["UPDATE"])
    tree.set("this", exp.Select())
    bound = write.bind(tree)
    bound.set("this", write.target())
    for assignment in bound.expressions:
        assignment.this.set("table", None)
    rows = write.run(to_duckdb(bound))
    write.keep()
    return Result(
        [("number of rows updated", NUMBER), ("number of multi-joined rows updated", NUMBER)], [(rows[0][0], 0)], UPDATE
    )


def delete(query, tree):
    write = Write(query, tree.this, ["DELETE"])
    tree.set("this", exp.Select())
    bound = write.bind(tree)
    bound.set("this", write.target())
    rows = write.run(to_duckdb(bound))
    write.keep()
    return Result([("number of rows deleted", NUMBER)], [(rows[0][0],)], DELETE)


def truncate(query, tree):
    (node,) = tree.expressions
    try:
        write = Write(query, node, ["TRUNCATE"])
    except SnowflakeError as error:
        if tree.args.get("exists") and error.code == 2003:
            return status("Statement executed successfully.")
        raise
    write.run(f"DELETE FROM o.{write.data}")
    write.keep()
    return status("Statement executed successfully.")


def merge(query, tree):
    whens = tree.args["whens"].expressions
    kinds = {type(when.args["then"]).__name__ for when in whens}
    needed = {"Insert": "INSERT", "Update": "UPDATE", "Var": "DELETE", "Delete": "DELETE"}
    write = Write(query, tree.this, [needed.get(kind, "UPDATE") for kind in kinds])
    tree.set("this", exp.Select())
    bound = write.bind(tree)
    target = write.target()
    bound.set("this", target)
    twice(write, bound)
    for when in bound.args["whens"].expressions:
        plain_targets(when)
    bound.set("returning", None)
    rows = write.run(to_duckdb(bound) + " RETURNING merge_action")
    write.keep()
    done = [row[0] for row in rows]
    counts = {
        "number of rows inserted": "INSERT",
        "number of rows updated": "UPDATE",
        "number of rows deleted": "DELETE",
    }
    present = {"Insert": "INSERT", "Update": "UPDATE"}
    wanted = {present.get(kind, "DELETE") for kind in kinds}
    chosen = {name: action for name, action in counts.items() if action in wanted}
    return Result([(name, NUMBER) for name in chosen], [tuple(done.count(action) for action in chosen.values())], MERGE)


def plain_targets(when):
    """DuckDB wants the columns that are written to without their table."""
    then = when.args["then"]
    if isinstance(then, exp.Update):
        for assignment in then.expressions:
            assignment.this.set("table", None)
    if isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple):
        for column in then.this.expressions:
            column.set("table", None)


def twice(write, bound):
    """A row that a merge would change for two rows of its source is an error: nobody could say what becomes of it."""
    changing = [when for when in bound.args["whens"].expressions if when.args.get("matched")]
    if not changing or write.session.parameter("ERROR_ON_NONDETERMINISTIC_MERGE").lower() != "true":
        return
    on = bound.args["on"].copy()
    conditions = [when.args["condition"].copy() for when in changing if when.args.get("condition") is not None]
    if len(conditions) == len(changing):
        on = exp.and_(on, exp.or_(*conditions))
    alias = bound.this.alias
    row = exp.Column(this=exp.to_identifier("rowid"), table=quoted(alias))
    counted = (
        exp.select("1")
        .from_(bound.this.copy())
        .join(bound.args["using"].copy(), on=on)
        .group_by(row)
        .having("count(*) > 1")
        .limit(1)
    )
    if write.run(to_duckdb(counted)):
        write.session.world.storage.forget(write.data)
        raise SnowflakeError(100090, "42P18", "Duplicate row detected during DML action")


WRITERS = {"Insert": insert, "Update": update, "Delete": delete, "Merge": merge, "TruncateTable": truncate}
