"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE: done on a copy of the rows, which is the table's from when it is done."""

from sqlglot import exp

import access
import row_policies
from binding import Binding, Reading, Scope, parsed, parts_of, physical, identifier
from errors import BigQueryError, invalid_query, not_modelled
from executing import execute
from results import Result
from schema import quoted
from translate import to_duckdb


def dml(context, text):
    tree = parsed(text, exp.Expression)
    return WRITERS[type(tree).__name__](context, tree)


class Write:
    """The table that a statement writes to, locked, and a copy of its rows, which the statement may change."""

    def __init__(self, context, node):
        self.context, self.world, self.node = context, context.world, node
        self.binding = Binding(context.world, context)
        parts = parts_of(node)
        self.path = self.scope().whole(parts)
        self.alias = node.alias or self.path[-1]

    def scope(self):
        return Scope(self.binding, (), self.context.default)

    def find(self):
        context = self.context
        if self.path[1] == "_temporary":
            return context.temporary[self.path[2].lower()]
        table = self.world.relation(self.path, context.location)
        context.locate(table.dataset.location)
        access.need(table, context.caller, "write")
        if table.kind != "TABLE":
            raise invalid_query(
                f"{table.id} is not allowed for this operation because it is currently a {table.kind}."
            )
        return table

    def __enter__(self):
        self.lock = self.world.writer(self.path)
        self.lock.acquire()
        try:
            self.table = self.find()
            row_policies.need_all(self.table, self.context.caller)
            self.before = self.context.overlay.get(self.table, self.table.data)
            self.data = self.world.storage.copy(self.before, self.table.fields)
        except BaseException:
            self.lock.release()
            raise
        return self

    def __exit__(self, kind, error, trace):
        self.lock.release()
        if kind is not None or self.context.dry:
            self.world.storage.forget(self.data)

    def bind(self, tree):
        with self.world.lock:
            return self.binding.bind(tree)

    def target(self):
        table = physical(self.data)
        table.set("alias", exp.TableAlias(this=identifier(self.alias)))
        return table

    def run(self, sql):
        if self.context.dry:
            execute(self.binding, "EXPLAIN " + sql)
            return [(0,)]
        return execute(self.binding, sql).fetchall()

    def keep(self, kind, **counts):
        context, read = self.context, list(self.binding.tables)
        if kind != "INSERT" and self.table.dataset.name != "_temporary":
            read.append(Reading(self.table, self.before))
        if not context.dry:
            with self.world.lock:
                if context.transaction is not None:
                    context.transaction.setdefault(self.table, self.table.data)
                    context.overlay[self.table] = self.data
                elif self.table.dataset.name == "_temporary":
                    self.table.data = self.data
                else:
                    self.commit()
        return Result(kind, target=self.path, counts=counts, tables=read)

    def commit(self):
        if self.table.dataset.relations.get(self.table.name) is not self.table or self.table.data != self.before:
            raise BigQueryError("invalid", f"The table {self.table.id} was changed by another statement meanwhile")
        self.world.write(self.table, self.data)


def insert(context, tree):
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    with Write(context, target) as write:
        listed = [c.name for c in tree.this.expressions] if isinstance(tree.this, exp.Schema) else None
        fields = {field["name"].lower(): field for field in write.table.fields}
        for name in listed or []:
            if name.lower() not in fields:
                raise invalid_query(f"Column {name} is not present in table {write.table.id}")
        names = listed or [field["name"] for field in write.table.fields]
        source = as_query(tree.expression, names, fields)
        left = [f for f in write.table.fields if f["name"].lower() not in {n.lower() for n in names}]
        bound = write.bind(source)
        into, sql = ", ".join(map(quoted, names)), to_duckdb(bound)
        defaults = [f for f in left if f.get("defaultValueExpression")]
        for field in defaults:
            value = to_duckdb(write.bind(parsed(f"SELECT {field['defaultValueExpression']}")))
            into, sql = f"{into}, {quoted(field['name'])}", f"SELECT s.*, ({value}) FROM ({sql}) AS s"
        rows = write.run(f"INSERT INTO o.{write.data} ({into}) {sql}")
        return write.keep("INSERT", inserted=rows[0][0])


