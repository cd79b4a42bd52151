"""CREATE SCHEMA."""

import options
from alter import schema_options
from errors import exists
from results import Result


def create_schema(context, words, flags):
    unless = words.take("IF", "NOT", "EXISTS")
    parts = words.path()
    project, name = parts if len(parts) == 2 else (context.project, *parts)
    given = options.read(context, words.items()) if words.take("OPTIONS") else {}
    words.end("CREATE SCHEMA")
    with context.world.lock:
        if name in context.world.datasets(project):
            if unless:
                return Result("CREATE_SCHEMA", operation="SKIP")
            raise exists("Dataset", f"{project}:{name}")
        if context.dry:
            return Result("CREATE_SCHEMA")
        location = given.get("location") or context.location or "US"
        dataset = context.world.add_dataset(project, name, location, context.caller)
        schema_options(dataset, given)
    context.locate(location)
    return Result("CREATE_SCHEMA", operation="CREATE")
