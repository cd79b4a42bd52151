"""What the names in a query mean: tables, views, INFORMATION_SCHEMA, or the query's own common table expressions.

A table is replaced by its rows in DuckDB, a view by its text. So a view reads whatever its text names at the moment it
is read, and a query sees the old or the new text of a view, never both.
"""

from functools import lru_cache
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

import access
import clock
import information_schema
import row_policies
import user_functions
from errors import BigQueryError, invalid_query, not_modelled, syntax
from names import identifier, needs_object, parts_of, whole
from objects import VIEWS
from schema import quoted, stored
from time_travel import state_at

# "A view can be nested up to 16 levels" (documentation, quotas: views).
DEEPEST = 16


@lru_cache(4096)
def read(text):
    try:
        found = [tree for tree in sqlglot.parse(text, read="bigquery") if tree is not None]
    except SqlglotError as error:
        at = (getattr(error, "errors", None) or [{}])[0]
        word = at.get("highlight") or text[:20]
        raise syntax(f'Unexpected "{word}"', at.get("line") or 1, at.get("col") or 1) from None
    if len(found) != 1:
        raise syntax("Expected one statement")
    return found[0]


def parsed(text, kind=exp.Query):
    tree = read(text)
    if not isinstance(tree, kind):
        raise syntax(f"Unexpected {text.split()[0] if text.split() else 'end of statement'}")
    return tree.copy()


class Reading(NamedTuple):
    """A table that a statement reads, and its rows of that moment."""

    relation: object
    data: str


class Binding:
    """One statement's view of names. `tables` is what it reads, for statistics; `outside` whether that is external, too."""

    def __init__(self, world, context):
        self.world, self.context = world, context
        self.virtual, self.tables, self.outside = {}, [], False

    def bind(self, tree, views=(), default=None):
        return Scope(self, views, default or self.context.default).walk(tree, frozenset())



