"""SHOW GRANTS and SHOW FUTURE GRANTS."""

import rights
from errors import missing, not_modelled
from grants import KINDS, warehouse
from names import written
from other_objects import find_any
from results import table

COLUMNS = {
    "created_on": "time",
    "privilege": "text",
    "granted_on": "text",
    "name": "text",
    "granted_to": "text",
    "grantee_name": "text",
    "grant_option": "text",
    "granted_by": "text",
}
FUTURE = {
    "created_on": "time",
    "privilege": "text",
    "grant_on": "text",
    "name": "text",
    "grant_to": "text",
    "grantee_name": "text",
    "grant_option": "text",
}


def show_grants(query, words):
    if words.take("FUTURE", "GRANTS"):
        return future(query, words)
    if words.take("ON"):
        return on(query, words)
    if words.take("TO"):
        return to(query, words)
    if words.take("OF", "ROLE"):
        return of(query, words)
    if words.done:
        return to_user(query, query.session.user)
    raise not_modelled(f"SHOW GRANTS {words.rest()[:40]}")


def on(query, words):
    session = query.session
    if words.take("ACCOUNT"):
        thing = session.world.account
    else:
        kind = words.take_any(*KINDS)
        if kind is None:
            words.end("SHOW GRANTS ON")
        thing = warehouse(session, words.identifier()) if kind == "WAREHOUSE" else find_any(session, kind, words)
    words.end("SHOW GRANTS")
    rights.need(rights.all_roles(session), thing, "ANY")
    return table(COLUMNS, list(rows(thing)))


def rows(thing):
    name = written(*thing.path)
    if thing.kind != "ACCOUNT":
        yield (thing.created, "OWNERSHIP", thing.kind.replace(" ", "_"), name, "ROLE", thing.owner, "true", thing.owner)
    for g in thing.grants:
        yield (
            g.created or thing.created,
            g.privilege,
            thing.kind.replace(" ", "_"),
            name,
            g.to,
            g.grantee,
            "true" if g.option else "false",
            g.grantor,
        )


def everything(container):
    for thing in container.things.values():
        yield thing
        if hasattr(thing, "things"):
            yield from everything(thing)


def to(query, words):
    world = query.session.world
    kind = words.take_any("ROLE", "USER") or "ROLE"
    name = words.identifier()
    words.end("SHOW GRANTS TO")
    if kind == "USER":
        user = world.users.get(name)
        if user is None:
            raise missing("User", written(name))
        return to_user(query, user)
    role = world.roles.get(name)
    if role is None:
        raise missing("Role", written(name))
    things = [world.account, *everything(world.account)]
    things += [w["thing"] for w in world.warehouses.values() if "thing" in w]
    found = [row for thing in things for row in rows(thing) if row[5] == name]
    found += [(role.created, "USAGE", "ROLE", inner, "ROLE", name, "false", "") for inner in sorted(role.roles)]
    return table(COLUMNS, found)


def to_user(query, user):
    columns = {"created_on": "time", "role": "text", "granted_to": "text", "grantee_name": "text", "granted_by": "text"}
    now = query.session.world.account.created
    return table(columns, [(now, role, "USER", user.name, "") for role in sorted(user.roles)])


def of(query, words):
    world = query.session.world
    name = words.identifier()
    words.end("SHOW GRANTS OF")
    columns = {"created_on": "time", "role": "text", "granted_to": "text", "grantee_name": "text", "granted_by": "text"}
    found = [
        (world.account.created, name, "USER", u, "") for u, user in sorted(world.users.items()) if name in user.roles
    ]
    found += [
        (world.account.created, name, "ROLE", r, "") for r, role in sorted(world.roles.items()) if name in role.roles
    ]
    return table(columns, found)


def inherited(query, words):
    session = query.session
    words.need("IN")
    if words.take("SCHEMA"):
        database = session.place.find_schema(words.name())
    else:
        words.need("DATABASE")
        database = session.place.find_database(words.identifier())
    words.end("SHOW INHERITED GRANTS")
    columns = {"privilege": "text", "granted_on": "text", "granted_to": "text", "grantee_name": "text"}
    rows = [(privilege, kind, "ROLE", role) for privilege, kind, role in database.properties.get("inherited", [])]
    return table(columns, rows)


def future(query, words):
    session, world = query.session, query.session.world
    if words.take("IN"):
        if words.take("DATABASE"):
            containers, grantee = [session.place.find_database(words.identifier())], None
        else:
            words.need("SCHEMA")
            containers, grantee = [session.place.find_schema(words.name())], None
    else:
        words.need("TO")
        words.take("ROLE")
        grantee = words.identifier()
        containers = [t for t in everything(world.account) if hasattr(t, "future")]
    words.end("SHOW FUTURE GRANTS")
    found = []
    for container in containers:
        rights.need(rights.all_roles(session), container, "ANY")
        for kind, g in container.future:
            if grantee in (None, g.grantee):
                name = f"{written(*container.path)}.<{kind}>"
                found.append(
                    (
                        container.created,
                        g.privilege,
                        kind.replace(" ", "_"),
                        name,
                        "ROLE",
                        g.grantee,
                        "true" if g.option else "false",
                    )
                )
    return table(FUTURE, found)
