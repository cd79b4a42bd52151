"""Where what a statement names is, and putting what it makes there."""

import rights
from errors import compilation, missing
from names import written
from objects import Container, space_of
from parameters import set_parameter

TITLES = {"DATABASE": "Database", "SCHEMA": "Schema", "TABLE": "Table", "VIEW": "View"}


def target_of(session, kind, words):
    """The container that a name is in, and the name."""
    parts = words.name()
    if kind == "DATABASE":
        if len(parts) != 1:
            raise words.unexpected()
        return session.world.account, parts[0]
    parts = session.place.whole(parts, 2)
    return session.place.find_database(parts[0]), parts[1]


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


def place(session, schema, name, thing, flags, copied):
    """Puts a relation under its name in one step, in place of what has it if that may be replaced."""
    old = schema.get(space_of(thing.kind), name)
    if old is not None and flags["replace"]:
        rights.own(session, old)
        if old.kind != thing.kind:
            raise compilation(2002, "42710", f"Object '{old.name}' already exists as {old.kind}.")
    session.world.add(schema, thing, name, flags["replace"])
    if old is not None and copied:
        thing.grants = list(old.grants)


def container_options(words, thing):
    while not words.done:
        if words.take("WITH", "MANAGED", "ACCESS"):
            thing.properties["managed"] = True
        elif words.take("COMMENT", "="):
            thing.comment = words.string()
        elif words.take("DATA_RETENTION_TIME_IN_DAYS", "="):
            thing.properties["retention"] = int(words.value())
        elif not set_parameter(thing, words):
            words.end(f"CREATE {thing.kind}")
