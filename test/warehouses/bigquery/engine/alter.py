"""ALTER of tables, views and datasets."""

import access
import options
from binding import whole
from errors import BigQueryError, exists, invalid_query, not_modelled
from results import Result
from schema import column, column_options, of_sql, stored

KINDS = {"TABLE": "TABLE", "VIEW": "VIEW", "MATERIALIZED VIEW": "MATERIALIZED_VIEW"}


def alter(context, words):
    kind = words.take_any("SCHEMA", *KINDS)
    if kind is None:
        words.end("ALTER")
        raise words.unexpected()
    lenient = words.take("IF", "EXISTS")
    if kind == "SCHEMA":
        return alter_schema(context, words, lenient)
    statement = f"ALTER_{KINDS[kind]}"
    path = whole(words.path(), context.project, context.default)
    with context.world.writer(path), context.world.lock:
        try:
            found = context.world.relation(path, context.location)
        except BigQueryError as error:
            if lenient and error.reason == "notFound":
                return Result(statement, target=path, operation="SKIP")
            raise
        context.locate(found.dataset.location)
        access.need(found, context.caller, "write")
        if found.kind != KINDS[kind] and not (kind == "TABLE" and found.kind == "SNAPSHOT"):
            raise invalid_query(
                f"{found.id} is not allowed for this operation because it is currently a {found.kind.replace('_', ' ')}."
            )
        change(context, words, found)
    return Result(statement, target=path, operation="ALTER")


def change(context, words, relation):
    """Made on another one of the same shape first, so that what fails leaves nothing behind."""
    if words.take("SET", "OPTIONS"):
        made = relation.like(layout={k: dict(v) if isinstance(v, dict) else v for k, v in relation.layout.items()})
        left = options.apply(made, options.read(context, words.items()))
        if left:
            raise not_modelled(f"the option {sorted(left)[0]} in ALTER")
        words.end("ALTER ... SET OPTIONS")
        if not context.dry:
            for name in ("labels", "description", "friendly", "expiration", "layout"):
                setattr(relation, name, getattr(made, name))
            context.world.revise(relation)
        return
    if relation.kind != "TABLE":
        words.end("ALTER of what is no table")
    if words.take("RENAME", "TO"):
        return rename(context, words, relation)
    fields = [dict(field) for field in relation.fields]
    while True:
        fields = column_change(words, relation, fields)
        if not words.take(","):
            break
    words.end("ALTER TABLE")
    if not context.dry:
        rewrite(context.world, relation, fields)


def column_change(words, relation, fields):
    names = {field["name"].lower(): at for at, field in enumerate(fields)}
    if words.take("ADD", "COLUMN"):
        unless = words.take("IF", "NOT", "EXISTS")
        made = column(words.until(","))
        if made["name"].lower() in names:
            if unless:
                return fields
            raise invalid_query(f"Column already exists: {made['name']}")
        if made.get("mode") == "REQUIRED":
            raise invalid_query(f"Cannot add required column {made['name']}")
        return [*fields, made]
    if words.take("DROP", "COLUMN"):
        lenient = words.take("IF", "EXISTS")
        name = words.identifier()
        if name.lower() not in names:
            if lenient:
                return fields
            raise invalid_query(f"Column not found: {name}")
        used = [relation.layout.get(k, {}).get("field", "").lower() for k in ("timePartitioning", "rangePartitioning")]
        clustered = [c.lower() for c in relation.layout.get("clustering", {}).get("fields", [])]
        if name.lower() in [*used, *clustered]:
            raise invalid_query(f"Column {name} is used for partitioning or clustering and cannot be dropped")
        return [field for field in fields if field["name"].lower() != name.lower()]
    if words.take("RENAME", "COLUMN"):
        raise not_modelled("RENAME COLUMN")
    if words.take("ALTER", "COLUMN"):
        return alter_column(words, fields, names)
    words.end("ALTER TABLE")
    raise words.unexpected()


def alter_column(words, fields, names):
    lenient = words.take("IF", "EXISTS")
    name = words.identifier()
    if name.lower() not in names:
        if lenient:
            words.until(",")
            return fields
        raise invalid_query(f"Column not found: {name}")
    field = fields[names[name.lower()]]
    if words.take("SET", "OPTIONS"):
        field |= column_options(words.items())
    elif words.take("DROP", "NOT", "NULL"):
        field["mode"] = "NULLABLE"
    elif words.take("SET", "DATA", "TYPE"):
        made = of_sql(field["name"], words.until(","))
        if (field["type"], made["type"]) not in WIDER and stored(made) != stored(field):
            raise invalid_query(f"ALTER TABLE ALTER COLUMN SET DATA TYPE cannot change {field['type']} to {made['type']}")
        field |= {"type": made["type"]}
    elif words.take("SET", "DEFAULT"):
        field["defaultValueExpression"] = words.until(",")
    elif words.take("DROP", "DEFAULT"):
        field.pop("defaultValueExpression", None)
    else:
        words.end("ALTER COLUMN")
    return fields


# Documentation, "ALTER COLUMN SET DATA TYPE": what may become wider.
WIDER = {
    ("INTEGER", "NUMERIC"),
    ("INTEGER", "BIGNUMERIC"),
    ("INTEGER", "FLOAT"),
    ("NUMERIC", "BIGNUMERIC"),
    ("NUMERIC", "FLOAT"),
}


def rewrite(world, relation, fields):
    """Other columns: the rows stay, in a table of the new shape."""
    data = world.storage.copy(relation.data, fields, relation.fields)
    world.write(relation, data, fields)


def rename(context, words, relation):
    """It keeps its age; its past stays with the old name."""
    name = words.identifier()
    words.end("ALTER TABLE RENAME TO")
    if name in relation.dataset.relations:
        raise exists("Table", f"{relation.dataset.project}:{relation.dataset.name}.{name}")
    if context.dry:
        return
    world = context.world
    world.drop(relation)
    relation.name = name
    relation.dataset.relations[name] = relation
    relation.dataset.remember(relation, world.revise(relation))


def alter_schema(context, words, lenient):
    parts = words.path()
    words.need("SET", "OPTIONS")
    project, name = parts if len(parts) == 2 else (context.project, *parts)
    with context.world.lock:
        try:
            dataset = context.world.dataset(project, name, context.location)
        except BigQueryError:
            if lenient:
                return Result("ALTER_SCHEMA", operation="SKIP")
            raise
        access.need_dataset(dataset, context.caller, "own")
        given = options.read(context, words.items())
        words.end("ALTER SCHEMA")
        if not context.dry:
            schema_options(dataset, given)
            context.world.revise(dataset)
    return Result("ALTER_SCHEMA", operation="ALTER")


def schema_options(dataset, given):
    names = {"description": "description", "friendly_name": "friendlyName", "max_time_travel_hours": "maxTimeTravelHours"}
    for name, value in given.items():
        if name == "labels":
            dataset.labels = value
        elif name in names:
            plain = options.plainly(value)
            if plain is None:
                dataset.extra.pop(names[name], None)
            else:
                dataset.extra[names[name]] = str(plain)
        elif name != "location":
            raise not_modelled(f"the option {name} of a schema")
