"""The exact types of a query's columns, where they can be read off its text: columns of tables, casts, literals.

DuckDB does not keep the length of a text, or which of Snowflake's types with a time zone it was. Where nothing can be
said, the type is None, and what DuckDB computed is taken.
"""

from sqlglot import exp

import datatypes
from datatypes import LONGEST, DataType
from errors import SnowflakeError


def types_of(query, common=None):
    """A type or None for each column; empty when not even their number is known."""
    columns = columns_of(query, common or {})
    return [] if columns is None else [kind for _, kind in columns]


def columns_of(query, common):
    """(name, type) of each column of a bound query, or None."""
    with_ = query.args.get("with_")
    if with_ is not None:
        common = dict(common)
        for table in with_.expressions:
            found = columns_of(table.this, common) if isinstance(table.this, exp.Query) else None
            common[table.alias] = renamed(found, table.args.get("alias"))
    if isinstance(query, exp.Subquery):
        return columns_of(query.this, common)
    if isinstance(query, exp.SetOperation):
        left, right = columns_of(query.this, common), columns_of(query.expression, common)
        if left is None or right is None or len(left) != len(right):
            return left
        return [(name, either(a, b)) for (name, a), (_, b) in zip(left, right)]
    if not isinstance(query, exp.Select):
        return None
    sources = {}
    from_ = query.args.get("from_")
    for node in [*([from_.this] if from_ else []), *(join.this for join in query.args.get("joins") or [])]:
        sources[node.alias_or_name] = source(node, common)
    found = []
    for projection in query.expressions:
        more = projected(projection, sources)
        if more is None:
            return None
        found += more
    return found


def renamed(columns, alias):
    names = alias.args.get("columns") if alias is not None else None
    if columns is None or not names:
        return columns
    return [(new.name, kind) for new, (_, kind) in zip(names, columns)]


def source(node, common):
    known = node.meta.get("columns")
    if known is not None:
        return renamed(known, node.args.get("alias"))
    if isinstance(node, exp.Subquery):
        return renamed(columns_of(node.this, common), node.args.get("alias"))
    if isinstance(node, exp.Table) and not node.args.get("db"):
        return common.get(node.name)
    return None


def projected(node, sources):
    if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
        star = node if isinstance(node, exp.Star) else node.this
        if any(star.args.get(key) for key in ("replace", "rename")):
            return None
        left_out = {column.name for column in star.args.get("except_") or []}
        wanted = [sources.get(node.table)] if isinstance(node, exp.Column) else list(sources.values())
        if any(columns is None for columns in wanted):
            return None
        return [(name, kind) for columns in wanted for name, kind in columns if name not in left_out]
    return [(node.alias_or_name, type_of(node.unalias(), sources))]


def type_of(node, sources):
    if isinstance(node, exp.Paren):
        return type_of(node.this, sources)
    if isinstance(node, exp.Column):
        wanted = [sources.get(node.table)] if node.table else list(sources.values())
        found = [kind for columns in wanted if columns for name, kind in columns if name == node.name]
        return found[0] if len(found) == 1 else None
    if isinstance(node, exp.Literal):
        return literal(node)
    if isinstance(node, (exp.Cast, exp.TryCast)):
        try:
            return datatypes.read(node.to.sql(dialect="snowflake"))
        except SnowflakeError:
            return None
    if isinstance(node, (exp.Min, exp.Max, exp.AnyValue)):
        return type_of(node.this, sources)
    if isinstance(node, exp.Count):
        return DataType("NUMBER", 18, 0)
    if isinstance(node, exp.Coalesce):
        found = type_of(node.this, sources)
        for other in node.expressions:
            found = either(found, type_of(other, sources))
        return found
    return None


def literal(node):
    if node.is_string:
        return DataType("VARCHAR", max(len(node.this), 1))
    whole, _, fraction = node.this.partition(".")
    if not (whole + fraction).isdigit():
        return None
    return DataType("NUMBER", min(len(whole.lstrip("0") + fraction) or 1, 38), len(fraction))


def either(one, other):
    """What holds the values of both, when that is plain to see."""
    if one == other:
        return one
    if one is not None and other is not None and one.base == other.base == "VARCHAR":
        return DataType("VARCHAR", min(max(one.size, other.size), LONGEST))
    return None


def settled(derived, computed):
    """The derived types where they are of the kind that DuckDB computed."""
    if len(derived) != len(computed):
        return computed
    return [a if a is not None and family(a) == family(b) else b for a, b in zip(derived, computed)]


def family(kind):
    if kind.base in ("VARIANT", "OBJECT", "ARRAY"):
        return "VARIANT"
    if kind.base in ("TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        return "ZONED"
    return f"NUMBER {kind.scale}" if kind.base == "NUMBER" else kind.base
