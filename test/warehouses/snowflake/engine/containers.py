"""CREATE, DROP and UNDROP of databases and schemas, and DROP and UNDROP of what is in them."""

import rights
from errors import SnowflakeError, compilation, exists, missing, not_modelled
from names import written
from objects import Container, RELATIONS, space_of
from results import status
from time_travel import restorable

TITLES = {"DATABASE": "Database", "SCHEMA": "Schema", "TABLE": "Table", "VIEW": "View"}


def container_options(words, thing):
    while not words.done:
        if words.take("WITH", "MANAGED", "ACCESS"):
            thing.properties["managed"] = True
        elif words.take("COMMENT", "="):
            thing.comment = words.string()
        elif words.take("DATA_RETENTION_TIME_IN_DAYS", "="):
            thing.properties["retention"] = int(words.value())
        elif words.take("MAX_DATA_EXTENSION_TIME_IN_DAYS", "="):
            words.value()
        else:
            words.end(f"CREATE {thing.kind}")


def target_of(session, kind, words):
    """The container that a name is in, and the name."""
    parts = words.name()
    if kind == "DATABASE":
        if len(parts) != 1:
            raise words.unexpected()
        return session.world.account, parts[0]
    parts = session.place.whole(parts, 2)
    return session.place.find_database(parts[0]), parts[1]


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
    if words.take("CLONE"):
        from clone import clone_container

        return clone_container(query, words, kind, above, name, flags)
    new = world.make(Container, kind, session.role)
    if flags["transient"]:
        new.properties["transient"] = True
    container_options(words, new)
    put_container(query, above, new, name)
    return status(f"{TITLES[kind]} {name} successfully created.")


def put_container(query, above, new, name):
    """Also makes it the session's current one, as Snowflake does."""
    session, world = query.session, query.session.world
    world.add(above, new, name, True)
    if new.kind == "DATABASE":
        if new.get("SCHEMA", "PUBLIC") is None:
            world.add(new, world.make(Container, "SCHEMA", session.role), "PUBLIC")
        session.database, session.schema = name, "PUBLIC"
    else:
        session.database, session.schema = above.name, name


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


def find_to_change(session, kind, words):
    """(container, object) for ALTER and DROP. The kind that is said must be the kind it is."""
    if kind in ("DATABASE", "SCHEMA"):
        above, name = target_of(session, kind, words)
        thing = above.get(kind, name)
        if thing is None or not rights.sees(rights.all_roles(session), thing):
            raise missing(TITLES[kind], written(*([] if above.kind == "ACCOUNT" else above.path), name))
        return above, thing
    parts = session.place.whole(words.name())
    temporary = session.temporary.get(tuple(parts))
    if temporary is not None and temporary.kind == kind:
        return None, temporary
    thing = session.place.find(parts, space_of(kind), TITLES.get(kind, "Object"))
    if not rights.holds(rights.all_roles(session), thing, "ANY"):
        raise missing(TITLES.get(kind, "Object"), written(*parts))
    if thing.kind != kind and not (kind == "TABLE" and thing.kind.endswith("TABLE")):
        raise wrong_kind(thing, kind)
    return thing.parent, thing


def wrong_kind(thing, kind):
    return compilation(1054, "42601", f"Object '{written(*thing.path)}' is a {thing.kind}, not a {kind}.")


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
