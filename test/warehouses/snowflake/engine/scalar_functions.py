"""Functions whose value is known before a statement is translated: who, where and when."""

from sqlglot import exp

import rights
from ddl_text import ddl_of
from errors import not_modelled
from system_functions import system_function
from translate import text
from user_functions import called


def instant(moment):
    return exp.cast(exp.Literal.string(moment.isoformat()), "TIMESTAMPLTZ", dialect="snowflake")


def context(session):
    return {
        "CURRENT_SESSION": lambda: text(session.id),
        "CURRENT_ROLE": lambda: text(session.role),
        "CURRENT_USER": lambda: text(session.user.name),
        "CURRENT_WAREHOUSE": lambda: text(session.warehouse),
        "CURRENT_DATABASE": lambda: text(session.database),
        "CURRENT_SCHEMA": lambda: text(session.schema),
        "CURRENT_ACCOUNT": lambda: text("TESTACCOUNT"),
        "CURRENT_ACCOUNT_NAME": lambda: text("TESTACCOUNT"),
        "CURRENT_ORGANIZATION_NAME": lambda: text("LASTGREEN"),
        "CURRENT_REGION": lambda: text("LOCAL"),
        "CURRENT_VERSION": lambda: text("9.40.1"),
        "CURRENT_SECONDARY_ROLES": lambda: text('{"roles":"","value":""}'),
        "CURRENT_TRANSACTION": lambda: text(session.transaction and session.transaction.id),
        "CURRENT_IP_ADDRESS": lambda: text("127.0.0.1"),
        "LAST_QUERY_ID": lambda: text(session.last_query),
    }


def name_of(node):
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper()
    if isinstance(node, exp.Func):
        return type(node).sql_name() if not isinstance(node, exp.AnonymousAggFunc) else ""
    return ""


def scalar(scope, node):
    if not isinstance(node, exp.Func):
        return node
    binding = scope.binding
    name = name_of(node)
    if isinstance(node, exp.CurrentDate):
        return exp.cast(instant(binding.query.started), "DATE")
    if isinstance(node, exp.CurrentTimestamp) or name in ("SYSDATE", "GETDATE", "LOCALTIMESTAMP"):
        return instant(binding.query.started)
    known = context(binding.session)
    if name in known:
        if node.expressions and name == "LAST_QUERY_ID":
            raise not_modelled("LAST_QUERY_ID with a number")
        return known[name]()
    if name.startswith("SYSTEM$"):
        return system_function(binding, name, node.expressions)
    if name == "IS_ROLE_IN_SESSION":
        return exp.Boolean(this=node.expressions[0].name in rights.all_roles(binding.session))
    if name == "GET_DDL":
        return text(ddl_of(binding, *[argument.name for argument in node.expressions]))
    if name == "HASH_AGG":
        return hash_agg(node)
    return called(scope, node) if isinstance(node, exp.Anonymous) else node


def hash_agg(node):
    """The same for the same rows in any order. Over `*` DuckDB hashes each row as a whole."""
    parts = [node.this, *node.expressions]
    if len(parts) == 1 and isinstance(parts[0], exp.Star):
        parts = [exp.Anonymous(this="*COLUMNS", expressions=[exp.Star()])]
    row = exp.Anonymous(this="hash", expressions=[exp.Anonymous(this="row", expressions=parts)])
    total = exp.Sum(this=exp.cast(row, "HUGEINT", dialect="duckdb"))
    bound = exp.Mod(this=total, expression=exp.Literal.number(9223372036854775783))
    return exp.cast(exp.Coalesce(this=bound, expressions=[exp.Literal.number(0)]), "BIGINT", dialect="duckdb")
