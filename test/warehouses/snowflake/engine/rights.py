"""Who may do what. Throws what Snowflake does: an object that a role has no privilege on does not exist for it."""

from errors import SnowflakeError, denied, missing
from names import written

EVERYTHING = ("ACCOUNTADMIN", "SYSADMIN")
SHOWN = {"DATABASE": "Database", "SCHEMA": "Schema", "TABLE": "Table", "VIEW": "View"}


def roles_of(world, role):
    """A role and all that it has been granted, directly or not."""
    found, todo = {"PUBLIC"}, [role]
    while todo:
        name = todo.pop()
        if name not in found or name == "PUBLIC":
            found.add(name)
            todo += [inner for inner in world.roles[name].roles if inner not in found] if name in world.roles else []
    return found


def all_roles(session):
    return roles_of(session.world, session.role)


def unlimited(roles):
    return any(name in roles for name in EVERYTHING)


def holds(roles, thing, *privileges):
    """Whether one of these privileges is held; who owns an object may do everything with it."""
    if unlimited(roles) or thing.owner in roles:
        return True
    return any(g.grantee in roles and (g.privilege in privileges or "ANY" in privileges) for g in thing.grants)


def sees(roles, thing):
    """Whether an object is listed: one with any privilege on it, or a container of what is."""
    if holds(roles, thing, "ANY"):
        return True
    return thing.kind == "DATABASE" and any(holds(roles, schema, "ANY") for schema in thing.inside())


def enter(roles, container):
    """Use of a database or schema on the way to what is in it."""
    while container is not None and container.kind != "ACCOUNT":
        if not holds(roles, container, "ANY"):
            raise missing(SHOWN[container.kind], written(*container.path))
        container = container.parent


def need(roles, thing, *privileges, said=None):
    enter(roles, thing.parent)
    if holds(roles, thing, *privileges):
        return
    if holds(roles, thing, "ANY"):
        raise denied(thing.kind, thing.name)
    raise missing(said or SHOWN.get(thing.kind, "Object"), written(*thing.path))


def may_use_warehouse(world, roles, name):
    """Whether a session gets the warehouse that it asks for: one that nobody has granted on is for administrators alone."""
    found = world.warehouses.get(name)
    return found is not None and (unlimited(roles) or ("thing" in found and holds(roles, found["thing"], "USAGE")))


def own(session, thing):
    need(all_roles(session), thing, "OWNERSHIP")


def may_create(session, container, kind):
    roles = all_roles(session)
    if container.kind == "ACCOUNT":
        if not unlimited(roles) and not holds(roles, container, f"CREATE {kind}"):
            raise SnowflakeError(
                3001, "42501", "SQL access control error:\nInsufficient privileges to operate on account"
            )
        return
    enter(roles, container.parent)
    if not holds(roles, container, f"CREATE {kind}"):
        if not holds(roles, container, "ANY"):
            raise missing(SHOWN[container.kind], written(*container.path))
        raise denied(container.kind, container.name)
