"""CREATE TABLE, and what ALTER TABLE does to columns."""

from dataclasses import replace as changed

import datatypes
import rights
from binding import Binding, parsed
from clone import clone_table
from derive import settled, types_of
from errors import compilation, exists, not_modelled
from executing import described, execute
from names import written
from objects import Column, Table
from places import place
from query import fill, named
from results import status
from text import Words
from translate import to_duckdb

CONSTRAINTS = (
    "NOT",
    "NULL",
    "DEFAULT",
    "COMMENT",
    "PRIMARY",
    "UNIQUE",
    "AUTOINCREMENT",
    "IDENTITY",
    "COLLATE",
    "WITH",
    "MASKING",
    "TAG",
    "REFERENCES",
    "FOREIGN",
    "CONSTRAINT",
)


def column(text):
    """A column as it stands in CREATE TABLE or ADD COLUMN."""
    words = Words(text)
    name = words.identifier()
    type = None
    if not words.done and not any(words.next_is(word) for word in CONSTRAINTS):
        start = words.peek().start
        words.token("word")
        words.take("PRECISION") or words.take("VARYING")
        if words.next_is("("):
            words.parens()
        end = words.tokens[words.at - 1].end
        type = datatypes.read(text[start:end])
    made = Column(name, type)
    while not words.done:
        constraint(words, made)
    return made


def constraint(words, made):
    if words.take("NOT", "NULL"):
        made.nullable = False
    elif words.take("NULL"):
        made.nullable = True
    elif words.take("DEFAULT"):
        made.default = until_constraint(words)
    elif words.take("COMMENT"):
        words.take("=")
        made.comment = words.string()
    elif words.take("CONSTRAINT"):
        words.identifier()
    elif words.take("PRIMARY", "KEY"):
        made.nullable, made.keys = False, (*made.keys, "PRIMARY KEY")
    elif words.take("UNIQUE"):
        made.keys = (*made.keys, "UNIQUE")
    elif words.take("AUTOINCREMENT") or words.take("IDENTITY"):
        made.identity = identity(words)
    elif words.take("COLLATE"):
        raise not_modelled("COLLATE")
    elif words.take("FOREIGN", "KEY") or words.next_is("REFERENCES"):
        words.need("REFERENCES")
        words.name()
        if words.next_is("("):
            words.parens()
    elif words.take_any("NOT ENFORCED", "ENFORCED", "RELY", "NORELY", "ENABLE", "DISABLE", "NOVALIDATE") is None:
        raise words.unexpected()


def identity(words):
    if words.next_is("("):
        start, step = (int(item) for item in words.items())
    else:
        start = int(words.value()) if words.take("START") else 1
        step = int(words.value()) if words.take("INCREMENT") else 1
    words.take("ORDER") or words.take("NOORDER")
    return start, step


def until_constraint(words):
    start, depth, end = words.peek().start, 0, words.peek().start
    while not words.done:
        token = words.peek()
        if depth == 0 and end > start and token.text.upper() in CONSTRAINTS:
            break
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        end = token.end
        words.at += 1
    return words.text[start:end]


def options(words, properties):
    """What stands behind a table's columns. Returns the comment and whether grants are copied."""
    comment, copied = "", False
    while not words.done and not words.next_is("AS"):
        if words.take("COPY", "GRANTS"):
            copied = True
        elif words.take("COMMENT", "="):
            comment = words.string()
        elif words.take("DATA_RETENTION_TIME_IN_DAYS", "="):
            properties["retention"] = int(words.value())
        elif words.take("CLUSTER", "BY"):
            properties["cluster"] = words.parens()
        elif words.take("CHANGE_TRACKING", "="):
            properties["change_tracking"] = words.value().upper() == "TRUE"
        elif words.take("ENABLE_SCHEMA_EVOLUTION", "=") or words.take("MAX_DATA_EXTENSION_TIME_IN_DAYS", "="):
            words.value()
        else:
            words.end("CREATE TABLE")
    return comment, copied


class NewTable:
    """What CREATE TABLE says, before any of it is done."""

    def __init__(self, query, words, binds, flags):
        session = query.session
        self.properties = {"transient": flags["transient"]} if flags["transient"] else {}
        listed = [column(item) for item in words.items() if not out_of_line(item)] if words.next_is("(") else []
        self.comment, self.copied = options(words, self.properties)
        self.columns, self.rows = listed, None
        if words.take("AS"):
            with session.world.lock:
                binding = Binding(session, query)
                tree = binding.bind(fill(named(parsed(words.rest())), binds))
                self.columns = computed(listed, described(binding, tree.copy()), types_of(tree))
                self.rows = (binding, to_duckdb(tree))
        elif not listed:
            raise words.unexpected()
        for one in self.columns:
            if one.type is None:
                raise compilation(1003, "42000", f"syntax error: column {one.name} has no type")
        names = [one.name for one in self.columns]
        for name in names:
            if names.count(name) > 1:
                raise compilation(2025, "42S21", f"duplicate column name '{name}'")

    def make(self, session):
        storage = session.world.storage
        data = storage.create(self.columns)
        if self.rows is not None:
            binding, sql = self.rows
            try:
                execute(binding, f"INSERT INTO o.{data} {sql}")
            except BaseException:
                storage.forget(data)
                raise
        table = session.world.make(Table, "TABLE", session.role)
        table.comment, table.properties = self.comment, self.properties
        table.write(data, table.created, self.columns)
        table.changed = table.created
        return table


def out_of_line(item):
    words = Words(item)
    if words.take("CONSTRAINT"):
        words.identifier()
    return words.take_any("PRIMARY KEY", "UNIQUE (", "FOREIGN KEY") is not None


def computed(listed, described, derived):
    if listed and len(listed) != len(described):
        raise compilation(2057, "42601", f"the query has {len(described)} columns, and {len(listed)} are named")
    made = []
    kinds = settled(derived, [datatypes.of_duckdb(kind) for _, kind in described])
    for at, (name, _) in enumerate(described):
        inferred = kinds[at]
        given = listed[at] if listed else Column(name, None)
        made.append(changed(given, type=given.type or inferred))
    return made


def create_table(query, words, binds, flags):
    session = query.session
    parts = session.place.whole(words.name())
    schema = session.place.find_schema(parts[:2])
    name = parts[2]
    temporary = flags["temporary"]
    if words.take("CLONE"):
        return clone_table(query, words, schema, name, flags)
    if words.take_any("LIKE", "USING TEMPLATE"):
        raise not_modelled("CREATE TABLE ... LIKE")
    rights.may_create(session, schema, "TABLE")
    old = session.temporary.get(tuple(parts)) if temporary else schema.get("RELATION", name)
    if old is not None and flags["unless"]:
        return status(f"{name} already exists, statement succeeded.")
    if old is not None and not flags["replace"]:
        raise exists(written(*parts))
    new = NewTable(query, words, binds, flags)
    table = new.make(session)
    with session.world.lock:
        if temporary:
            table.name, table.properties["place"], table.properties["temporary"] = name, parts[:2], True
            session.temporary[tuple(parts)] = table
        else:
            place(session, schema, name, table, flags, new.copied)
    return status(f"Table {name} successfully created.")
