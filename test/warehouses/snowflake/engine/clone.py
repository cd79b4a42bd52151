"""CREATE ... CLONE: a new object with the same rows, now or at a moment in the past."""

import rights
from errors import SnowflakeError, no_history, not_modelled
from objects import Container, Table
from parameters import PARAMETERS
from places import TITLES, container_options, place, put_container
from query import computed
from results import status
from tags import remapped
from time_travel import clause, reaches, within

LEFT_OUT = ("EXTERNAL TABLE", "HYBRID TABLE")


def clone_table(query, words, schema, name, flags):
    session, world = query.session, query.session.world
    source = session.place.find(words.name(), said="Object")
    roles = rights.all_roles(session)
    rights.need(roles, source, "SELECT")
    rights.may_create(session, schema, "TABLE")
    if source.kind != "TABLE":
        raise not_modelled(f"CLONE of a {source.kind.lower()}")
    moment = clause(query, words, computed)
    copied = words.take("COPY", "GRANTS")
    words.end("CREATE TABLE ... CLONE")
    if schema.get("RELATION", name) is not None and flags["unless"]:
        return status(f"{name} already exists, statement succeeded.")
    if source.properties.get("transient") and not flags["transient"] and not flags["temporary"]:
        raise SnowflakeError(
            2121, "0A000", "SQL compilation error:\nTransient object cannot be cloned to a permanent object."
        )
    with world.lock:
        new = table_copy(query, source, moment)
        if flags["transient"]:
            new.properties["transient"] = True
        if flags["temporary"]:
            raise not_modelled("a temporary clone")
        place(session, schema, name, new, flags, False)
        if copied:
            new.grants = list(source.grants)
    return status(f"Table {name} successfully created.")


def table_copy(query, source, moment):
    """Shares the rows: neither of the two ever changes them in place."""
    if moment is not None:
        within(query, source, moment)
    version = source.versions[-1] if moment is None else source.version(moment)
    if version is None:
        raise no_history("table", source.name)
    world, session = query.session.world, query.session
    new = source.copied(lambda shape, kind: world.make(shape, kind, session.role))
    new.write(version.data, new.created, list(version.columns))
    new.changed = new.created
    return new


def clone_container(query, words, kind, above, name, flags):
    session, world = query.session, query.session.world
    parts = words.name()
    if kind == "DATABASE":
        source = session.place.find_database(parts[0])
    else:
        source = session.place.find_schema(parts)
    roles = rights.all_roles(session)
    rights.need(roles, source, "USAGE")
    moment = clause(query, words, computed)
    if moment is not None:
        within(query, source, moment)
        if moment < source.created:
            raise no_history(kind, source.name)
    ignores = words.take("IGNORE", "TABLES", "WITH", "INSUFFICIENT", "DATA", "RETENTION")
    if source.properties.get("transient") and not flags["transient"]:
        raise SnowflakeError(
            2121, "0A000", "SQL compilation error:\nTransient object cannot be cloned to a permanent object."
        )
    with world.lock:
        new = world.make(Container, kind, session.role)
        if flags["transient"]:
            new.properties["transient"] = True
        new.tags = dict(source.tags)
        for key in ("retention", "managed", *PARAMETERS):
            if key in source.properties:
                new.properties[key] = source.properties[key]
        # Which future grants apply to what is made in it later comes along; its own grants do not.
        new.future = list(source.future)
        container_options(words, new)
        copies = {}
        fill(query, source, new, moment, roles, ignores, copies)
        remapped([new, *copies.values()], copies)
        put_container(query, above, new, name)
    return status(f"{TITLES[kind]} {name} successfully created.")


def fill(query, source, new, moment, roles, ignores, copies):
    """What is inside comes with its grants, and belongs to who owned it."""
    world = query.session.world
    inside = source.at(moment) if moment is not None else [(thing.name, thing) for thing in source.inside()]
    now = new.created
    for name, thing in inside:
        if thing.kind in LEFT_OUT or not rights.sees(roles, thing):
            continue
        if isinstance(thing, Container):
            copy = world.make(Container, thing.kind, thing.owner)
            copy.comment, copy.properties, copy.tags = thing.comment, dict(thing.properties), dict(thing.tags)
            copy.future = list(thing.future)
            fill(query, thing, copy, moment, roles, ignores, copies)
        elif isinstance(thing, Table):
            if ignores and not reaches(query, thing, moment):
                continue
            copy = table_copy(query, thing, moment)
        else:
            copy = thing.copied(lambda shape, kind, owner=thing.owner: world.make(shape, kind, owner))
            if copy.properties.get("state") is not None:
                copy.properties["state"] = "suspended"
            copy.properties.pop("granted", None)
        copy.owner, copy.grants = thing.owner, list(thing.grants)
        copies[thing] = copy
        new.put(copy, name, now)
