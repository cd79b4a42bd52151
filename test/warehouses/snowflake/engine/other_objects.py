"""Objects that are no tables, views or containers: functions, roles, users, warehouses, and kinds that are only registered.

A kind that is only registered can be created, dropped, renamed, listed and granted on; it cannot be used.
"""

import datatypes
import rights
from containers import find_to_change, target_of
from errors import SnowflakeError, compilation, exists, missing, not_modelled
from names import like, written
from objects import RELATIONS, Thing, space_of
from results import status, table
from tables import place
from text import Words
from world import Role, User

DONE = "Statement executed successfully."
REGISTERED = ("DYNAMIC TABLE", "EXTERNAL TABLE", "HYBRID TABLE", "ICEBERG TABLE", "EVENT TABLE", "MATERIALIZED VIEW",
              "STREAM", "TASK", "PIPE", "ALERT", "STAGE", "SEQUENCE", "FILE FORMAT", "PROCEDURE")
POLICIES = ("MASKING POLICY", "ROW ACCESS POLICY", "AGGREGATION POLICY", "PROJECTION POLICY", "TAG")


def create_other(query, words, flags, binds):
    if words.take("FUNCTION"):
        return create_function(query, words, flags)
    if words.take("ROLE"):
        return create_role(query, words, flags)
    if words.take("USER"):
        return create_user(query, words, flags)
    if words.take("WAREHOUSE"):
        return create_warehouse(query, words, flags)
    kind = words.take_any(*POLICIES)
    if kind is not None:
        from policies import create_policy

        return create_policy(query, kind, words, flags)
    kind = words.take_any(*REGISTERED)
    if kind is None:
        raise not_modelled(f"CREATE {words.rest()[:40]}")
    return register(query, kind, words, flags)


def register(query, kind, words, flags):
    """An object of which only that it exists is known."""
    session = query.session
    flags["unless"] = words.take("IF", "NOT", "EXISTS")
    parts = session.place.whole(words.name())
    schema = session.place.find_schema(parts[:2])
    rights.may_create(session, schema, kind)
    if schema.get(space_of(kind), parts[2]) is not None and flags["unless"]:
        return status(f"{parts[2]} already exists, statement succeeded.")
    thing = session.world.make(Thing, kind, session.role)
    thing.text = words.text
    thing.properties = {"definition": words.rest(), "state": "suspended" if kind in ("TASK", "ALERT") else None}
    with session.world.lock:
        place(session, schema, parts[2], thing, flags, False)
    return status(f"{kind.capitalize()} {parts[2]} successfully created.")


def argument_list(items):
    found = []
    for item in items:
        words = Words(item)
        name = words.identifier()
        found.append((name, datatypes.read(words.rest().split(" DEFAULT ")[0])))
    return found


def signature(name, types):
    return f"{name}({', '.join(type.base for type in types)})"


def create_function(query, words, flags):
    session = query.session
    flags["unless"] = words.take("IF", "NOT", "EXISTS")
    parts = session.place.whole(words.name())
    arguments = argument_list(words.items())
    words.need("RETURNS")
    if words.next_is("TABLE"):
        raise not_modelled("table functions of one's own")
    start = words.peek().start
    words.token("word")
    if words.next_is("("):
        words.parens()
    returns = datatypes.read(words.text[start : words.tokens[words.at - 1].end])
    properties = {"called": parts[2], "arguments": arguments, "returns": returns, "secure": flags["secure"]}
    comment, copied = "", False
    while not words.take("AS"):
        if words.take("LANGUAGE"):
            if words.value().upper() != "SQL":
                raise not_modelled("functions in other languages than SQL")
        elif words.take("COMMENT", "="):
            comment = words.string()
        elif words.take("COPY", "GRANTS"):
            copied = True
        elif not words.take_any("IMMUTABLE", "VOLATILE", "MEMOIZABLE", "NOT NULL", "CALLED ON NULL INPUT", "STRICT"):
            words.end("CREATE FUNCTION")
    properties["body"] = words.string()
    words.end("CREATE FUNCTION")
    schema = session.place.find_schema(parts[:2])
    rights.may_create(session, schema, "FUNCTION")
    name = signature(parts[2], [type for _, type in arguments])
    if schema.get("FUNCTION", name) is not None and flags["unless"]:
        return status(f"{name} already exists, statement succeeded.")
    function = session.world.make(Thing, "FUNCTION", session.role)
    function.comment, function.text, function.properties = comment, words.text, properties
    with session.world.lock:
        place(session, schema, name, function, flags, copied)
    return status(f"Function {parts[2]} successfully created.")


