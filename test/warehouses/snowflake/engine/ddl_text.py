"""GET_DDL."""

import re

import rights
from errors import missing, not_modelled
from names import written
from tags import applies
from text import Words


def ddl_of(binding, kind, name, qualified="false", *more):
    session = binding.session
    if more:
        raise not_modelled("GET_DDL with that many arguments")
    thing = session.place.find(session.place.whole(Words(name).name()), said="Object")
    rights.need(rights.all_roles(session), thing, "ANY")
    if kind.upper() not in ("TABLE", "VIEW"):
        raise not_modelled(f"GET_DDL of a {kind.lower()}")
    if thing.kind == "VIEW" and kind.upper() in ("VIEW", "TABLE"):
        if thing.properties.get("secure"):
            rights.own(session, thing)
        return view_text(thing, qualified, rights.all_roles(session))
    if thing.kind != "TABLE" or kind.upper() != "TABLE":
        raise missing("Object", name)
    head = written(*thing.path) if qualified.lower() == "true" else written(thing.name)
    roles = rights.all_roles(session)
    lines = [f"\t{line(column)}{masked(roles, column)}" for column in thing.columns]
    transient = "TRANSIENT " if thing.properties.get("transient") else ""
    comment = f"COMMENT='{escaped(thing.comment)}'\n" if thing.comment else ""
    body = ",\n".join(lines)
    return f"create or replace {transient}TABLE {head} (\n{body}\n){on_rows(roles, thing)}{comment};"


def escaped(text):
    return text.replace("'", "''")


def line(column):
    parts = [written(column.name), column.type.written]
    if not column.nullable:
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if column.comment:
        parts.append(f"COMMENT '{escaped(column.comment)}'")
    return " ".join(parts)


def policy_name(roles, policy):
    """A role that may neither apply nor own a policy is not told which it is (Snowflake: GET_DDL)."""
    return written(*policy.path) if rights.holds(roles, policy, "APPLY") else "#UNKNOWN_POLICY"


def masked(roles, column):
    policy = "" if column.masking is None else f" WITH MASKING POLICY {policy_name(roles, column.masking)}"
    return policy + tagged(roles, column)


def tagged(roles, thing):
    if not thing.tags:
        return ""
    seen = [(tag, value) for tag, value in thing.tags.items() if applies(roles, tag)]
    hidden = ["#UNKNOWN_TAG='#UNKNOWN_VALUE'"] if len(seen) < len(thing.tags) else []
    return f" WITH TAG ({', '.join([*(f'{written(*tag.path)}={quote(value)}' for tag, value in seen), *hidden])})"


def quote(text):
    return f"'{escaped(text)}'"


def on_rows(roles, thing):
    found = tagged(roles, thing)
    for policy, columns in thing.policies:
        on = f" ON ({', '.join(written(c) for c in columns)})" if columns else ""
        found += f" WITH {policy.kind} {policy_name(roles, policy)}{on}"
    return found


def view_text(view, qualified, roles):
    """The head is written anew, with the name of now and the columns' names; the query is as it was typed."""
    head = written(*view.path) if qualified.lower() == "true" else written(view.name)
    secure = "secure " if view.properties.get("secure") else ""
    columns = ",\n".join(
        f"\t{written(c.name)}{masked(roles, c)}" + (f" COMMENT '{escaped(c.comment)}'" if c.comment else "")
        for c in view.columns
    )
    comment = f" COMMENT='{escaped(view.comment)}'\n" if view.comment else ""
    query = re.sub(r"\s*;?\s*\Z", "", view.properties["query"])
    return f"create or replace {secure}view {head}(\n{columns}\n){on_rows(roles, view)}{comment} as {query};"