def as_query(source, names, fields):
    """VALUES as a query, DEFAULT as what the column says."""
    if not isinstance(source, exp.Values):
        return source
    for row in source.expressions:
        values = row.expressions or [row.this]
        if len(values) != len(names):
            raise invalid_query(f"Inserted row has wrong column count; Has {len(values)}, expected {len(names)}")
        for at, value in enumerate(values):
            if isinstance(value, exp.Column) and value.name.upper() == "DEFAULT" and not value.table:
                default = fields[names[at].lower()].get("defaultValueExpression") or "NULL"
                value.replace(parsed(f"SELECT {default}").expressions[0])
    selects = [exp.Select(expressions=[v.copy() for v in (row.expressions or [row.this])]) for row in source.expressions]
    made = selects[0]
    for one in selects[1:]:
        made = exp.Union(this=made, expression=one, distinct=False)
    return made


def update(context, tree):
    if tree.args.get("where") is None:
        raise invalid_query("UPDATE must have a WHERE clause")
    with Write(context, tree.this) as write:
        tree.set("this", exp.Select())
        bound = write.bind(tree)
        bound.set("this", write.target())
        fields = {field["name"].lower(): field for field in write.table.fields}
        for assignment in bound.expressions:
            plain(assignment, fields)
        once(write, bound, bound.args.get("from_") or bound.args.get("from"))
        rows = write.run(to_duckdb(bound))
        return write.keep("UPDATE", updated=rows[0][0])


def plain(assignment, fields):
    """DuckDB wants the columns that are written to without their table."""
    column = assignment.this
    if isinstance(column, exp.Dot) or (column.table and column.table.lower() in fields):
        raise not_modelled("an assignment to a field of a STRUCT")
    column.set("table", None)


def once(write, bound, source):
    """A row that an UPDATE would change for two rows of its source is an error."""
    if source is None or write.context.dry:
        return
    row = exp.Column(this=exp.to_identifier("rowid"), table=identifier(write.alias))
    counted = exp.select("1").from_(bound.this.copy()).join(source.this.copy(), join_type="cross")
    counted = counted.where(bound.args["where"].this.copy()).group_by(row).having("count(*) > 1").limit(1)
    if write.run(to_duckdb(counted)):
        raise twice()


def twice():
    return invalid_query("UPDATE/MERGE must match at most one source row for each target row")


def delete(context, tree):
    if tree.args.get("where") is None:
        raise invalid_query("DELETE must have a WHERE clause")
    with Write(context, tree.this) as write:
        tree.set("this", exp.Select())
        bound = write.bind(tree)
        bound.set("this", write.target())
        rows = write.run(to_duckdb(bound))
        return write.keep("DELETE", deleted=rows[0][0])


def truncate(context, tree):
    (node,) = tree.expressions
    with Write(context, node) as write:
        rows = write.run(f"DELETE FROM o.{write.data}")
        return write.keep("TRUNCATE_TABLE", deleted=rows[0][0])


def merge(context, tree):
    with Write(context, tree.this) as write:
        tree.set("this", exp.Select())
        bound = write.bind(tree)
        bound.set("this", write.target())
        fields = {field["name"].lower(): field for field in write.table.fields}
        if not write.context.dry:
            matched_once(write, bound)
        for when in bound.args["whens"].expressions:
            merge_clause(when, fields, write)
        bound.set("returning", None)
        rows = write.run(to_duckdb(bound) + " RETURNING merge_action")
        done = [row[0] for row in rows]
        counts = {"inserted": "INSERT", "updated": "UPDATE", "deleted": "DELETE"}
        return write.keep("MERGE", **{name: done.count(action) for name, action in counts.items()})


def merge_clause(when, fields, write):
    then = when.args["then"]
    if isinstance(then, exp.Update):
        for assignment in then.expressions:
            plain(assignment, fields)
    if isinstance(then, exp.Insert):
        if isinstance(then.this, exp.Tuple):
            for column in then.this.expressions:
                column.set("table", None)
        elif then.this is not None and not isinstance(then.this, (exp.Star, exp.Column, exp.Var)):
            raise not_modelled("this INSERT of MERGE")


def matched_once(write, bound):
    changing = [w for w in bound.args["whens"].expressions if w.args.get("matched")]
    on = bound.args["on"].copy()
    if not changing or (isinstance(on, exp.Boolean) and not on.this):
        return
    conditions = [w.args["condition"].copy() for w in changing if w.args.get("condition") is not None]
    if len(conditions) == len(changing):
        on = exp.and_(on, exp.or_(*conditions))
    row = exp.Column(this=exp.to_identifier("rowid"), table=identifier(write.alias))
    counted = exp.select("1").from_(bound.this.copy()).join(bound.args["using"].copy(), on=on)
    if write.run(to_duckdb(counted.group_by(row).having("count(*) > 1").limit(1))):
        raise twice()


WRITERS = {"Insert": insert, "Update": update, "Delete": delete, "Merge": merge, "TruncateTable": truncate}
