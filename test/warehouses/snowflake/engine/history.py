"""QUERY_HISTORY and its like."""

from datatypes import INSTANT, NUMBER, TEXT
from errors import SnowflakeError, not_modelled
import tags
from policies import references

COLUMNS = [
    ("QUERY_ID", TEXT),
    ("QUERY_TEXT", TEXT),
    ("DATABASE_NAME", TEXT),
    ("SCHEMA_NAME", TEXT),
    ("QUERY_TYPE", TEXT),
    ("SESSION_ID", NUMBER),
    ("USER_NAME", TEXT),
    ("ROLE_NAME", TEXT),
    ("WAREHOUSE_NAME", TEXT),
    ("WAREHOUSE_SIZE", TEXT),
    ("WAREHOUSE_TYPE", TEXT),
    ("CLUSTER_NUMBER", NUMBER),
    ("QUERY_TAG", TEXT),
    ("EXECUTION_STATUS", TEXT),
    ("ERROR_CODE", TEXT),
    ("ERROR_MESSAGE", TEXT),
    ("START_TIME", INSTANT),
    ("END_TIME", INSTANT),
    ("TOTAL_ELAPSED_TIME", NUMBER),
    ("BYTES_SCANNED", NUMBER),
    ("ROWS_PRODUCED", NUMBER),
    ("COMPILATION_TIME", NUMBER),
    ("EXECUTION_TIME", NUMBER),
    ("QUEUED_PROVISIONING_TIME", NUMBER),
    ("QUEUED_REPAIR_TIME", NUMBER),
    ("QUEUED_OVERLOAD_TIME", NUMBER),
    ("TRANSACTION_BLOCKED_TIME", NUMBER),
    ("CREDITS_USED_CLOUD_SERVICES", NUMBER),
]
ADMINS = ("ACCOUNTADMIN", "SYSADMIN")


def row(world, query):
    end = query.ended or world.clock.now()
    elapsed = round((end - query.started).total_seconds() * 1000)
    size = world.warehouses[query.warehouse]["size"] if query.warehouse in world.warehouses else None
    return (
        query.id,
        query.text,
        query.database,
        query.schema,
        query.kind,
        query.session.id,
        query.user,
        query.role,
        query.warehouse,
        size,
        "STANDARD",
        1 if size else None,
        query.tag,
        query.status,
        f"{query.code:06d}" if query.code is not None else None,
        query.message,
        query.started,
        query.ended,
        elapsed,
        0,
        query.produced,
        0,
        elapsed,
        0,
        0,
        0,
        0,
        0,
    )


def table_function(scope, name, given):
    world, session = scope.binding.world, scope.binding.session
    if name == "POLICY_REFERENCES":
        return references(scope, given)
    if name in ("TAG_REFERENCES", "TAG_REFERENCES_ALL_COLUMNS"):
        return tags.references(scope, name, given)
    allowed = {
        "END_TIME_RANGE_START",
        "END_TIME_RANGE_END",
        "RESULT_LIMIT",
        "SESSION_ID",
        "USER_NAME",
        "WAREHOUSE_NAME",
        "INCLUDE_CLIENT_GENERATED_STATEMENT",
    }
    if not name.startswith("QUERY_HISTORY") or not set(given) <= allowed:
        raise not_modelled(f"{name}({', '.join(map(str, given))})")
    found = [query for query in world.queries.values() if seen(session, query)]
    if name == "QUERY_HISTORY_BY_SESSION":
        wanted = int(given.get("SESSION_ID") or session.id)
        found = [query for query in found if query.session.id == wanted]
    elif name == "QUERY_HISTORY_BY_USER":
        wanted = str(given.get("USER_NAME") or session.user.name).upper()
        found = [query for query in found if query.user == wanted]
    elif name == "QUERY_HISTORY_BY_WAREHOUSE":
        wanted = str(given.get("WAREHOUSE_NAME") or session.warehouse).upper()
        found = [query for query in found if query.warehouse == wanted]
    elif name != "QUERY_HISTORY":
        raise not_modelled(name)
    now = world.clock.now()
    start, end = given.get("END_TIME_RANGE_START"), given.get("END_TIME_RANGE_END")
    found = [
        q for q in found if (start is None or (q.ended or now) >= start) and (end is None or (q.ended or now) <= end)
    ]
    limit = int(given.get("RESULT_LIMIT") or 100)
    if not 1 <= limit <= 10000:
        raise SnowflakeError(1045, "22023", f"Invalid value {limit} for RESULT_LIMIT: it must be between 1 and 10000")
    newest = sorted(found, key=lambda query: query.started, reverse=True)[:limit]
    return COLUMNS, [row(world, query) for query in newest]


def seen(session, query):
    """One's own statements; an administrator sees those of all users."""
    return query.user == session.user.name or session.role in ADMINS