def find_function(session, words):
    parts = session.place.whole(words.name())
    types = [datatypes.read(Words(item).rest().split()[-1]) for item in words.items()]
    schema = session.place.find_schema(parts[:2])
    found = schema.get("FUNCTION", signature(parts[2], types))
    if found is None:
        raise missing("Function", written(*parts))
    return found


def find_any(session, kind, words):
    """An object of any kind by its name; functions are named with their types."""
    if kind == "FUNCTION":
        return find_function(session, words)
    return find_to_change(session, kind, words)[1]


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


def drop_other(query, words):
    session, world = query.session, query.session.world
    kind = words.take_any("FUNCTION", "ROLE", "USER", "WAREHOUSE", *POLICIES, *REGISTERED)
    if kind is None:
        raise not_modelled(f"DROP {words.rest()[:40]}")
    unless = words.take("IF", "EXISTS")
    if kind in ("ROLE", "USER", "WAREHOUSE"):
        names = {"ROLE": world.roles, "USER": world.users, "WAREHOUSE": world.warehouses}[kind]
        name = words.identifier()
        words.end("DROP")
        if name not in names and not unless:
            raise missing(kind.title(), written(name))
        if not rights.unlimited(rights.all_roles(session)):
            raise denied_account()
        names.pop(name, None)
        return status(f"{name} successfully dropped.")
    try:
        thing = find_any(session, kind, words)
    except SnowflakeError as error:
        if unless and error.code == 2003:
            return status("Drop statement executed successfully (object already dropped).")
        raise
    words.take_any("CASCADE", "RESTRICT")
    words.end("DROP")
    rights.own(session, thing)
    with world.lock:
        from policies import in_use

        in_use(world, thing)
        thing.parent.drop(thing, world.clock.now())
        world.changed_names()
    return status(f"{thing.name} successfully dropped.")


def denied_account():
    return SnowflakeError(3001, "42501", "SQL access control error:\nInsufficient privileges to operate on account")


def alter_other(query, words):
    session, world = query.session, query.session.world
    kind = words.take_any("FUNCTION", *POLICIES, *REGISTERED)
    if kind is None:
        raise not_modelled(f"ALTER {words.rest()[:40]}")
    words.take("IF", "EXISTS")
    thing = find_any(session, kind, words)
    rights.own(session, thing)
    if words.take("RENAME", "TO"):
        parts = session.place.whole(words.name())
        words.end("RENAME")
        above = session.place.find_schema(parts[:2])
        name = parts[2] if kind != "FUNCTION" else signature(parts[2], [t for _, t in thing.properties["arguments"]])
        if above.get(space_of(kind), name) is not None:
            raise exists(written(*parts))
        with world.lock:
            now = world.clock.now()
            thing.parent.take(thing, now)
            above.put(thing, name, now)
            if kind == "FUNCTION":
                thing.properties["called"] = parts[2]
            thing.touch(now)
            world.changed_names()
        return status(DONE)
    if words.take("SUSPEND") or words.next_is("RESUME"):
        thing.properties["state"] = "started" if words.take("RESUME") else "suspended"
        words.end("ALTER")
        return status(DONE)
    if words.take("SET", "COMMENT", "="):
        thing.comment = words.string()
        words.end("ALTER")
        return status(DONE)
    if kind == "FUNCTION" and words.take_any("SET SECURE", "UNSET SECURE"):
        thing.properties["secure"] = "UNSET" not in words.text.upper()
        words.end("ALTER")
        return status(DONE)
    raise not_modelled(f"ALTER {kind} {words.rest()[:40]}")


def show_functions(query, words):
    from show import Filter, containers

    session = query.session
    wanted = Filter(session, words, "FUNCTION")
    roles = rights.all_roles(session)
    columns = {"created_on": "time", "name": "text", "schema_name": "text", "is_builtin": "text", "min_num_arguments": "number",
               "max_num_arguments": "number", "arguments": "text", "description": "text", "catalog_name": "text",
               "is_secure": "text", "language": "text"}
    rows = []
    for schema in containers(session, "FUNCTION", wanted):
        for f in schema.of("FUNCTION"):
            p = f.properties
            if not rights.sees(roles, f) or (wanted.pattern and not wanted.pattern.match(p["called"])):
                continue
            types = ", ".join(type.base for _, type in p["arguments"])
            rows.append((f.created, p["called"], schema.name, "N", len(p["arguments"]), len(p["arguments"]),
                         f"{p['called']}({types}) RETURN {p['returns'].base}", f.comment or "user-defined function",
                         schema.parent.name, "Y" if p.get("secure") else "N", "SQL"))
    return table(columns, rows)
