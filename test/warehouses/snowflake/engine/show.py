"""SHOW of databases, schemas and what is in them, from the registry."""

import rights
from errors import SnowflakeError, cannot, not_modelled
from names import like
from objects import RELATIONS
from results import table
from time_travel import restorable, retention

LISTED = {
    "DATABASES": "DATABASE",
    "SCHEMAS": "SCHEMA",
    "TABLES": "TABLE",
    "VIEWS": "VIEW",
    "OBJECTS": None,
    "DYNAMIC TABLES": "DYNAMIC TABLE",
    "EXTERNAL TABLES": "EXTERNAL TABLE",
    "STREAMS": "STREAM",
    "TASKS": "TASK",
    "PIPES": "PIPE",
    "ALERTS": "ALERT",
    "STAGES": "STAGE",
    "SEQUENCES": "SEQUENCE",
    "TAGS": "TAG",
    "MASKING POLICIES": "MASKING POLICY",
    "ROW ACCESS POLICIES": "ROW ACCESS POLICY",
    "AGGREGATION POLICIES": "AGGREGATION POLICY",
    "PROJECTION POLICIES": "PROJECTION POLICY",
    "JOIN POLICIES": "JOIN POLICY",
    "MATERIALIZED VIEWS": "MATERIALIZED VIEW",
}


class Filter:
    """LIKE, IN, STARTS WITH and LIMIT of a SHOW."""

    def __init__(self, session, words, kind):
        self.pattern = self.prefix = self.limit = self.after = None
        self.scope, self.container = None, None
        if words.take("LIKE"):
            self.pattern = like(words.string())
        if words.take("IN"):
            try:
                self.place(session, words, kind)
            except SnowflakeError as error:
                raise cannot() if error.code == 2003 else error from None
        if words.take("STARTS", "WITH"):
            self.prefix = words.string()
        if words.take("LIMIT"):
            self.limit = int(words.value())
            if words.take("FROM"):
                self.after = words.string()
        words.end("SHOW")

    def place(self, session, words, kind):
        if words.take("ACCOUNT"):
            self.scope = "ACCOUNT"
            return
        said = words.take_any("DATABASE", "SCHEMA")
        if words.done or words.next_is("STARTS") or words.next_is("LIMIT"):
            self.scope = said
            return
        parts = words.name()
        if said == "DATABASE" or (
            said is None and (kind == "SCHEMA" or len(parts) == 1 and self.is_database(session, parts))
        ):
            self.container = session.place.find_database(parts[0])
        else:
            self.container = session.place.find_schema(parts)

    def is_database(self, session, parts):
        place = session.place
        if place.database is not None and place.find_database(place.database).get("SCHEMA", parts[0]) is not None:
            return False
        return place.world.account.get("DATABASE", parts[0]) is not None

    def keep(self, things):
        found = sorted(things, key=lambda t: (t.path, t.created))
        if self.pattern:
            found = [t for t in found if self.pattern.match(t.name)]
        if self.prefix is not None:
            found = [t for t in found if t.name.startswith(self.prefix)]
        if self.after is not None:
            found = [t for t in found if t.name > self.after]
        return found if self.limit is None else found[: self.limit]


def containers(session, kind, wanted):
    """Where to look: what is said, else the session's schema, database or the account."""
    account = session.world.account
    if kind == "DATABASE":
        return [account]
    databases = account.of("DATABASE")
    if wanted.container is not None:
        found = [wanted.container]
    elif wanted.scope == "ACCOUNT" or session.database is None:
        found = databases
    elif kind == "SCHEMA" or wanted.scope == "DATABASE" or session.schema is None:
        found = [session.place.find_database(session.database)]
    else:
        found = [session.place.find_schema([session.database, session.schema])]
    if kind == "SCHEMA":
        return found
    return [schema for above in found for schema in (above.of("SCHEMA") if above.kind == "DATABASE" else [above])]


def may_enter(roles, container):
    """Where nobody named it, a container that the role may not use has nothing to show."""
    while container.kind != "ACCOUNT":
        if not rights.holds(roles, container, "ANY"):
            return False
        container = container.parent
    return True


