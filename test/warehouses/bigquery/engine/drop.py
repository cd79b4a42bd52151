"""DROP of tables, views, datasets and functions."""

import access
from binding import whole
from errors import BigQueryError, invalid_query, missing
from results import Result

KINDS = {
    "SNAPSHOT TABLE": "SNAPSHOT",
    "EXTERNAL TABLE": "EXTERNAL",
    "MATERIALIZED VIEW": "MATERIALIZED_VIEW",
    "TABLE": "TABLE",
    "VIEW": "VIEW",
}


def drop(context, words):
    kind = words.take_any("SCHEMA", "FUNCTION", "AGGREGATE FUNCTION", "PROCEDURE", "TABLE FUNCTION", *KINDS)
    if kind is None:
        words.end("DROP")
        raise words.unexpected()
    lenient = words.take("IF", "EXISTS")
    if kind == "SCHEMA":
        return drop_schema(context, words, lenient)
    if kind not in KINDS:
        return drop_routine(context, words, lenient)
    return drop_relation(context, words, KINDS[kind], lenient)


def drop_relation(context, words, kind, lenient):
    parts = words.path()
    words.end("DROP")
    statement = f"DROP_{'SNAPSHOT_TABLE' if kind == 'SNAPSHOT' else 'EXTERNAL_TABLE' if kind == 'EXTERNAL' else kind}"
    if kind == "TABLE" and len(parts) == 1 and parts[0].lower() in context.temporary:
        context.world.storage.forget(context.temporary.pop(parts[0].lower()).data)
        return Result(statement)
    path = whole(parts, context.project, context.default)
    with context.world.lock:
        try:
            found = context.world.relation(path, context.location)
        except BigQueryError as error:
            if lenient and error.reason == "notFound":
                return Result(statement, target=path, operation="SKIP")
            raise
        context.locate(found.dataset.location)
        access.need(found, context.caller, "write")
        if found.kind != kind:
            raise invalid_query(
                f"{found.id} is not allowed for this operation because it is currently a {found.kind.replace('_', ' ')}."
            )
        if not context.dry:
            context.world.drop(found)
    return Result(statement, target=path, operation="DROP")


def drop_schema(context, words, lenient):
    parts = words.path()
    cascade = words.take("CASCADE")
    words.take("RESTRICT")
    words.end("DROP SCHEMA")
    project, name = parts if len(parts) == 2 else (context.project, *parts)
    with context.world.lock:
        try:
            dataset = context.world.dataset(project, name, context.location)
        except BigQueryError:
            if lenient:
                return Result("DROP_SCHEMA", operation="SKIP")
            raise
        context.locate(dataset.location)
        access.need_dataset(dataset, context.caller, "own")
        if not context.dry:
            remove_dataset(context.world, dataset, cascade)
    return Result("DROP_SCHEMA", operation="DROP")


def remove_dataset(world, dataset, with_contents):
    if (dataset.relations or dataset.routines) and not with_contents:
        raise BigQueryError(
            "resourceInUse", f"Dataset {dataset.project}:{dataset.name} is still in use", status=400
        )
    del world.projects[dataset.project][dataset.name]


def drop_routine(context, words, lenient):
    path = whole(words.path(), context.project, context.default)
    words.end("DROP FUNCTION")
    with context.world.lock:
        dataset = context.world.dataset(*path[:2], context.location)
        access.need_dataset(dataset, context.caller, "write")
        if path[2] not in dataset.routines:
            if lenient:
                return Result("DROP_FUNCTION", operation="SKIP")
            raise missing("Routine", f"{path[0]}:{path[1]}.{path[2]}")
        if not context.dry:
            del dataset.routines[path[2]]
    return Result("DROP_FUNCTION", routine=path, operation="DROP")
