"""Functions in SQL: a call is replaced by the function's text."""

from sqlglot import exp

import rights
from names import written
from text import Words


def called(scope, node):
    """What a call stands for; the call itself where it is one of Snowflake's own functions."""
    if not isinstance(node, exp.Anonymous):
        return node
    return replaced(scope, [str(node.this).upper()], node.expressions) or node


def replaced(scope, parts, arguments):
    place = scope.place
    if len(parts) < 3 and (place.database is None or place.schema is None):
        return None
    try:
        schema = place.find_schema(place.whole(parts)[:2])
    except Exception:
        return None
    found = [t for t in schema.of("FUNCTION") if t.properties["called"] == parts[-1]]
    found = [t for t in found if len(t.properties["arguments"]) == len(arguments)]
    if not found:
        return None
    function = found[0]
    rights.need(scope.roles, function, "USAGE")
    from binding import Place, parsed, Scope
    import sqlglot

    body = function.properties["body"].strip().rstrip(";")
    tree = sqlglot.parse_one(body, read="snowflake")
    from translate import upper

    upper(tree)
    named = {name: value for (name, _), value in zip(function.properties["arguments"], arguments)}
    for column in list(tree.find_all(exp.Column)):
        if column.name in named and not column.table:
            value = exp.Paren(this=named[column.name].copy())
            if column is tree:
                tree = value
            else:
                column.replace(value)
    inner = Scope(scope.binding, Place(place.world, *schema.path), rights.roles_of(place.world, function.owner), scope.views)
    bound = inner.one(tree, frozenset()) if not isinstance(tree, exp.Query) else inner.walk(tree, frozenset())
    value = exp.Subquery(this=bound) if isinstance(bound, exp.Query) else exp.Paren(this=bound)
    return exp.cast(value, function.properties["returns"].storage, dialect="duckdb")
