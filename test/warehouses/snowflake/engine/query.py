"""Running what reads: from text to rows."""

from fakesnow.converter import from_binding
from sqlglot import exp

from binding import Binding, parsed
from derive import types_of
from errors import SnowflakeError, compilation
from executing import run
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
        "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' "
        "command.",
    )


def fill(tree, binds):
    """Puts the values of a request in the places of :1 and :2, of what was ? in its text."""
    for node in list(tree.find_all(exp.Placeholder)):
        number = str(node.this)
        if number not in (binds or {}):
            raise compilation(2049, "42601", f"Bind variable :{number} not set.")
        node.replace(literal(binds[number]))
    return tree


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
    name = {"DATE": "DATE", "TIME": "TIME", "TIMESTAMP_NTZ": "TIMESTAMP"}.get(kind, "TIMESTAMPTZ")
    return exp.cast(exp.Literal.string(str(from_binding(bind))), name, dialect="duckdb")


def computed(query, expression):
    """The value of an expression that reads nothing."""
    return select(query, f"SELECT {expression}", {}).rows[0][0]
