"""SYSTEM$ functions. Those that act do so when the statement is read."""

import time

from sqlglot import exp

import rights
import sessions
import transactions
from errors import SnowflakeError, not_modelled
from results import nanos
from text import Words
from translate import text


def system_function(binding, name, arguments):
    found = FUNCTIONS.get(name)
    if found is None:
        raise not_modelled(name)
    return found(binding, [argument.name for argument in arguments])


def last_change(binding, arguments):
    """Moves when rows change, and not when only names, comments or columns do."""
    session = binding.session
    table = session.place.find(session.place.whole(Words(arguments[0]).name()), said="Object")
    rights.need(rights.all_roles(session), table, "ANY")
    if table.kind == "VIEW":
        return exp.Literal.number(max((nanos(read.changed) for read in binding.tables_of(table)), default=0))
    if not hasattr(table, "versions"):
        raise not_modelled(f"SYSTEM$LAST_CHANGE_COMMIT_TIME of a {table.kind.lower()}")
    return exp.Literal.number(nanos(table.changed))


def may_end(binding, user):
    session = binding.session
    if user != session.user.name and not rights.unlimited(rights.all_roles(session)):
        raise SnowflakeError(
            3001, "42501", "SQL access control error:\nInsufficient privileges to operate on another user's statements"
        )


def cancel_query(binding, arguments):
    query = binding.world.queries.get(arguments[0])
    if query is None:
        return text(f"Invalid UUID or query not found: {arguments[0]}.")
    may_end(binding, query.user)
    if query.status != "RUNNING":
        return text("Identified SQL statement is not currently executing.")
    cancel_with_children(binding.world, query)
    return text(f"query [{query.id}] terminated.")


def cancel_with_children(world, query):
    sessions.cancel(query)
    for other in list(world.queries.values()):
        if other.parent == query.id and other.status == "RUNNING":
            sessions.cancel(other)


def session_of(binding, arguments):
    session = binding.world.sessions.get(str(arguments[0]))
    if session is None:
        raise SnowflakeError(393901, "22023", f"Session {arguments[0]} does not exist")
    may_end(binding, session.user.name)
    return session


def cancel_all(binding, arguments):
    session = session_of(binding, arguments)
    for query in list(binding.world.queries.values()):
        if query.session is session and query.status == "RUNNING" and query is not binding.query:
            sessions.cancel(query)
    return text("All queries on the session have been cancelled.")


def abort_session(binding, arguments):
    session = session_of(binding, arguments)
    close(binding.world, session, 390112)
    return text(f"session [{session.id}] terminated.")


def close(world, session, code):
    """Ends a session: its statements are cancelled, and what it has not committed is gone."""
    session.ended = code
    for query in list(world.queries.values()):
        if query.session is session and query.status == "RUNNING":
            sessions.cancel(query)
    if session.transaction is not None:
        transactions.rollback(session)


def abort_transaction(binding, arguments):
    for session in list(binding.world.sessions.values()):
        if session.transaction is not None and str(session.transaction.id) == str(arguments[0]):
            may_end(binding, session.user.name)
            transactions.rollback(session)
            return text(f"Transaction {arguments[0]} has been aborted.")
    raise SnowflakeError(1605, "22023", f"Transaction {arguments[0]} does not exist")


def wait(binding, arguments):
    """Waits with the account unlocked, for whoever is to run meanwhile."""
    amount, unit = float(arguments[0]), (arguments[1] if len(arguments) > 1 else "SECONDS").upper()
    seconds = amount * {"MILLISECONDS": 0.001, "SECONDS": 1, "MINUTES": 60}[unit]
    deadline = time.monotonic() + seconds
    with binding.world.changed:
        while (left := deadline - time.monotonic()) > 0:
            binding.query.check()
            binding.world.changed.wait(min(left, 0.1))
    return text(f"waited {arguments[0]} {unit.lower()}")


FUNCTIONS = {
    "SYSTEM$LAST_CHANGE_COMMIT_TIME": last_change,
    "SYSTEM$CANCEL_QUERY": cancel_query,
    "SYSTEM$CANCEL_ALL_QUERIES": cancel_all,
    "SYSTEM$ABORT_SESSION": abort_session,
    "SYSTEM$ABORT_TRANSACTION": abort_transaction,
    "SYSTEM$WAIT": wait,
}
