"""Roles, users and warehouses."""

import rights
from errors import SnowflakeError, exists, missing, not_modelled
from names import written
from results import status
from world import Role, User


def create_role(query, words, flags):
    session, world = query.session, query.session.world
    unless = words.take("IF", "NOT", "EXISTS")
    name = words.identifier()
    comment = words.string() if words.take("COMMENT", "=") else ""
    words.end("CREATE ROLE")
    roles = rights.all_roles(session)
    if not rights.unlimited(roles) and "USERADMIN" not in roles:
        raise SnowflakeError(3001, "42501", "SQL access control error:\nInsufficient privileges to operate on account")
    if name in world.roles and not flags["replace"]:
        if unless:
            return status(f"{name} already exists, statement succeeded.")
        raise exists(name)
    world.roles[name] = Role(name, session.role, world.clock.now())
    world.roles[name].comment = comment
    return status(f"Role {name} successfully created.")


def create_user(query, words, flags):
    world = query.session.world
    unless = words.take("IF", "NOT", "EXISTS")
    name, given = words.identifier(), {}
    while not words.done:
        option = words.identifier()
        words.need("=")
        given[option] = words.value()
    unknown = set(given) - {"PASSWORD", "DEFAULT_ROLE", "DEFAULT_WAREHOUSE", "RSA_PUBLIC_KEY", "TYPE", "COMMENT"}
    if unknown:
        raise not_modelled(f"CREATE USER with {', '.join(sorted(unknown))}")
    if not rights.unlimited(rights.all_roles(query.session)):
        raise SnowflakeError(3001, "42501", "SQL access control error:\nInsufficient privileges to operate on account")
    if name in world.users and not flags["replace"]:
        if unless:
            return status(f"{name} already exists, statement succeeded.")
        raise exists(name)
    role = given.get("DEFAULT_ROLE", "PUBLIC").upper()
    warehouse = given.get("DEFAULT_WAREHOUSE", "").upper() or None
    world.users[name] = User(name, given.get("PASSWORD"), [], role, warehouse)
    return status(f"User {name} successfully created.")


def create_warehouse(query, words, flags):
    world = query.session.world
    unless = words.take("IF", "NOT", "EXISTS")
    name = words.identifier()
    made = {"size": "X-Small", "created": world.clock.now(), "auto_suspend": 600, "auto_resume": True}
    words.take("WITH")
    while not words.done:
        option = words.identifier()
        words.need("=")
        value = words.value()
        if option == "WAREHOUSE_SIZE":
            made["size"] = value.title()
        elif option == "AUTO_SUSPEND":
            made["auto_suspend"] = int(value)
        elif option == "AUTO_RESUME":
            made["auto_resume"] = value.upper() == "TRUE"
        elif option not in ("INITIALLY_SUSPENDED", "COMMENT"):
            raise not_modelled(f"CREATE WAREHOUSE with {option}")
    if name in world.warehouses and not flags["replace"]:
        if unless:
            return status(f"{name} already exists, statement succeeded.")
        raise exists(name)
    world.warehouses[name] = made
    return status(f"Warehouse {name} successfully created.")


def denied_account():
    return SnowflakeError(3001, "42501", "SQL access control error:\nInsufficient privileges to operate on account")


def drop_of_account(query, kind, words):
    world = query.session.world
    unless = words.take("IF", "EXISTS")
    names = {"ROLE": world.roles, "USER": world.users, "WAREHOUSE": world.warehouses}[kind]
    name = words.identifier()
    words.end("DROP")
    if name not in names and not unless:
        raise missing(kind.title(), written(name))
    if not rights.unlimited(rights.all_roles(query.session)):
        raise denied_account()
    names.pop(name, None)
    return status(f"{name} successfully dropped.")
