"""ALTER of databases, schemas, tables and views: swaps, renames, comments, properties; and COMMENT ON."""

import rights
from alter_columns import alter_columns
from errors import SnowflakeError, compilation, exists, not_modelled
from names import written
from objects import space_of, swap
from places import find_to_change, target_of
from parameters import set_parameter, unset_parameter
from policies import alter_policy, column_policy
from results import status
from tags import set_tags, unset_tags

DONE = "Statement executed successfully."


def alter(query, kind, words):
    session, world = query.session, query.session.world
    unless = words.take("IF", "EXISTS")
    try:
        above, thing = find_to_change(session, kind, words)
    except SnowflakeError as error:
        if unless and error.code == 2003:
            return status(DONE)
        raise
    if words.take("SWAP", "WITH"):
        return exchange(query, kind, thing, words)
    if words.take("RENAME", "TO"):
        return rename(query, kind, thing, words)
    rights.own(session, thing)
    with world.lock:
        policy = words.next_is("DROP", "ROW") or words.next_is("DROP", "ALL", "ROW")
        if (
            kind == "TABLE"
            and not policy
            and words.take_any("ADD", "DROP", "ALTER", "MODIFY", "RENAME COLUMN") is not None
        ):
            words.at -= 1
            if words.tokens[words.at].text.upper() == "COLUMN" and words.tokens[words.at - 1].text.upper() == "RENAME":
                words.at -= 1
            return alter_columns(query, thing, words)
        if kind == "VIEW" and words.take_any("ALTER COLUMN", "MODIFY COLUMN", "ALTER", "MODIFY"):
            return view_column(query, thing, words)
        return properties(query, thing, words)


def exchange(query, kind, thing, words):
    session, world = query.session, query.session.world
    if kind == "VIEW":
        raise compilation(1003, "42000", "syntax error: SWAP of views")
    other = find_to_change(session, kind, words)[1]
    words.end("SWAP")
    rights.own(session, thing)
    rights.own(session, other)
    if thing.parent is None or other.parent is None:
        raise compilation(2121, "0A000", "A temporary table cannot be swapped with a permanent or transient one.")
    if thing.kind != other.kind:
        raise compilation(2121, "0A000", f"A {thing.kind} cannot be swapped with a {other.kind}.")
    with world.lock:
        if thing is not other:
            swap(thing, other, world.clock.now())
        world.changed_names()
    return status(DONE)


def rename(query, kind, thing, words):
    session, world = query.session, query.session.world
    if kind in ("DATABASE", "SCHEMA"):
        above, name = target_of(session, kind, words)
    else:
        parts = session.place.whole(words.name())
        above, name = session.place.find_schema(parts[:2]), parts[2]
    words.end("RENAME")
    rights.own(session, thing)
    if thing.parent is None:
        raise not_modelled("renaming a temporary object")
    if above is not thing.parent:
        rights.may_create(session, above, kind)
    if above.get(space_of(kind), name) is not None:
        raise exists(name if kind == "DATABASE" else written(*([] if above.kind == "ACCOUNT" else above.path), name))
    with world.lock:
        now, place = world.clock.now(), (session.database, session.schema)
        old = thing.path
        thing.parent.take(thing, now)
        above.put(thing, name, now)
        thing.touch(now)
        world.changed_names()
        if kind == "DATABASE" and place[0] == old[0]:
            session.database = name
        if kind == "SCHEMA" and place == tuple(old):
            session.database, session.schema = thing.path
    return status(DONE)


def properties(query, thing, words):
    if words.take("SET", "TAG"):
        set_tags(query, thing, words)
    elif words.take("UNSET", "TAG"):
        unset_tags(query, thing, words)
    elif words.next_is("SET", "AGGREGATION"):
        alter_policy(query, thing, words)
    elif words.take("SET"):
        while not words.done:
            set_property(thing, words)
            words.take(",")
    elif words.take("UNSET"):
        while not words.done:
            unset_property(thing, words)
            words.take(",")
    elif thing.kind == "SCHEMA" and words.take("ENABLE", "MANAGED", "ACCESS"):
        thing.properties["managed"] = True
    elif thing.kind == "SCHEMA" and words.take("DISABLE", "MANAGED", "ACCESS"):
        thing.properties.pop("managed", None)
    elif words.take("CLUSTER", "BY"):
        thing.properties["cluster"] = words.parens()
    elif words.take("DROP", "CLUSTERING", "KEY"):
        thing.properties.pop("cluster", None)
    else:
        alter_policy(query, thing, words)
    thing.touch(query.session.world.clock.now())
    return status(DONE)


def set_property(thing, words):
    if words.take("COMMENT", "="):
        thing.comment = words.string()
    elif words.take("DATA_RETENTION_TIME_IN_DAYS", "="):
        days = int(words.value())
        if days > 1 and thing.properties.get("transient"):
            raise compilation(1062, "22023", f"invalid value [{days}] for parameter 'DATA_RETENTION_TIME_IN_DAYS'")
        thing.properties["retention"] = days
    elif words.take("CHANGE_TRACKING", "="):
        thing.properties["change_tracking"] = words.value().upper() == "TRUE"
    elif thing.kind == "VIEW" and words.take("SECURE"):
        thing.properties["secure"] = True
    elif not set_parameter(thing, words):
        words.end(f"ALTER {thing.kind} SET")


def unset_property(thing, words):
    if words.take("COMMENT"):
        thing.comment = ""
    elif words.take("DATA_RETENTION_TIME_IN_DAYS"):
        thing.properties.pop("retention", None)
    elif thing.kind == "VIEW" and words.take("SECURE"):
        thing.properties["secure"] = False
    elif not unset_parameter(thing, words):
        words.end(f"ALTER {thing.kind} UNSET")


def view_column(query, view, words):
    while not words.done:
        words.take("COLUMN")
        column = named_column(view, words.identifier())
        if words.take("COMMENT"):
            column.comment = words.string()
        else:
            column_policy(query, column, words)
        if not words.done:
            words.need(",")
            words.take_any("ALTER", "MODIFY")
    view.touch(query.session.world.clock.now())
    return status(DONE)


def named_column(thing, name):
    found = next((column for column in thing.columns if column.name == name), None)
    if found is None:
        raise compilation(904, "42000", f"invalid identifier '{name}'")
    return found


def comment_on(query, words):
    session, world = query.session, query.session.world
    unless = words.take("IF", "EXISTS")
    words.need("ON")
    kind = words.take_any(
        "DATABASE", "SCHEMA", "TABLE", "VIEW", "COLUMN", "DYNAMIC TABLE", "EXTERNAL TABLE", "STREAM", "TASK"
    )
    if kind is None:
        words.end("COMMENT ON")
    try:
        if kind == "COLUMN":
            parts = words.name()
            thing = session.place.find(session.place.whole(parts[:-1]), said="Object")
            column = named_column(thing, parts[-1])
        else:
            thing, column = find_to_change(session, kind, words)[1], None
    except SnowflakeError as error:
        if unless and error.code == 2003:
            return status(DONE)
        raise
    words.need("IS")
    text = words.string()
    words.end("COMMENT")
    rights.own(session, thing)
    with world.lock:
        if column is not None:
            column.comment = text
        else:
            thing.comment = text
        thing.touch(world.clock.now())
    return status(DONE)
