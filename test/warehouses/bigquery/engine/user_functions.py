"""Calls of functions of one's own: their text takes the place of the call."""

from sqlglot import exp

import binding as names_of
from errors import BigQueryError, invalid_query, missing, not_modelled


def call(scope, node, names):
    """What a node becomes if it is a call that is done here, else None."""
    context = scope.context
    if isinstance(node, exp.CurrentTimestamp):
        return context.now()
    if isinstance(node, exp.SessionUser) or (isinstance(node, exp.Anonymous) and node.name.upper() == "SESSION_USER"):
        return exp.Literal.string(context.caller)
    if isinstance(node, (exp.CurrentDate, exp.CurrentDatetime, exp.CurrentTime)):
        return current(context, node)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
        path = [part for one in node.this.flatten() for part in one.name.split(".")] + [node.expression.name]
        return inlined(scope, path, node.expression, names)
    if isinstance(node, exp.Anonymous) and "." in node.name:
        return inlined(scope, node.name.split("."), node, names)
    if isinstance(node, exp.Anonymous) and node.name.lower() in context.functions:
        return written(scope, context.functions[node.name.lower()], node, names)
    return None


def current(context, node):
    if node.this is not None:
        raise not_modelled("CURRENT_DATE and its like in a time zone")
    kind = {"CurrentDate": "DATE", "CurrentTime": "TIME"}.get(type(node).__name__, "DATETIME")
    return exp.cast(context.now(), exp.DataType.build(kind, dialect="bigquery"))


def inlined(scope, path, node, names):
    if path[0].upper() in ("SAFE", "NET", "HLL_COUNT", "KEYS", "AEAD", "ML", "AI"):
        if path[0].upper() != "SAFE":
            raise not_modelled(f"the function {'.'.join(path)}")
        return None
    whole = names_of.whole(path, scope.context.project, scope.default)
    dataset = scope.binding.world.dataset(*whole[:2], scope.context.location)
    routine = dataset.routines.get(whole[2])
    if routine is None:
        raise missing("Routine", f"{whole[0]}:{whole[1]}.{whole[2]}")
    scope.context.locate(dataset.location)
    inner = names_of.Scope(scope.binding, (*scope.views, routine), scope.default)
    return written(scope, routine.body, node, names, inner)


def written(scope, body, node, names, inner=None):
    """The body of a function with the call's arguments in it. `inner` is what its own names mean."""
    if body.get("language", "SQL") != "SQL" or body["routineType"] != "SCALAR_FUNCTION":
        raise not_modelled(f"calling a {body['routineType']} in {body.get('language')}")
    given = body.get("arguments") or []
    if len(given) != len(node.expressions):
        raise invalid_query(f"No matching signature for function {node.name}: {len(given)} arguments are needed")
    values = {
        one["name"].lower(): typed(scope.one(value.copy(), names), one)
        for one, value in zip(given, node.expressions)
    }
    try:
        tree = names_of.parsed(f"SELECT {body['definitionBody']}").expressions[0]
    except BigQueryError as error:
        raise invalid_query(f"In function {node.name}: {error.message}") from None
    bound = (inner or scope).one(tree, frozenset())
    filled = exp.Paren(this=replaced(bound, values))
    returned = body.get("returnTypeSql")
    return exp.cast(filled, exp.DataType.build(returned, dialect="bigquery")) if returned else filled


def typed(value, argument):
    kind = argument.get("typeSql")
    return exp.cast(value, exp.DataType.build(kind, dialect="bigquery")) if kind else exp.Paren(this=value)


def replaced(tree, values):
    def one(node):
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in values:
            return values[node.name.lower()].copy()
        return node

    return tree.transform(one)
