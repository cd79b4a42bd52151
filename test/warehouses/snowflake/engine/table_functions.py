"""TABLE(...) in FROM."""

from sqlglot import exp

from errors import SnowflakeError, not_modelled
from executing import run, virtual
from history import table_function as history
from names import told
from translate import to_duckdb


def table_function(scope, node, names):
    inner, parts = node.this, []
    while isinstance(inner, exp.Dot):
        parts = (
            [*parts, *(told(part.name) for part in inner.this.flatten())]
            if isinstance(inner.this, exp.Dot)
            else [*parts, told(inner.this.name)]
        )
        inner = inner.expression
    if isinstance(inner, exp.Generator):
        return scope.walk(node, names)
    name = str(inner.this).upper() if isinstance(inner, exp.Anonymous) else type(inner).__name__.upper()
    if name == "RESULT_SCAN":
        columns, rows = result_scan(scope, inner, names)
    elif parts and parts[-1] == "INFORMATION_SCHEMA":
        columns, rows = history(scope, name, arguments(scope, inner, names))
    elif name in ("EXPLODE", "FLATTEN"):
        return scope.walk(node, names)
    else:
        raise not_modelled(f"the table function {name}")
    found = exp.Table(this=exp.to_identifier(virtual(scope.binding, columns, rows), quoted=True))
    alias = node.args.get("alias")
    if alias is not None:
        found.set("alias", alias)
    return found


def arguments(scope, call, names):
    """{NAME: value} of a call's named arguments; positional ones are named by their number."""
    found = {}
    for at, argument in enumerate(call.expressions):
        name, value = (
            (argument.this.name.upper(), argument.expression) if isinstance(argument, exp.Kwarg) else (at, argument)
        )
        query = exp.Select(expressions=[exp.alias_(scope.one(value.copy(), names), "V")])
        found[name] = run(scope.binding, to_duckdb(query)).rows[0][0]
    return found


def result_scan(scope, call, names):
    id = next(iter(arguments(scope, call, names).values()))
    query = scope.binding.world.queries.get(id)
    if query is None or query.result is None or query.user != scope.binding.session.user.name:
        raise SnowflakeError(709, "02000", f"Statement {id} not found")
    return query.result.columns, query.result.rows
