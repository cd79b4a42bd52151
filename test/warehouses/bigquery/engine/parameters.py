"""Query parameters, as the API gives them, as expressions of a query."""

from sqlglot import exp

from errors import invalid_query, not_modelled


def find(node, given):
    """The parameter that @name or ? means."""
    if isinstance(node, exp.Parameter):
        name = node.name.lower()
        found = next((one for one in given if (one.get("name") or "").lower() == name), None)
        if found is None:
            raise invalid_query(f"Query parameter '{node.name}' not found")
        return found
    if node.args.get("this"):
        raise not_modelled(f"the placeholder {node.sql(dialect='bigquery')}")
    at = node.meta.get("at")
    if at is None or at >= len(given):
        raise invalid_query("Query parameter for a ? not found")
    return given[at]


def number(tree):
    """Says to each ? which one it is. Parsed queries keep the order of their text."""
    for at, node in enumerate(n for n in tree.dfs() if isinstance(n, exp.Placeholder) and not n.this):
        node.meta["at"] = at
    return tree


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
