"""Sessions, what each has set, and the statements that they run."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from errors import SnowflakeError
from names import Place

DEFAULTS = {
    "QUERY_TAG": "",
    "STATEMENT_TIMEOUT_IN_SECONDS": "172800",
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": "0",
    "LOCK_TIMEOUT": "43200",
    "TIMEZONE": "Etc/UTC",
    "AUTOCOMMIT": "true",
    "MULTI_STATEMENT_COUNT": "1",
    "ABORT_DETACHED_QUERY": "false",
    "CLIENT_SESSION_KEEP_ALIVE": "false",
    "ERROR_ON_NONDETERMINISTIC_MERGE": "true",
    "ERROR_ON_NONDETERMINISTIC_UPDATE": "false",
    "USE_CACHED_RESULT": "true",
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
    "WEEK_START": "0",
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "BINARY_OUTPUT_FORMAT": "HEX",
    "QUOTED_IDENTIFIERS_IGNORE_CASE": "false",
}
# Set by drivers and by dbt; no statement's outcome here depends on them.
WITHOUT_EFFECT = {
    "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT",
    "JS_TREAT_INTEGER_AS_BIGINT",
    "JS_DRIVER_DISABLE_OCSP_FOR_NON_SF_ENDPOINTS",
    "GO_QUERY_RESULT_FORMAT",
    "JSON_INDENT",
    "ROWS_PER_RESULTSET",
    "TRANSACTION_DEFAULT_ISOLATION_LEVEL",
    "TRANSACTION_ABORT_ON_ERROR",
    "CLIENT_PREFETCH_THREADS",
    "CLIENT_RESULT_CHUNK_SIZE",
    "CLIENT_MEMORY_LIMIT",
    "CLIENT_TIMESTAMP_TYPE_MAPPING",
    "CLIENT_TELEMETRY_ENABLED",
    "CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX",
    "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY",
    "CLIENT_VALIDATE_DEFAULT_PARAMETERS",
    "CLIENT_STORE_TEMPORARY_CREDENTIAL",
    "CLIENT_REQUEST_MFA_TOKEN",
}


@dataclass
class Transaction:
    """What a session has written and not committed: for each table the name of its rows as this session sees them."""

    id: int
    started: object
    written: dict = field(default_factory=dict)


class Session:
    def __init__(self, world, id, user, role, warehouse, database, schema):
        self.world, self.id, self.user, self.role, self.warehouse = world, id, user, role, warehouse
        self.database, self.schema = database, schema
        self.token, self.master = secrets.token_hex(24), secrets.token_hex(24)
        self.parameters, self.temporary, self.locked = {}, {}, set()
        self.transaction, self.last_query, self.ended = None, None, None
        self.created = world.clock.now()

    @property
    def place(self):
        return Place(self.world, self.database, self.schema)

    def parameter(self, name):
        return self.parameters.get(name, self.world.parameters.get(name, DEFAULTS.get(name, "")))

    def set(self, name, value):
        if name not in DEFAULTS and name not in WITHOUT_EFFECT:
            raise SnowflakeError(1102, "22023", f"invalid parameter '{name}'")
        if name == "AUTOCOMMIT" and value.lower() != "true":
            raise SnowflakeError(2, "0A000", "Unsupported feature: the test server does not model AUTOCOMMIT = FALSE")
        if name == "QUOTED_IDENTIFIERS_IGNORE_CASE" and value.lower() != "false":
            raise SnowflakeError(2, "0A000", f"Unsupported feature: the test server does not model {name}")
        if name == "TIMEZONE" and value not in available_timezones():
            raise SnowflakeError(
                1008, "22023", f"SQL compilation error:\ninvalid value ['{value}'] for parameter 'TIMEZONE'"
            )
        self.parameters[name] = value


@dataclass
class Query:
    """A statement as the history has it."""

    id: str
    text: str
    session: Session
    started: object
    tag: str = ""
    parent: str | None = None
    status: str = "RUNNING"
    kind: str = "UNKNOWN"
    ended: object = None
    code: int | None = None
    message: str | None = None
    error: SnowflakeError | None = None
    produced: int = 0
    result: object = None
    stop: SnowflakeError | None = None
    cursors: list = field(default_factory=list)

    def __post_init__(self):
        s = self.session
        self.role, self.warehouse, self.database, self.schema = s.role, s.warehouse, s.database, s.schema
        self.user = s.user.name

    def check(self):
        """Throws when this statement was cancelled or has run for too long."""
        if self.stop is not None:
            raise self.stop


CANCELLED = (604, "57014", "SQL execution canceled")


def end(query, error):
    """Stops a statement wherever it is: computing, waiting for a table, or held by a rule."""
    with query.session.world.changed:
        if query.status == "RUNNING" and query.stop is None:
            query.stop = error
        query.session.world.changed.notify_all()
    interrupt(query)


def interrupt(query):
    """Again and again, for an interrupt that comes before DuckDB begins is forgotten."""

    def work():
        while query.status == "RUNNING":
            for cursor in list(query.cursors):
                cursor.interrupt()
            time.sleep(0.02)

    threading.Thread(target=work, daemon=True).start()


def cancel(query):
    end(query, SnowflakeError(*CANCELLED))
