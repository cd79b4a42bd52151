"""What the names in a query mean: objects of the registry, or the query's own common table expressions.

A table is replaced by its rows in DuckDB, a view by its text, whose names are looked for in the view's own database and
schema. So a view reads whatever its text names at the moment it is read.
"""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

import rights
from errors import SnowflakeError, compilation, missing, no_history, not_modelled, syntax
from executing import described, run
from information_schema import is_virtual, virtual_table
from names import Place, stored, told, written
from policies import protected
from scalar_functions import scalar
from table_functions import table_function
from text import Words, numbered
from time_travel import moment_of, within
from transactions import data_of
from translate import to_duckdb, upper
from user_functions import qualified_call


def parsed(text, kind=exp.Query):
    try:
        found = [tree for tree in sqlglot.parse(numbered(text), read="snowflake") if tree is not None]
    except SqlglotError as error:
        at = (getattr(error, "errors", None) or [{}])[0]
        raise syntax(at.get("highlight") or text[:20], at.get("col") or 0) from None
    if len(found) != 1 or not isinstance(found[0], kind):
        raise syntax(text.split()[0] if text.split() else "<EOF>")
    return found[0]


class Binding:
    """One statement's view of names. `seen` is what it reads, for the history and for rights."""

    def __init__(self, session, query, defines=False):
        self.session, self.query, self.world = session, query, session.world
        self.virtual, self.seen = {}, []
        # A view is made without reading a row, so no policy is asked.
        self.defines = defines

    def bind(self, tree, place=None, roles=None, views=()):
        return self.scope(place, roles, views).walk(upper(tree), frozenset())

    def scope(self, place=None, roles=None, views=()):
        return Scope(self, place or self.session.place, roles or rights.all_roles(self.session), views)

    def computed(self, query, expression):
        """The value of an expression that reads nothing."""
        chosen = parsed(f"SELECT {expression}")
        return run(self, to_duckdb(self.bind(chosen))).rows[0][0]

    def tables_of(self, view):
        """The tables that a view reads, through other views too."""
        inner = Binding(self.session, self.query)
        expand(inner, view)
        return [thing for thing in inner.seen if hasattr(thing, "versions")]


class Scope:
    def __init__(self, binding, place, roles, views):
        self.binding, self.place, self.roles, self.views = binding, place, roles, views

    def walk(self, node, names):
        """`names` are those of common table expressions that are in force here."""
        common = node.args.get("with_") or node.args.get("with")
        if common is not None:
            recursive = common.args.get("recursive")
            for table in common.expressions:
                inner = names | {told(table.alias)} if recursive or self_reading(table) else names
                table.set("this", self.walk(table.this, inner))
                names = names | {told(table.alias)}
        for key, value in list(node.args.items()):
            if value is common and common is not None:
                continue
            if isinstance(value, exp.Expression):
                node.set(key, self.one(value, names))
            elif isinstance(value, list):
                node.set(key, [self.one(v, names) if isinstance(v, exp.Expression) else v for v in value])
        return node

    def one(self, node, names):
        if isinstance(node, exp.Table) and (
            isinstance(node.this, exp.DynamicIdentifier) or not isinstance(node.this, exp.Func)
        ):
            return self.table(node, names)
        if isinstance(node, exp.TableFromRows):
            return table_function(self, node, names)
        if isinstance(node, exp.Column) and node.args.get("db"):
            node.set("db", None)
            node.set("catalog", None)
        if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
            return qualified_call(self, node, names)
        return scalar(self, self.walk(node, names))

    def table(self, node, names):
        for join in node.args.get("joins") or []:
            self.walk(join, names)
        parts = parts_of(node)
        if len(parts) == 1 and parts[0] in names:
            return node
        alias = node.alias or stored(parts[-1])
        columns = node.args["alias"].args.get("columns") if node.args.get("alias") else None
        when = node.args.get("when")
        if is_virtual(parts):
            source = self.named(virtual_table(self, parts))
        else:
            source = self.relation(parts, when)
        if isinstance(source, exp.Subquery):
            listed = source.args["alias"].args.get("columns") if source.args.get("alias") else None
            new = source
            new.set("alias", exp.TableAlias(this=quoted(alias), columns=columns or listed))
        else:
            new = source
            new.set("alias", exp.TableAlias(this=quoted(alias), columns=columns))
        for key in ("joins", "laterals", "sample", "pivots"):
            if node.args.get(key):
                new.set(key, node.args[key])
        return new

    def named(self, name):
        return exp.Table(this=quoted(name))

    def find(self, parts):
        session = self.binding.session
        whole = self.place.whole(parts)
        temporary = session.temporary.get(tuple(whole))
        if temporary is not None:
            return temporary
        try:
            thing = self.place.find(whole)
        except SnowflakeError as error:
            if error.code == 2003 and "Object" not in error.message:
                schema = Place(self.place.world, *whole[:2])
                container = schema.world.account.get("DATABASE", whole[0])
                if container is not None and rights.sees(self.roles, container):
                    raise missing("Schema", written(*whole[:2])) from None
                raise missing("Database", written(whole[0])) from None
            raise
        rights.need(self.roles, thing, "SELECT", said="Object")
        return thing

    def relation(self, parts, when):
        binding = self.binding
        thing = self.find(parts)
        binding.seen.append(thing)
        if not self.binding.defines:
            protected(thing)
        if thing.kind == "VIEW":
            if when is not None:
                raise not_modelled("time travel of views")
            return expand(binding, thing, self.views)
        if not hasattr(thing, "versions"):
            raise not_modelled(f"reading a {thing.kind.lower()}")
        if when is not None:
            moment = moment_of(binding.query, when, binding.computed)
            within(binding.query, thing, moment)
            version = thing.version(moment)
            if version is None:
                raise no_history("table", thing.name)
            return physical(version.data, version.columns)
        return physical(data_of(binding.session, thing), thing.columns)


