"""What exists in the account. Names only point at it: an object keeps its id, age, grants and past under any name."""

from dataclasses import dataclass, field, replace

RELATIONS = (
    "TABLE",
    "VIEW",
    "MATERIALIZED VIEW",
    "EXTERNAL TABLE",
    "DYNAMIC TABLE",
    "EVENT TABLE",
    "HYBRID TABLE",
    "ICEBERG TABLE",
)


def space_of(kind):
    """Kinds that share their names with each other: a table and a view of one schema cannot have the same."""
    return "RELATION" if kind in RELATIONS else kind


@dataclass
class Column:
    name: str
    type: object
    nullable: bool = True
    default: str | None = None
    comment: str | None = None
    identity: tuple | None = None
    keys: tuple = ()
    masking: object = None
    tags: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Grant:
    privilege: str
    grantee: str
    grantor: str
    option: bool = False
    to: str = "ROLE"
    created: object = None


@dataclass
class Version:
    since: object
    data: str
    columns: list


@dataclass
class Placement:
    """That an object had a name in a container for a while; `until` is None while it has."""

    thing: object
    name: str
    since: object
    until: object = None


@dataclass(eq=False)
class Thing:
    kind: str
    id: int
    owner: str
    created: object
    name: str = ""
    parent: object = None
    comment: str = ""
    altered: object = None
    ddl: object = None
    dropped: object = None
    grants: list = field(default_factory=list)
    tags: dict = field(default_factory=dict)
    properties: dict = field(default_factory=dict)
    columns: list = field(default_factory=list)
    text: str = ""
    policies: list = field(default_factory=list)

    def __post_init__(self):
        self.altered = self.ddl = self.created

    @property
    def path(self):
        """The parts of its whole name."""
        above = self.parent.path if self.parent is not None and self.parent.kind != "ACCOUNT" else []
        return [*above, self.name]

    def touch(self, now):
        self.altered = self.ddl = now

    def inside(self):
        return []

    def copied(self, make):
        """A clone: a new object of the same shape, with its own grants for the caller to decide on."""
        new = make(type(self), self.kind)
        new.comment, new.tags, new.text = self.comment, dict(self.tags), self.text
        new.properties, new.policies = dict(self.properties), list(self.policies)
        new.columns = [replace(column, tags=dict(column.tags)) for column in self.columns]
        return new


@dataclass(eq=False)
class Container(Thing):
    things: dict = field(default_factory=dict)
    log: list = field(default_factory=list)
    gone: list = field(default_factory=list)
    future: list = field(default_factory=list)

    def get(self, space, name):
        return self.things.get((space, name))

    def inside(self):
        return list(self.things.values())

    def of(self, *kinds):
        return sorted((thing for thing in self.things.values() if thing.kind in kinds), key=lambda thing: thing.name)

    def put(self, thing, name, now):
        self.things[space_of(thing.kind), name] = thing
        thing.name, thing.parent = name, self
        self.log.append(Placement(thing, name, now))

    def take(self, thing, now):
        del self.things[space_of(thing.kind), thing.name]
        next(p for p in reversed(self.log) if p.thing is thing and p.until is None).until = now

    def drop(self, thing, now):
        self.take(thing, now)
        thing.dropped = now
        self.gone.append(thing)

    def restore(self, thing, now):
        self.gone.remove(thing)
        thing.dropped = None
        # What was dropped was there all the time, for the one who asks about the past.
        past = next(p for p in reversed(self.log) if p.thing is thing)
        self.things[space_of(thing.kind), thing.name] = thing
        thing.parent = self
        self.log.append(Placement(thing, thing.name, now))
        return past

    def at(self, moment):
        """(name, thing) of all that was here at a moment."""
        return [(p.name, p.thing) for p in self.log if p.since <= moment and (p.until is None or p.until > moment)]


@dataclass(eq=False)
class Table(Thing):
    versions: list = field(default_factory=list)
    changed: object = None
    writer: object = None

    @property
    def data(self):
        """The name of the rows in DuckDB. They are never changed in place once committed."""
        return self.versions[-1].data

    def write(self, data, now, columns=None):
        self.columns = self.columns if columns is None else columns
        self.versions.append(Version(now, data, self.columns))

    def version(self, moment):
        found = [version for version in self.versions if version.since <= moment]
        return found[-1] if found else None


def swap(one, other, now):
    """Each gets the other's name and place."""
    (a, a_name), (b, b_name) = (one.parent, one.name), (other.parent, other.name)
    a.take(one, now)
    b.take(other, now)
    a.put(other, a_name, now)
    b.put(one, b_name, now)
    one.touch(now)
    other.touch(now)
