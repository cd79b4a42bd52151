"""CREATE TABLE ... CLONE, ... COPY and CREATE SNAPSHOT TABLE. Rows are shared, so all cost the same here."""

import access
import options
import row_policies
from binding import parsed, whole
from clock import microseconds
from create_table import new_name, same_layout, taken
from errors import BigQueryError, invalid_query
from results import Result
from time_travel import state_at

# Documentation, "Introduction to table clones": limitations; quotas: table clones.
DEEPEST, MOST = 3, 1000


def create_clone(context, words, flags, snapshot=False):
    path, dataset = new_name(context, words, flags)
    verb = "CLONE" if snapshot else None
    if words.take("CLONE"):
        verb = "CLONE"
    else:
        words.need("COPY")
        verb = "COPY"
    source = context.world.relation(whole(words.path(), context.project, context.default), context.location)
    at = words.until("OPTIONS") if words.take("FOR", "SYSTEM_TIME", "AS", "OF") else None
    given = options.read(context, words.items()) if words.take("OPTIONS") else {}
    words.end(f"CREATE TABLE ... {verb}")
    kind = "SNAPSHOT" if snapshot else "TABLE"
    statement = "CREATE_SNAPSHOT_TABLE" if snapshot else "CREATE_TABLE"
    moment = moment_of(context, at)
    with context.world.lock:
        if taken(context, path, flags, kind):
            return Result(statement, target=path, operation="SKIP")
        made = cloned(context, source, dataset, path[2], kind, verb, moment)
        options.whole(made, given, f"CREATE TABLE ... {verb}")
        same_layout(context.world.find(path), made)
        if context.dry:
            return Result(statement, target=path, fields=made.fields)
        replaced = context.world.find(path) is not None
        context.world.put(made)
    return Result(statement, target=path, operation="REPLACE" if replaced else "CREATE", tables=())


def moment_of(context, text):
    if text is None:
        return None
    value = context.evaluate(parsed(f"SELECT {text}").expressions[0])
    if value is None:
        raise invalid_query("FOR SYSTEM_TIME AS OF expression evaluates to NULL")
    return microseconds(value)


def cloned(context, source, dataset, name, kind, verb, moment):
    """A new table with the rows of another one, now or at a moment."""
    access.need(source, context.caller, "read")
    row_policies.need_all(source, context.caller)
    if source.kind not in ("TABLE", "SNAPSHOT") or (kind == "SNAPSHOT" and source.kind == "SNAPSHOT"):
        raise invalid_query(f"{source.id} is not allowed for this operation because it is currently a {source.kind}.")
    if dataset.location != source.dataset.location:
        raise elsewhere(source, dataset)
    world = context.world
    state = state_at(world, source, moment) if moment is not None else None
    made = copied(source, dataset, name, kind, state)
    if verb == "CLONE":
        made.depth, made.root = source.depth + 1, source.root or source
        if kind == "TABLE" and made.depth > DEEPEST:
            raise invalid_query(f"Table clone depth of {source.id} is at its limit of {DEEPEST}")
        within_limit(world, made.root)
        taken_at = world.clock.ms() if moment is None else -(-moment // 1000)
        made.base = {"table": source.path, "time": taken_at}
    return made


def copied(source, dataset, name, kind, state=None):
    """The shape of a copy: all that is said of a table, and its row access policies; not its IAM."""
    made = source.like(
        kind=kind, dataset=dataset, name=name, bindings={}, base=None, depth=0, root=None, expiration=None, created=0
    )
    if state is not None:
        made.data, made.fields = state.data, list(state.fields)
    return made


def within_limit(world, root):
    count = sum(
        one.root is root
        for datasets in world.projects.values()
        for dataset in datasets.values()
        for one in dataset.relations.values()
    )
    if count >= MOST:
        raise BigQueryError(
            "quotaExceeded", f"Quota exceeded: Your table {root.id} exceeded quota for clones and snapshots: {MOST}"
        )


def elsewhere(source, dataset):
    return BigQueryError(
        "invalid",
        f"Cannot read and write in different locations: source: {source.dataset.location}, "
        f"destination: {dataset.location}",
    )
