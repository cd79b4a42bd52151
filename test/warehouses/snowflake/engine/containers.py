"""CREATE, DROP and UNDROP of databases and schemas, and DROP and UNDROP of what is in them."""

import rights
from clone import clone_container
from errors import SnowflakeError, exists, missing
from names import written
from objects import Container, space_of
from policies import left_behind
from places import TITLES, container_options, find_to_change, put_container, target_of
from results import status
from time_travel import restorable


def create_container(query, kind, words, flags):
    session, world = query.session, query.session.world
    above, name = target_of(session, kind, words)
    rights.may_create(session, above, kind)
    old = above.get(kind, name)
    if old is not None and flags["unless"]:
        return status(f"{name} already exists, statement succeeded.")
    if old is not None and not flags["replace"]:
        raise exists(name)
    if old is not None:
        rights.own(session, old)
        left_behind(world, old)
    if words.take("CLONE"):
        return clone_container(query, words, kind, above, name, flags)
    new = world.make(Container, kind, session.role)
    if flags["transient"]:
        new.properties["transient"] = True
    container_options(words, new)
    put_container(query, above, new, name)
    return status(f"{TITLES[kind]} {name} successfully created.")


def drop(query, kind, words):
    session = query.session
    unless = words.take("IF", "EXISTS")
    try:
        above, thing = find_to_change(session, kind, words)
    except SnowflakeError as error:
        if not unless or error.code != 2003:
            raise
        words.take("CASCADE")
        words.end(f"DROP {kind}")
        return status("Drop statement executed successfully (object already dropped).")
    words.take("CASCADE") or words.take("RESTRICT")
    words.end(f"DROP {kind}")
    rights.own(session, thing)
    if kind in ("DATABASE", "SCHEMA"):
        left_behind(session.world, thing)
    now = session.world.clock.now()
    with session.world.lock:
        if above is None:
            del session.temporary[tuple([*thing.properties["place"], thing.name])]
        else:
            above.drop(thing, now)
            session.world.changed_names()
    if kind == "DATABASE" and session.database == thing.name:
        session.database = session.schema = None
    if kind == "SCHEMA" and (session.database, session.schema) == (above.name, thing.name):
        session.schema = None
    return status(f"{thing.name} successfully dropped.")


def undrop(query, kind, words):
    session, world = query.session, query.session.world
    if words.next_is("IDENTIFIER"):
        thing = by_id(world, kind, words)
        above, name = thing.parent, thing.name
    else:
        if kind in ("DATABASE", "SCHEMA"):
            above, name = target_of(session, kind, words)
        else:
            parts = session.place.whole(words.name())
            above, name = session.place.find_schema(parts[:2]), parts[2]
        named = [t for t in above.gone if t.name == name and t.kind == kind and restorable(query, t)]
        if above.get(space_of(kind), name) is not None:
            raise exists(name)
        if not named:
            raise missing(TITLES[kind], written(name))
        thing = max(named, key=lambda t: t.dropped)
    words.end("UNDROP")
    if above.get(space_of(kind), name) is not None:
        raise exists(name)
    rights.own(session, thing)
    with world.lock:
        above.restore(thing, world.clock.now())
        world.changed_names()
    return status(f"{TITLES[kind]} {name} successfully restored.")


def by_id(world, kind, words):
    words.need("IDENTIFIER")
    id = int(words.items()[0].strip("'"))
    found = next((t for t in dropped(world.account) if t.id == id and t.kind == kind), None)
    if found is None:
        raise missing(TITLES[kind], str(id))
    return found


def dropped(container):
    for thing in container.gone:
        yield thing
    for thing in container.things.values():
        if isinstance(thing, Container):
            yield from dropped(thing)
