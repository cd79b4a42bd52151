"""DESCRIBE."""

import rights
from errors import not_modelled
from names import written
from places import find_to_change
from results import table
from show import flag


def describe(query, words):
    session = query.session
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE")
    if kind in ("SCHEMA", "DATABASE", None):
        return describe_other(query, kind, words)
    parts = session.place.whole(words.name())
    words.take("TYPE", "=", "COLUMNS")
    words.end("DESCRIBE")
    thing = session.temporary.get(tuple(parts)) or session.place.find(parts, said=kind.title())
    rights.need(rights.all_roles(session), thing, "ANY")
    columns = {
        name: "text"
        for name in (
            "name",
            "type",
            "kind",
            "null?",
            "default",
            "primary key",
            "unique key",
            "check",
            "expression",
            "comment",
            "policy name",
            "privacy domain",
        )
    }
    rows = [
        (
            c.name,
            c.type.written,
            "COLUMN",
            flag(c.nullable),
            c.default,
            flag("PRIMARY KEY" in c.keys),
            flag("UNIQUE" in c.keys),
            None,
            None,
            c.comment,
            c.masking and written(*c.masking.path),
            None,
        )
        for c in thing.columns
    ]
    return table(columns, rows)


def describe_other(query, kind, words):
    session = query.session
    if kind is None:
        raise not_modelled(f"DESCRIBE {words.rest()[:40]}")
    container = find_to_change(session, kind, words)[1]
    words.end("DESCRIBE")
    things = [t for t in container.inside() if rights.sees(rights.all_roles(session), t)]
    return table({"created_on": "time", "name": "text", "kind": "text"}, [(t.created, t.name, t.kind) for t in things])
