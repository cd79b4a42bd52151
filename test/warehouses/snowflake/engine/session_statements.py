"""USE, ALTER SESSION and SHOW PARAMETERS."""

import rights
from errors import SnowflakeError, cannot, missing, not_modelled
from names import like, written
from parameters import of_object
from places import find_to_change
from results import SESSION, status, table
from sessions import DEFAULTS

DONE = "Statement executed successfully."


def use(query, words):
    try:
        return used(query.session, words)
    except SnowflakeError as error:
        raise cannot() if error.code == 2003 else error from None


def used(session, words):
    kind = words.take_any("ROLE", "WAREHOUSE", "DATABASE", "SCHEMA", "SECONDARY ROLES")
    if kind == "SECONDARY ROLES":
        if words.value().upper() != "NONE":
            raise not_modelled("USE SECONDARY ROLES ALL")
    elif kind == "ROLE":
        use_role(session, words.identifier())
    elif kind == "WAREHOUSE":
        name = words.identifier()
        if not rights.may_use_warehouse(session.world, rights.all_roles(session), name):
            raise missing("Object", written(name))
        session.warehouse = name
    elif kind == "SCHEMA":
        use_schema(session, words.name())
    elif kind == "DATABASE":
        use_database(session, words.identifier())
    else:
        parts = words.name()
        use_database(session, parts[0]) if len(parts) == 1 else use_schema(session, parts)
    words.end("USE")
    return status(DONE, SESSION)


def use_role(session, name):
    allowed = {"PUBLIC"}
    for role in session.user.roles:
        allowed |= rights.roles_of(session.world, role)
    if name not in session.world.roles:
        raise missing("Role", written(name))
    if name not in allowed:
        message = (
            f"SQL access control error:\nRequested role '{name}' is not assigned to the executing user. Specify "
            "another role to activate."
        )
        raise SnowflakeError(3013, "42501", message)
    session.role = name


def use_schema(session, parts):
    schema = session.place.find_schema(parts)
    if not rights.holds(rights.all_roles(session), schema, "ANY"):
        raise missing("Schema", written(*schema.path))
    session.database, session.schema = schema.path


def use_database(session, name):
    database = session.place.find_database(name)
    if not rights.holds(rights.all_roles(session), database, "ANY"):
        raise missing("Database", written(name))
    session.database = name
    public = database.get("SCHEMA", "PUBLIC")
    session.schema = "PUBLIC" if public is not None and rights.sees(rights.all_roles(session), public) else None


def alter_session(query, words):
    session = query.session
    if words.take("SET"):
        while not words.done:
            name = words.identifier()
            words.need("=")
            session.set(name, words.value())
            words.take(",")
    elif words.take("UNSET"):
        while not words.done:
            name = words.identifier()
            if name not in DEFAULTS:
                raise SnowflakeError(1102, "22023", f"invalid parameter '{name}'")
            session.parameters.pop(name, None)
            words.take(",")
    else:
        raise words.unexpected()
    return status(DONE, SESSION)


def show_parameters(query, words):
    session = query.session
    pattern = like(words.string()) if words.take("LIKE") else like("%")
    thing = None
    if words.take("IN") or words.take("FOR"):
        kind = words.take_any("SESSION", "ACCOUNT", "DATABASE", "SCHEMA", "TABLE")
        if kind in ("DATABASE", "SCHEMA", "TABLE"):
            thing = find_to_change(session, kind, words)[1]
        elif kind is None:
            words.end("SHOW PARAMETERS")
    words.end("SHOW PARAMETERS")
    columns = {
        "key": "text",
        "value": "text",
        "default": "text",
        "level": "text",
        "description": "text",
        "type": "text",
    }
    if thing is not None:
        return table(columns, [row for row in of_object(thing) if pattern.match(row[0])])
    rows = []
    for name, default in sorted(DEFAULTS.items()):
        if pattern.match(name):
            level = "SESSION" if name in session.parameters else ""
            rows.append((name, session.parameter(name), default, level, "", "STRING"))
    return table(columns, rows)

