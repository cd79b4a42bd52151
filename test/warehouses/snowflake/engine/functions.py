"""Functions in SQL: CREATE FUNCTION and SHOW USER FUNCTIONS. Calls are in user_functions.py."""

import datatypes
import rights
from errors import missing, not_modelled
from names import written
from objects import Thing
from places import place
from results import status, table
from show import Filter, containers
from text import Words


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


def show_functions(query, words):
    session = query.session
    wanted = Filter(session, words, "FUNCTION")
    roles = rights.all_roles(session)
    columns = {
        "created_on": "time",
        "name": "text",
        "schema_name": "text",
        "is_builtin": "text",
        "min_num_arguments": "number",
        "max_num_arguments": "number",
        "arguments": "text",
        "description": "text",
        "catalog_name": "text",
        "is_secure": "text",
        "language": "text",
    }
    rows = []
    for schema in containers(session, "FUNCTION", wanted):
        for f in schema.of("FUNCTION"):
            p = f.properties
            if not rights.sees(roles, f) or (wanted.pattern and not wanted.pattern.match(p["called"])):
                continue
            types = ", ".join(type.base for _, type in p["arguments"])
            rows.append(
                (
                    f.created,
                    p["called"],
                    schema.name,
                    "N",
                    len(p["arguments"]),
                    len(p["arguments"]),
                    f"{p['called']}({types}) RETURN {p['returns'].base}",
                    f.comment or "user-defined function",
                    schema.parent.name,
                    "Y" if p.get("secure") else "N",
                    "SQL",
                )
            )
    return table(columns, rows)
