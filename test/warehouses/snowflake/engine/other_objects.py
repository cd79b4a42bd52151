"""Objects that are no tables, views or containers. Most kinds are only registered.

A kind that is only registered can be created, dropped, renamed, listed and granted on; it cannot be used.
"""

import rights
from account import create_role, create_user, create_warehouse, drop_of_account
from errors import SnowflakeError, exists, not_modelled
from functions import create_function, find_function, signature
from names import written
from objects import Thing, space_of
from places import find_to_change, place
from policies import in_use
from results import status
from shares import create_database_role, create_share

DONE = "Statement executed successfully."
REGISTERED = (
    "DYNAMIC TABLE",
    "EXTERNAL TABLE",
    "HYBRID TABLE",
    "ICEBERG TABLE",
    "EVENT TABLE",
    "MATERIALIZED VIEW",
    "STREAM",
    "TASK",
    "PIPE",
    "ALERT",
    "STAGE",
    "SEQUENCE",
    "FILE FORMAT",
    "PROCEDURE",
)
POLICIES = ("MASKING POLICY", "ROW ACCESS POLICY", "AGGREGATION POLICY", "PROJECTION POLICY", "TAG")


def create_other(query, words, flags, binds):
    if words.take("FUNCTION"):
        return create_function(query, words, flags)
    if words.take("ROLE"):
        return create_role(query, words, flags)
    if words.take("USER"):
        return create_user(query, words, flags)
    if words.take("WAREHOUSE"):
        return create_warehouse(query, words, flags)
    if words.take("SHARE"):
        return create_share(query, words)
    if words.take("DATABASE", "ROLE"):
        return create_database_role(query, words)
    kind = words.take_any(*POLICIES, *REGISTERED)
    if kind is None:
        raise not_modelled(f"CREATE {words.rest()[:40]}")
    return register(query, kind, words, flags)


def followed(session, words):
    """The whole name of what a stream is on."""
    if not words.take("ON"):
        return None
    kind = words.take_any("TABLE", "VIEW", "EXTERNAL TABLE", "DYNAMIC TABLE")
    return written(*session.place.find(session.place.whole(words.name()), said=kind.title()).path) if kind else None


def register(query, kind, words, flags):
    """An object of which only that it exists is known."""
    session = query.session
    flags["unless"] = words.take("IF", "NOT", "EXISTS")
    parts = session.place.whole(words.name())
    schema = session.place.find_schema(parts[:2])
    rights.may_create(session, schema, kind)
    if schema.get(space_of(kind), parts[2]) is not None and flags["unless"]:
        return status(f"{parts[2]} already exists, statement succeeded.")
    thing = session.world.make(Thing, kind, session.role)
    thing.text = words.text
    source = followed(session, words) if kind == "STREAM" else None
    thing.properties = {"table": source, "definition": words.rest(), "state": "suspended" if kind in ("TASK", "ALERT") else None}
    if kind == "STAGE":
        thing.properties["type"] = "EXTERNAL" if "URL" in words.text.upper() else "INTERNAL"
    with session.world.lock:
        place(session, schema, parts[2], thing, flags, False)
    return status(f"{kind.capitalize()} {parts[2]} successfully created.")


def find_any(session, kind, words):
    """An object of any kind by its name; functions are named with their types."""
    if kind == "FUNCTION":
        return find_function(session, words)
    return find_to_change(session, kind, words)[1]


def drop_other(query, words):
    session, world = query.session, query.session.world
    kind = words.take_any("FUNCTION", "ROLE", "USER", "WAREHOUSE", *POLICIES, *REGISTERED)
    if kind is None:
        raise not_modelled(f"DROP {words.rest()[:40]}")
    if kind in ("ROLE", "USER", "WAREHOUSE"):
        return drop_of_account(query, kind, words)
    unless = words.take("IF", "EXISTS")
    try:
        thing = find_any(session, kind, words)
    except SnowflakeError as error:
        if unless and error.code == 2003:
            return status("Drop statement executed successfully (object already dropped).")
        raise
    words.take_any("CASCADE", "RESTRICT")
    words.end("DROP")
    rights.own(session, thing)
    with world.lock:
        in_use(world, thing)
        thing.parent.drop(thing, world.clock.now())
        world.changed_names()
    return status(f"{thing.name} successfully dropped.")


def alter_other(query, words):
    session, world = query.session, query.session.world
    kind = words.take_any("FUNCTION", *POLICIES, *REGISTERED)
    if kind is None:
        raise not_modelled(f"ALTER {words.rest()[:40]}")
    words.take("IF", "EXISTS")
    thing = find_any(session, kind, words)
    rights.own(session, thing)
    if words.take("RENAME", "TO"):
        parts = session.place.whole(words.name())
        words.end("RENAME")
        above = session.place.find_schema(parts[:2])
        name = parts[2] if kind != "FUNCTION" else signature(parts[2], [t for _, t in thing.properties["arguments"]])
        if above.get(space_of(kind), name) is not None:
            raise exists(written(*parts))
        with world.lock:
            now = world.clock.now()
            thing.parent.take(thing, now)
            above.put(thing, name, now)
            if kind == "FUNCTION":
                thing.properties["called"] = parts[2]
            thing.touch(now)
            world.changed_names()
        return status(DONE)
    if words.take("SUSPEND") or words.next_is("RESUME"):
        thing.properties["state"] = "started" if words.take("RESUME") else "suspended"
        words.end("ALTER")
        return status(DONE)
    if words.take("SET", "COMMENT", "="):
        thing.comment = words.string()
        words.end("ALTER")
        return status(DONE)
    if kind == "FUNCTION" and words.take_any("SET SECURE", "UNSET SECURE"):
        thing.properties["secure"] = "UNSET" not in words.text.upper()
        words.end("ALTER")
        return status(DONE)
    raise not_modelled(f"ALTER {kind} {words.rest()[:40]}")