class Scope:
    def __init__(self, binding, views, default):
        self.binding, self.views, self.default = binding, views, default
        self.context = binding.context

    def walk(self, node, names):
        """`names` are those of common table expressions that are in force here."""
        common = node.args.get("with_") or node.args.get("with")
        if common is not None:
            for table in common.expressions:
                inner = names | {table.alias.lower()} if common.args.get("recursive") else names
                table.set("this", self.walk(table.this, inner))
                names = names | {table.alias.lower()}
        for key, value in list(node.args.items()):
            if value is common and common is not None:
                continue
            if isinstance(value, exp.Expression):
                node.set(key, self.one(value, names))
            elif isinstance(value, list):
                walked = [self.one(self.titled(node, v), names) if isinstance(v, exp.Expression) else v for v in value]
                node.set(key, walked)
        return node

    def titled(self, parent, node):
        """A variable that is selected gives its name to the column."""
        selected = isinstance(parent, exp.Select) and isinstance(node, exp.Column)
        if selected and node.name.lower() in self.context.variables:
            return exp.alias_(node, node.name)
        return node

    def one(self, node, names):
        if isinstance(node, exp.Table):
            return self.table(node, names)
        if isinstance(node, (exp.Parameter, exp.Placeholder)):
            return self.context.parameter(node)
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in self.context.variables:
            return self.context.variable(node.name.lower())
        if isinstance(node, exp.Column) and (node.args.get("db") or "." in node.table):
            # A column after the whole name of its table: `p.d.t`.x
            node.set("table", exp.to_identifier(node.table.split(".")[-1], quoted=True))
            node.set("db", None)
            node.set("catalog", None)
        if isinstance(node, exp.Unnest) and node.args.get("offset"):
            raise not_modelled("UNNEST ... WITH OFFSET")
        called = user_functions.call(self, node, names)
        return self.walk(node, names) if called is None else called

    def table(self, node, names):
        for join in node.args.get("joins") or []:
            self.walk(join, names)
        if isinstance(node.this, exp.Func):
            raise not_modelled(f"the table function {node.this.sql(dialect='bigquery')[:40]}")
        parts = parts_of(node)
        if len(parts) == 1 and parts[0].lower() in names:
            return node
        path = self.whole(parts)
        when = node.args.get("version") or node.args.get("when")
        if information_schema.is_virtual(path):
            if path[-1].upper().endswith(".OBJECT_PRIVILEGES"):
                needs_object(node)
            source = named(information_schema.table(self, path))
        else:
            source = self.relation(path, when)
        alias = node.alias or path[-1]
        source.set("alias", exp.TableAlias(this=identifier(alias)))
        for key in ("joins", "laterals", "sample", "pivots"):
            if node.args.get(key):
                source.set(key, node.args[key])
        return source

    def whole(self, parts):
        if len(parts) == 1:
            temporary = self.context.temporary.get(parts[0].lower())
            if temporary is not None:
                return temporary.path
        return whole(parts, self.context.project, self.default)

    def relation(self, path, when):
        binding, world, caller = self.binding, self.binding.world, self.context.caller
        if path[2].endswith("*"):
            raise not_modelled("wildcard tables")
        thing = self.context.temporary.get(path[2].lower()) if path[1] == "_temporary" else None
        if thing is None:
            try:
                thing = world.relation(path, self.context.location)
            except BigQueryError as error:
                if error.reason != "notFound" or access.OWNER == caller:
                    raise
                # Whoever may not see the dataset is not told whether the table is there.
                dataset = world.projects.get(path[0], {}).get(path[1])
                if dataset is not None and access.dataset_level(dataset, caller):
                    raise
                name = f"{path[0]}:{path[1]}.{path[2]}"
                raise access.denied("Table", name, "bigquery.tables.getData", caller) from None
            access.need_read(thing, caller, self.views[-1] if self.views else None)
        self.context.locate(thing.dataset.location)
        if thing.kind in VIEWS:
            if when is not None:
                raise invalid_query("FOR SYSTEM_TIME AS OF is not supported for views.")
            # A materialized view gives the rows of now, whenever it was refreshed.
            return expand(binding, thing, self.views)
        if thing.kind == "EXTERNAL":
            binding.outside = True
            return of_columns(thing.fields)
        if thing.data is None:
            raise not_modelled(f"reading a {thing.kind.lower()} table")
        data = self.context.overlay.get(thing, thing.data)
        if when is not None:
            data = state_at(world, thing, self.moment(when)).data
        binding.tables.append(Reading(thing, data))
        if thing.policies and not self.context.unfiltered:
            return row_policies.filtered(self, thing, data)
        return physical(data)

    def moment(self, when):
        if when.args.get("kind") not in (None, "AS OF"):
            raise not_modelled(f"FOR SYSTEM_TIME {when.args['kind']}")
        value = self.context.evaluate(when.expression)
        if value is None:
            raise invalid_query("FOR SYSTEM_TIME AS OF expression evaluates to NULL")
        return clock.microseconds(value)


def of_columns(fields):
    """What has these columns, and nobody reads."""
    columns = ", ".join(f"CAST(NULL AS {stored(f)}) AS {quoted(f['name'])}" for f in fields)
    return exp.Subquery(this=sqlglot.parse_one(f"SELECT {columns}", read="duckdb"))


def physical(data):
    return exp.Table(this=identifier(data), db=identifier("o"))


def named(name):
    return exp.Table(this=identifier(name))


def too_deep():
    return invalid_query("Too many nested views/subqueries or the query is too large")


def expand(binding, view, above=()):
    """A view's text in place of its name."""
    if view in above:
        raise invalid_query(f"View {view.id} reads itself")
    # One that is defined is the deepest; one of that depth cannot be queried.
    if len(above) >= (DEEPEST if binding.context.unfiltered else DEEPEST - 1):
        raise too_deep()
    tree = parsed(view.query)
    try:
        tree = binding.bind(tree, (*above, view), (view.dataset.project, view.dataset.name))
    except BigQueryError as error:
        if error.reason == "accessDenied" or above:
            raise
        raise BigQueryError(error.reason, f"{error.message}; failed to parse view '{view.id}'", error.status) from None
    return exp.Subquery(this=tree)


__all__ = ["Binding", "Reading", "Scope", "identifier", "parsed", "parts_of", "physical", "whole"]
