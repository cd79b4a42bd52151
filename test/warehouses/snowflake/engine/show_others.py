"""SHOW, and in it what is no object of a schema: warehouses, roles, transactions."""

from functions import show_functions
from names import like
from results import table
from session_statements import show_parameters
from shares import show_database_roles
from show import show
from show_grants import inherited, show_grants


def show_any(query, words):
    if words.take("WAREHOUSES"):
        return warehouses(query, words)
    if words.take("ROLES"):
        return roles(query, words)
    if words.take("INHERITED", "GRANTS"):
        return inherited(query, words)
    if words.take("GRANTS") or words.next_is("FUTURE", "GRANTS"):
        return show_grants(query, words)
    if words.take_any("USER FUNCTIONS", "FUNCTIONS"):
        return show_functions(query, words)
    if words.take("DATABASE", "ROLES"):
        return show_database_roles(query, words)
    if words.take("PARAMETERS"):
        return show_parameters(query, words)
    if words.take("TRANSACTIONS"):
        return transactions(query, words)
    return show(query, words)


def pattern_of(words):
    return like(words.string()) if words.take("LIKE") else like("%")


def warehouses(query, words):
    pattern = pattern_of(words)
    words.end("SHOW WAREHOUSES")
    columns = {
        "name": "text",
        "state": "text",
        "type": "text",
        "size": "text",
        "auto_suspend": "number",
        "auto_resume": "text",
        "created_on": "time",
        "owner": "text",
        "comment": "text",
    }
    rows = [
        (
            name,
            "STARTED",
            "STANDARD",
            w["size"],
            w["auto_suspend"],
            str(w["auto_resume"]).lower(),
            w["created"],
            "SYSADMIN",
            "",
        )
        for name, w in sorted(query.session.world.warehouses.items())
        if pattern.match(name)
    ]
    return table(columns, rows)


def roles(query, words):
    pattern = pattern_of(words)
    words.end("SHOW ROLES")
    columns = {"created_on": "time", "name": "text", "owner": "text", "comment": "text"}
    found = query.session.world.roles
    return table(columns, [(r.created, n, r.owner, r.comment) for n, r in sorted(found.items()) if pattern.match(n)])


def transactions(query, words):
    words.take("IN", "ACCOUNT")
    words.end("SHOW TRANSACTIONS")
    columns = {
        "id": "number",
        "user": "text",
        "session": "number",
        "name": "text",
        "started_on": "time",
        "state": "text",
    }
    rows = [
        (s.transaction.id, s.user.name, s.id, str(s.transaction.id), s.transaction.started, "running")
        for s in query.session.world.sessions.values()
        if s.transaction is not None
    ]
    return table(columns, rows)
