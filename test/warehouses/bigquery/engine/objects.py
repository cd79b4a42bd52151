"""What exists in the projects. A table's rows are only pointed at: a state of them is never changed in place."""

import base64
import hashlib
from dataclasses import dataclass, field, replace

# Kinds whose rows a query reads from storage.
STORED = ("TABLE", "SNAPSHOT", "MATERIALIZED_VIEW")
VIEWS = ("VIEW", "MATERIALIZED_VIEW")


@dataclass
class Policy:
    """A row access policy: who sees which rows."""

    name: str
    grantees: tuple
    filter: str
    created: int


@dataclass(eq=False)
class Relation:
    kind: str
    dataset: object
    name: str
    created: int = 0
    modified: int = 0
    revision: int = 0
    fields: list = field(default_factory=list)
    data: str | None = None
    query: str | None = None
    labels: dict = field(default_factory=dict)
    description: str | None = None
    friendly: str | None = None
    expiration: int | None = None
    # timePartitioning or rangePartitioning, requirePartitionFilter, clustering: as the API shows them.
    layout: dict = field(default_factory=dict)
    # Whatever else the API shows of it and it was given: maxStaleness, enableRefresh, keys.
    extra: dict = field(default_factory=dict)
    # Of a clone or snapshot: what the API shows, how deep it is, and which table its rows were first in.
    base: dict | None = None
    depth: int = 0
    root: object = None
    policies: list = field(default_factory=list)
    # Table IAM: role -> members.
    bindings: dict = field(default_factory=dict)

    @property
    def path(self):
        return (self.dataset.project, self.dataset.name, self.name)

    @property
    def id(self):
        return f"{self.dataset.project}:{self.dataset.name}.{self.name}"

    @property
    def etag(self):
        return etag(self.id, self.created, self.revision)

    def like(self, **changes):
        """Another one of the same shape, sharing nothing that is changed in place."""
        fresh = {
            "labels": dict(self.labels),
            "layout": dict(self.layout),
            "extra": dict(self.extra),
            "policies": list(self.policies),
            "bindings": {role: set(members) for role, members in self.bindings.items()},
            "fields": list(self.fields),
        }
        return replace(self, **(fresh | changes))


@dataclass
class State:
    """What a name stood for since a moment (ms); `relation` is None after a drop."""

    since: int
    relation: Relation | None
    data: str | None
    fields: list


@dataclass(eq=False)
class Routine:
    dataset: object
    name: str
    created: int
    modified: int
    revision: int
    body: dict

    @property
    def path(self):
        return (self.dataset.project, self.dataset.name, self.name)

    @property
    def etag(self):
        return etag(".".join(self.path), self.created, self.revision)


@dataclass(eq=False)
class Dataset:
    project: str
    name: str
    location: str
    created: int
    modified: int
    revision: int = 0
    labels: dict = field(default_factory=dict)
    access: list = field(default_factory=list)
    # description, friendlyName, defaultTableExpirationMs, maxTimeTravelHours, ...: as the API shows them.
    extra: dict = field(default_factory=dict)
    relations: dict = field(default_factory=dict)
    routines: dict = field(default_factory=dict)
    history: dict = field(default_factory=dict)
    # Views that were dropped since they were authorised here: another view of that name is not authorised.
    void: set = field(default_factory=set)

    @property
    def etag(self):
        return etag(f"{self.project}:{self.name}", self.created, self.revision)

    def remember(self, relation, since):
        """What a table's name stands for from a moment on."""
        state = State(since, relation, relation.data, list(relation.fields))
        self.history.setdefault(relation.name, []).append(state)

    def forget(self, name, since):
        self.history.setdefault(name, []).append(State(since, None, None, []))

    def at(self, name, ms):
        """The state of a name at a moment, or None when it stood for no table."""
        found = None
        for state in self.history.get(name, []):
            if state.since > ms:
                break
            found = state
        return found if found is not None and found.relation is not None else None


def etag(*parts):
    digest = hashlib.sha256(repr(parts).encode()).digest()[:16]
    return base64.b64encode(digest).decode()