def physical(data, columns):
    return known(exp.Table(this=quoted(data), db=quoted("o")), columns)


def known(node, columns):
    """Says beside a source of rows which columns it has, for those who ask for their types."""
    node.meta["columns"] = [(stored(column.name), column.type) for column in columns]
    return node


def quoted(name):
    return exp.to_identifier(name, quoted=True)


def parts_of(node):
    if isinstance(node.this, exp.DynamicIdentifier):
        inner = node.this.this
        if not isinstance(inner, exp.Literal):
            raise not_modelled("IDENTIFIER of anything but a string")
        return Words(inner.this).name()
    if isinstance(node.this, exp.Dot):
        return [told(part.name) for part in node.this.flatten()]
    parts = (node.args.get("catalog"), node.args.get("db"), node.this)
    return [told(part.name) for part in parts if part is not None]


def self_reading(table):
    """Snowflake lets a common table expression read itself without RECURSIVE, when it is a union."""
    if not isinstance(table.this, exp.SetOperation):
        return False
    return any(t.name == table.alias and not t.args.get("db") for t in table.this.find_all(exp.Table))


def expand(binding, view, above=()):
    """A view's text in place of its name. The view's owner, not the reader, needs rights on what it reads."""
    if view in above:
        raise compilation(2038, "42601", f"View {written(*view.path)} reads itself.")
    database, schema = view.properties["place"] if view.parent is None else view.parent.path[-2:]
    place = Place(binding.world, database, schema)
    try:
        roles = rights.roles_of(binding.world, view.owner)
        tree = binding.bind(parsed(view.properties["query"]), place, roles, (*above, view))
    except SnowflakeError as error:
        if error.code == 2:
            raise
        raise compilation(
            2037, "42601", f"Failure during expansion of view '{written(view.name)}': {error.message}"
        ) from None
    check_columns(binding, view, tree)
    names = [quoted(stored(column.name)) for column in view.columns]
    return known(
        exp.Subquery(this=tree, alias=exp.TableAlias(this=quoted(stored(view.name)), columns=names)), view.columns
    )


def check_columns(binding, view, tree):
    """A view keeps the columns that it was created with; it fails when `*` has come to mean others."""
    if view.properties.get("epoch") == binding.world.epoch or not tree.find(exp.Star):
        return
    columns = described(binding, tree.copy())
    declared = view.properties["produces"]
    if [name for name, _ in columns] != declared:
        raise compilation(
            2057,
            "42601",
            f"View definition for '{written(*view.path)}' declared {len(declared)} column(s), but view query produces "
            f"{len(columns)} column(s).",
        )
    view.properties["epoch"] = binding.world.epoch