def show(query, words):
    session = query.session
    terse = words.take("TERSE")
    named = words.take_any(*LISTED)
    if named is None:
        raise not_modelled(f"SHOW {words.rest()[:40]}")
    kind = LISTED[named]
    history = words.take("HISTORY")
    wanted = Filter(session, words, kind)
    roles = rights.all_roles(session)
    found = []
    with session.world.lock:
        for container in containers(session, kind, wanted):
            if wanted.container is None and not may_enter(roles, container):
                continue
            if container.kind != "ACCOUNT":
                rights.enter(roles, container)
            of = [kind] if kind else list(RELATIONS)
            found += [thing for thing in container.of(*of) if rights.sees(roles, thing)]
            if history:
                found += [t for t in container.gone if t.kind in of and restorable(query, t) and rights.sees(roles, t)]
        rows = [row(session, thing, named) for thing in wanted.keep(found)]
    columns = TERSE if terse else COLUMNS.get(kind, COMMON)
    if history and not terse:
        columns = columns + " dropped_on:time"
    names = dict((entry.split(":") + ["text"])[:2] for entry in columns.split())
    return table(names, [tuple(entry.get(name) for name in names) for entry in rows])


def flag(value):
    return "Y" if value else "N"


def row(session, thing, named):
    above = thing.parent.path if thing.parent.kind != "ACCOUNT" else []
    rows = hasattr(thing, "versions")
    storage = session.world.storage
    properties = thing.properties
    options = " ".join(
        word
        for word, on in (("TRANSIENT", properties.get("transient")), ("MANAGED ACCESS", properties.get("managed")))
        if on
    )
    # SHOW OBJECTS calls a transient table a table; dbt relies on it.
    transient = named == "TABLES" and thing.kind == "TABLE" and properties.get("transient")
    kind = "TRANSIENT" if transient else thing.kind
    return {
        "created_on": thing.created,
        "name": thing.name,
        "kind": "STANDARD" if thing.kind == "DATABASE" else None if thing.kind == "SCHEMA" else kind,
        "is_default": "N",
        "is_current": flag(thing.path == [p for p in (session.database, session.schema)][: len(thing.path)]),
        "database_name": above[0] if above else None,
        "schema_name": above[1] if len(above) > 1 else None,
        "origin": "",
        "owner": thing.owner,
        "comment": thing.comment,
        "options": options,
        "retention_time": str(retention(thing)),
        "owner_role_type": "ROLE",
        "cluster_by": f"LINEAR({properties['cluster']})" if "cluster" in properties else "",
        "rows": storage.count(thing.data) if rows else None,
        "bytes": storage.size(thing.data) if rows else None,
        "text": "" if properties.get("secure") and not rights.holds(rights.all_roles(session), thing) else thing.text,
        "reserved": "",
        "is_secure": "true" if properties.get("secure") else "false",
        "is_materialized": "true" if thing.kind == "MATERIALIZED VIEW" else "false",
        "change_tracking": "ON" if properties.get("change_tracking") else "OFF",
        "automatic_clustering": "OFF",
        "search_optimization": "OFF",
        "is_external": flag(thing.kind == "EXTERNAL TABLE"),
        "is_dynamic": flag(thing.kind == "DYNAMIC TABLE"),
        "is_iceberg": flag(thing.kind == "ICEBERG TABLE"),
        "is_hybrid": flag(thing.kind == "HYBRID TABLE"),
        "is_event": flag(thing.kind == "EVENT TABLE"),
        "is_immutable": "N",
        "enable_schema_evolution": "N",
        "dropped_on": thing.dropped,
        "state": properties.get("state"),
        "stale": "true" if properties.get("stale") else "false",
        "type": properties.get("type"),
        "schedule": properties.get("schedule"),
        "definition": properties.get("definition"),
        "table_name": properties.get("table"),
    }


TERSE = "created_on:time name kind database_name schema_name"
COMMON = (
    "created_on:time name database_name schema_name kind owner comment owner_role_type state stale type schedule "
    "definition table_name"
)
COLUMNS = {
    "DATABASE": (
        "created_on:time name is_default is_current origin owner comment options retention_time kind owner_role_type"
    ),
    "SCHEMA": (
        "created_on:time name is_default is_current database_name owner comment options retention_time owner_role_type"
    ),
    "TABLE": (
        "created_on:time name database_name schema_name kind comment cluster_by rows:number bytes:number owner "
        "retention_time automatic_clustering change_tracking search_optimization is_external enable_schema_evolution "
        "owner_role_type is_event is_hybrid is_iceberg is_dynamic is_immutable"
    ),
    "VIEW": (
        "created_on:time name reserved database_name schema_name owner comment text is_secure is_materialized "
        "owner_role_type change_tracking"
    ),
    None: (
        "created_on:time name database_name schema_name kind comment cluster_by rows:number bytes:number owner "
        "retention_time owner_role_type is_hybrid is_dynamic is_iceberg"
    ),
}
