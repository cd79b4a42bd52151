"""Query parameters, as the API gives them, as expressions of a query."""

from sqlglot import exp

from errors import invalid_query, not_modelled
from text import tokens

PREFIX = "lg_positional_"


def find(node, given):
    """The parameter that @name or ? means."""
    if isinstance(node, exp.Parameter) and node.name.startswith(PREFIX):
        at = int(node.name.removeprefix(PREFIX))
        if at >= len(given):
            raise invalid_query("Query parameter for a ? not found")
        return given[at]
    if isinstance(node, exp.Parameter):
        name = node.name.lower()
        found = next((one for one in given if (one.get("name") or "").lower() == name), None)
        if found is None:
            raise invalid_query(f"Query parameter '{node.name}' not found")
        return found
    raise not_modelled(f"the placeholder {node.sql(dialect='bigquery')}")


def numbered(text):
    """With a name for each ?, as they stand: a parsed query does not say any more which came first."""
    parts, at, n = [], 0, 0
    for token in tokens(text):
        if token.kind == "symbol" and token.text == "?":
            parts += [text[at : token.start], f"@{PREFIX}{n}"]
            at, n = token.end, n + 1
    return "".join([*parts, text[at:]])


def expression(given):
    return value(given["parameterType"], given.get("parameterValue") or {})


def value(kind, given):
    name = kind["type"].upper()
    if name == "ARRAY":
        values = [value(kind["arrayType"], one) for one in given.get("arrayValues") or []]
        made = exp.Array(expressions=values)
        return exp.cast(made, exp.DataType.build(sql_type(kind), dialect="bigquery"))
    if name == "STRUCT":
        raise not_modelled("parameters of type STRUCT")
    text = given.get("value")
    made = exp.Null() if text is None else exp.Literal.string(text)
    if name == "BOOL" and text is not None:
        made = exp.Boolean(this=text.lower() == "true")
    return exp.cast(made, exp.DataType.build(name, dialect="bigquery"))


def sql_type(kind):
    name = kind["type"].upper()
    return f"ARRAY<{sql_type(kind['arrayType'])}>" if name == "ARRAY" else name
