"""What tests ask of the server itself, over the same port."""

import json
import re
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

import images
from clock import moment
from text import statements

# A number, and what makes the name of a dataset its own.
NUMBER = re.compile(r"[0-9a-f]{8,}|\d+")


class Refused(Exception):
    """A request that makes no sense; the client throws its text."""


def handled(server, what, raw):
    """(document, HTTP status)."""
    try:
        if what not in ACTIONS:
            raise Refused(f"there is no {what}")
        return ACTIONS[what](server, json.loads(raw) if raw.strip() else {}), 200
    except Refused as refused:
        return {"error": str(refused)}, 400


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
    """Waits until a rule has met its request."""
    rule = rule_of(server, body)
    return {"reached": rule.reached.wait(body.get("ms", 10000) / 1000)}


def release(server, body):
    rule_of(server, body).released.set()
    return {}


def clear(server, body):
    for rule in list(server.faults.rules.values()):
        rule.released.set()
    server.faults.rules.clear()
    return {}


def listed(server, body):
    """Those behind the first so many."""
    return {"requests": [one.document() for one in server.seen.all[body.get("after", 0) :]]}


def unreadable(server, body):
    """The statements that sqlglot's BigQuery dialect does not parse, or only keeps as text."""
    texts = {(one.call.sql, app_of(one.call)) for one in list(server.seen.all) if one.call.sql}
    # Those that differ in nothing but numbers read alike.
    kinds = {(NUMBER.sub("0", text), app): text for whole, app in texts for text in statements(whole)}
    found = [(text, app, unread(text)) for (_, app), text in kinds.items()]
    return {"statements": [{"sql": sql, "app": app, "error": error} for sql, app, error in found if error is not None]}


def app_of(call):
    """What the labels of the job say that it begins; null: nothing."""
    labels = (call.body.get("configuration") or {}).get("labels") if isinstance(call.body, dict) else None
    return (labels or {}).get("app")


@lru_cache(10_000)
def unread(text):
    try:
        parsed = sqlglot.parse(text, read="bigquery")
    except SqlglotError as error:
        return str(error)
    return "it is kept as text" if any(isinstance(one, exp.Command) for one in parsed) else None


def move_clock(server, body):
    server.world.clock.move(body["seconds"])
    return {"now": moment(server.world.clock.now()).isoformat()}


def add_project(server, body):
    server.world.projects.setdefault(body["project"], {})
    return {}


def keep(server, body):
    images.keep(server.world, body["dataset"], body["name"])
    return {}


def put_back(server, body):
    if body["name"] not in server.world.images:
        raise Refused(f"nothing was kept as {body['name']}")
    images.put_back(server.world, body["dataset"], body["name"])
    return {}


ACTIONS = {
    "keep": keep,
    "put-back": put_back,
    "identity": identity,
    "rules/add": add_rule,
    "rules/reached": reached,
    "rules/release": release,
    "rules/clear": clear,
    "requests": listed,
    "statements/unreadable": unreadable,
    "clock": move_clock,
    "projects/add": add_project,
}
