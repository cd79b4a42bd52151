"""Functions in SQL: a call is replaced by the function's text."""

import sqlglot
from sqlglot import exp

import rights
from errors import SnowflakeError, compilation
from names import Place, stored, told, written
from translate import upper


def called(scope, node):
    """What a call by a plain name stands for; the call itself where it is one of Snowflake's own functions."""
    place = scope.place
    if place.database is None or place.schema is None:
        return node
    return replaced(scope, [place.database, place.schema, str(node.this).upper()], node.expressions) or node


def qualified_call(scope, node, names):
    """What a call by a name with a schema stands for. Snowflake's own functions have none."""
    *above, call = node.flatten()
    arguments = [scope.one(argument, names) for argument in call.expressions]
    parts = scope.place.whole([*(told(part.name) for part in above), str(call.this).upper()])
    found = replaced(scope, parts, arguments)
    if found is None:
        raise compilation(2140, "42601", f"Unknown user-defined function {written(*parts)}")
    return found


def find(scope, parts, count):
    try:
        schema = scope.place.find_schema(parts[:2])
    except SnowflakeError:
        return None
    for function in schema.of("FUNCTION"):
        known = function.properties
        if known["called"] == parts[2] and len(known["arguments"]) == count:
            return function
    return None


def replaced(scope, parts, arguments):
    function = find(scope, parts, len(arguments))
    if function is None:
        return None
    rights.need(scope.roles, function, "USAGE")
    known = function.properties
    body = upper(sqlglot.parse_one(known["body"].strip().rstrip(";"), read="snowflake"))
    values = {stored(name): value for (name, _), value in zip(known["arguments"], arguments)}
    holder = exp.Paren(this=body)
    for column in list(holder.find_all(exp.Column)):
        if column.name in values and not column.table:
            column.replace(exp.Paren(this=values[column.name].copy()))
    roles = rights.roles_of(scope.binding.world, function.owner)
    inner = type(scope)(scope.binding, Place(scope.place.world, *function.path[:2]), roles, scope.views)
    bound = inner.walk(holder, frozenset())
    value = exp.Subquery(this=bound.this) if isinstance(bound.this, exp.Query) else bound
    return exp.cast(value, known["returns"].storage, dialect="duckdb")
