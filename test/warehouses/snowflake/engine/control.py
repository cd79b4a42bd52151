"""What tests ask of the server itself, over the same port."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

import images
from system_functions import close


NUMBER = re.compile(r"[0-9A-F]{32}|\d+")


class Refused(Exception):
    """A request that makes no sense; the client throws its text."""


def answer(server, what, body):
    found = ACTIONS.get(what)
    if found is None:
        raise Refused(f"there is no {what}")
    return found(server, body)


def identity(server, body):
    return {"token": server.token}


def add_rule(server, body):
    return {"id": server.faults.add(body)}


def rule_of(server, body):
    rule = server.faults.rules.get(body["id"])
    if rule is None:
        raise Refused(f"there is no rule {body['id']}")
    return rule


def reached(server, body):
    """Waits until a rule has met its statement."""
    rule = rule_of(server, body)
    return {"reached": rule.reached.wait(body.get("ms", 10000) / 1000)}


def release(server, body):
    rule_of(server, body).released.set()
    return {}


def clear(server, body):
    for rule in server.faults.rules.values():
        rule.released.set()
    server.faults.rules.clear()
    return {}


def listed(server, body):
    """All statements that were begun, the requests of several not among them, oldest first."""
    queries = list(server.world.queries.values())
    parents = {query.parent for query in queries}
    return {
        "statements": [
            {
                "id": q.id,
                "parent": q.parent,
                "session": q.session.id,
                "user": q.user,
                "sql": q.text,
                "tag": q.tag,
                "status": q.status,
                "code": q.code,
                "started": q.started.isoformat(),
            }
            for q in queries
            if q.id not in parents
        ][body.get("from", 0) :]
    }


def unreadable(server, body):
    """The statements that sqlglot's Snowflake dialect does not parse, or only keeps as text."""
    queries = list(server.world.queries.values())
    parents = {query.parent for query in queries}
    # Those that differ in nothing but numbers read alike.
    kinds = {NUMBER.sub("0", q.text): q for q in queries if q.id not in parents}
    found = []
    for query in kinds.values():
        error = unread(query.text)
        if error is not None:
            found.append({"sql": query.text, "tag": query.tag, "error": error})
    return {"statements": found}


def unread(text):
    try:
        parsed = sqlglot.parse(text, read="snowflake")
    except SqlglotError as error:
        return str(error)
    return "it is kept as text" if any(isinstance(one, exp.Command) for one in parsed) else None


def move_clock(server, body):
    server.world.clock.move(body["seconds"])
    return {"now": server.world.clock.now().isoformat()}


def end_session(server, body):
    session = server.world.sessions.get(str(body["session"]))
    if session is None:
        raise Refused(f"there is no session {body['session']}")
    close(server.world, session, body.get("code", 390112))
    return {}


def keep(server, body):
    images.keep(server.world, body["database"], body["name"])
    return {}


def put_back(server, body):
    images.put_back(server.world, body["database"], body["name"])
    return {}


ACTIONS = {
    "keep": keep,
    "put-back": put_back,
    "identity": identity,
    "rules/add": add_rule,
    "rules/reached": reached,
    "rules/release": release,
    "rules/clear": clear,
    "statements": listed,
    "statements/unreadable": unreadable,
    "clock": move_clock,
    "end-session": end_session,
}
