"""Shares and database roles: made, granted and listed. Nobody reads by them here."""

import rights
from errors import SnowflakeError, exists, missing
from names import written
from objects import Thing
from results import status, table

DONE = "Statement executed successfully."


def create_share(query, words):
    session, world = query.session, query.session.world
    name = words.identifier()
    words.end("CREATE SHARE")
    if not rights.unlimited(rights.all_roles(session)):
        raise SnowflakeError(3001, "42501", "SQL access control error:\nInsufficient privileges to operate on account")
    if world.account.get("SHARE", name) is not None:
        raise exists(name)
    with world.lock:
        world.account.put(world.make(Thing, "SHARE", session.role), name, world.clock.now())
    return status(f"Share {name} successfully created.")


def share(session, words, things, privileges):
    """The share that a grant is to; it is of one database."""
    name = words.identifier()
    found = session.world.account.get("SHARE", name)
    if found is None:
        raise missing("Share", written(name))
    for thing in things:
        if thing.kind == "DATABASE" and "USAGE" in privileges:
            if found.properties.setdefault("database", thing) is not thing:
                raise SnowflakeError(3055, "0A000", f"SQL execution error: Share {name} has a database already.")
    return name


def create_database_role(query, words):
    session, world = query.session, query.session.world
    database, name = named(session, words)
    words.end("CREATE DATABASE ROLE")
    rights.may_create(session, database, "DATABASE ROLE")
    if database.get("DATABASE ROLE", name) is not None:
        raise exists(written(database.name, name))
    with world.lock:
        database.put(world.make(Thing, "DATABASE ROLE", session.role), name, world.clock.now())
    return status(f"Database role {name} successfully created.")


def named(session, words):
    parts = words.name()
    return session.place.find_database(parts[0] if len(parts) == 2 else session.database), parts[-1]


def grant_database_role(query, words):
    session = query.session
    database, name = named(session, words)
    found = database.get("DATABASE ROLE", name)
    if found is None:
        raise missing("Database role", written(database.name, name))
    words.need("TO", "ROLE")
    grantee = words.identifier()
    words.end("GRANT DATABASE ROLE")
    rights.own(session, found)
    if grantee not in session.world.roles:
        raise missing("Role", written(grantee))
    found.properties["granted"] = {*found.properties.get("granted", ()), grantee}
    return status(DONE)


def show_database_roles(query, words):
    session = query.session
    words.need("IN", "DATABASE")
    database = session.place.find_database(words.identifier())
    words.end("SHOW DATABASE ROLES")
    rights.enter(rights.all_roles(session), database)
    columns = {"created_on": "time", "name": "text", "granted_to_roles": "number", "owner": "text", "comment": "text"}
    rows = [
        (role.created, role.name, len(role.properties.get("granted", ())), role.owner, role.comment)
        for role in database.of("DATABASE ROLE")
    ]
    return table(columns, rows)
