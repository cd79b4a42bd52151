"""From BigQuery's SQL, its names already bound, to DuckDB's. Most of it is bqemulator's."""

import re
from functools import lru_cache

from bqemulator.domain.result import Ok
from bqemulator.sql.translator import SQLTranslator
from sqlglot import exp

from errors import invalid_query, not_modelled

TRANSLATOR = SQLTranslator()


def to_duckdb(tree):
    return translated(prepared(tree).sql(dialect="bigquery", comments=False))


@lru_cache(4096)
def translated(sql):
    try:
        result = TRANSLATOR.translate(sql)
    except Exception as error:
        raise not_modelled(f"a query that it cannot translate ({error})") from None
    if isinstance(result, Ok):
        return settled(result.value)
    message = getattr(result.error, "message", None) or str(result.error)
    if "Syntax error" in message:
        raise invalid_query(message)
    raise not_modelled(message)


def prepared(tree):
    return tree.transform(step) if any(isinstance(node, PREPARED) for node in tree.walk()) else tree


def step(node):
    if isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.ArrayAgg):
        inner = node.this.this
        if isinstance(inner, exp.Distinct) and len(inner.expressions) == 1:
            return exp.Anonymous(this="lg_distinct_agg", expressions=[inner.expressions[0]])
    if isinstance(node, exp.DateTrunc) and not isinstance(node.parent, exp.Cast):
        # DuckDB makes a timestamp of a date.
        return exp.Anonymous(this="lg_date_trunc", expressions=[node.this, exp.Literal.string(unit(node))])
    return node


PREPARED = (exp.IgnoreNulls, exp.DateTrunc)


def unit(node):
    text = node.args["unit"].name if node.args["unit"].name else str(node.args["unit"])
    if text.upper() not in ("DAY", "MONTH", "QUARTER", "YEAR", "WEEK", "ISOWEEK", "HOUR", "MINUTE", "SECOND"):
        raise not_modelled(f"DATE_TRUNC to {text}")
    return text.upper()


def settled(sql):
    """What DuckDB 2 calls otherwise than bqemulator expects."""
    return re.sub(r"\bLG_DISTINCT_AGG\(", "lg_distinct_agg(", sql)
