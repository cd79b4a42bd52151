"""Which statement is meant, and who runs it. A statement that nobody here runs is refused."""

import transactions
from alter import alter, comment_on
from containers import create_container, drop, undrop
from describe import describe
from dml import dml
from errors import not_modelled
from grants import grant, revoke
from other_objects import alter_other, create_other, drop_other
from query import select
from results import TRANSACTION, status
from session_statements import alter_session, use
from show_others import show_any
from tables import create_table
from text import Words
from views import create_view

READS = ("SELECT", "WITH", "(", "VALUES")
# Snowflake's own, which the test server has not.
OTHERS = (
    "CALL",
    "COPY",
    "DECLARE",
    "EXECUTE",
    "EXPLAIN",
    "GET",
    "LIST",
    "LS",
    "PUT",
    "REMOVE",
    "RM",
    "SET",
    "UNSET",
    "LET",
    "IF",
)
WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE")


def run(query, text, binds):
    """The result of one statement. Every DDL first commits what is open, and is itself committed at once."""
    words = Words(text)
    session = query.session
    if any(words.next_is(word) for word in READS):
        query.kind = "SELECT"
        return select(query, text, binds)
    if any(words.next_is(word) for word in WRITES):
        query.kind = words.peek().text.upper()
        return dml(query, text, binds)
    found = transaction(query, words) or quiet(query, words)
    if found is not None:
        return found
    query.kind = "DDL"
    transactions.commit(session)
    return ddl(query, words, binds)


def transaction(query, words):
    session = query.session
    if words.take("BEGIN"):
        words.take("TRANSACTION") or words.take("WORK")
        if words.take("NAME"):
            words.identifier()
        words.end("BEGIN")
        transactions.begin(session)
    elif words.take("START", "TRANSACTION"):
        words.end("START TRANSACTION")
        transactions.begin(session)
    elif words.take("COMMIT"):
        words.take("WORK")
        words.end("COMMIT")
        transactions.commit(session)
    elif words.take("ROLLBACK"):
        words.take("WORK")
        words.end("ROLLBACK")
        transactions.rollback(session)
    else:
        return None
    query.kind = "TRANSACTION"
    return status("Statement executed successfully.", TRANSACTION)


def quiet(query, words):
    """What changes no object."""
    query.kind = words.peek().text.upper()
    if words.take("SHOW"):
        return show_any(query, words)
    if words.take("DESCRIBE") or words.take("DESC"):
        return describe(query, words)
    if words.take("USE"):
        return use(query, words)
    if words.take("ALTER", "SESSION"):
        return alter_session(query, words)
    if words.take("EXPLAIN"):
        raise not_modelled("EXPLAIN")
    return None


def ddl(query, words, binds):
    if words.take("CREATE"):
        return create(query, words, binds)
    if words.take("DROP"):
        return drop_any(query, words)
    if words.take("UNDROP"):
        return undrop(query, kind_of(words), words)
    if words.take("ALTER"):
        return alter_any(query, words)
    if words.take("COMMENT"):
        return comment_on(query, words)
    if words.take("GRANT"):
        return grant(query, words)
    if words.take("REVOKE"):
        return revoke(query, words)
    if words.peek().text.upper() in OTHERS:
        raise not_modelled(f"the statement {words.rest()[:60]!r}")
    raise words.unexpected()


def kind_of(words):
    return words.take_any(
        "DATABASE ROLE", "DATABASE", "SCHEMA", "TABLE", "MATERIALIZED VIEW", "VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE"
    ) or words.end("this kind of object")


def create(query, words, binds):
    flags = {
        "replace": words.take("OR", "REPLACE"),
        "transient": False,
        "temporary": False,
        "secure": False,
        "unless": False,
    }
    while flag := words.take_any("TRANSIENT", "TEMPORARY", "TEMP", "LOCAL", "SECURE", "VOLATILE"):
        flags[{"TEMP": "temporary", "VOLATILE": "temporary", "LOCAL": "temporary"}.get(flag, flag.lower())] = True
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE")
    if kind == "DATABASE" and words.next_is("ROLE"):
        words.at -= 1
        kind = None
    if kind is None:
        return create_other(query, words, flags, binds)
    flags["unless"] = words.take("IF", "NOT", "EXISTS")
    if kind == "TABLE":
        return create_table(query, words, binds, flags)
    if kind == "VIEW":
        return create_view(query, words, flags)
    return create_container(query, kind, words, flags)


def drop_any(query, words):
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE")
    if kind is None:
        return drop_other(query, words)
    return drop(query, kind, words)


def alter_any(query, words):
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE")
    if kind is None:
        return alter_other(query, words)
    return alter(query, kind, words)
