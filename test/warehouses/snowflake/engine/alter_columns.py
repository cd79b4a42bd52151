"""ALTER TABLE on columns. Each is a new state of the rows, so that the old one can still be read."""

from dataclasses import replace

import transactions
from errors import compilation, not_modelled
from policies import alter_policy, column_policy
from query import computed
from results import status
from storage import quoted
from tables import column as read_column
from text import Words

DONE = "Statement executed successfully."


def alter_columns(query, table, words):
    what = words.token("word").text.upper()
    if what == "ADD":
        add(query, table, words)
    elif what == "DROP":
        words.take("COLUMN")
        drop(query, table, words)
    elif what == "RENAME":
        words.need("COLUMN")
        old = words.identifier()
        words.need("TO")
        rename(query, table, old, words.identifier())
        words.end("RENAME COLUMN")
    else:
        change(query, table, words)
    query.session.world.changed_names()
    return status(DONE)


def find(table, name):
    found = next((column for column in table.columns if column.name == name), None)
    if found is None:
        raise compilation(904, "42000", f"invalid identifier '{name}'")
    return found


def rewrite(query, table, columns, values):
    """No data changed for Snowflake's change tracking: only the shape did."""
    world = query.session.world
    transactions.lock(query, lambda: table)
    try:
        now = world.clock.now()
        data = world.storage.copy(table.data, columns, values)
        table.write(data, now, columns)
        table.touch(now)
    finally:
        transactions.release(query.session)


def pieces(words):
    """The rest of a statement, cut at its commas."""
    return Words(f"({words.rest()})").items()


def add(query, table, words):
    words.take("COLUMN")
    unless = words.take("IF", "NOT", "EXISTS")
    if any(words.next_is(word) for word in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN")):
        # Keys are not enforced, and nothing here shows those of a whole table.
        return
    if words.next_is("ROW") or words.next_is("SEARCH"):
        words.at -= 1
        alter_policy(query, table, words)
        return
    columns, values = list(table.columns), [quoted(c.name) for c in table.columns]
    for piece in pieces(words):
        made = read_column(piece)
        if any(c.name == made.name for c in columns):
            if unless:
                continue
            raise compilation(1430, "42S21", f"column '{made.name}' already exists")
        columns.append(made)
        values.append(constant(query, made))
    rewrite(query, table, columns, values)


def constant(query, column):
    if column.identity:
        raise not_modelled("adding an identity column")
    if column.default is None:
        return "NULL"
    value = computed(query, column.default)
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def drop(query, table, words):
    unless = words.take("IF", "EXISTS")
    names = [Words(piece).identifier() for piece in pieces(words)]
    for name in names:
        if not unless:
            find(table, name)
    left = [column for column in table.columns if column.name not in names]
    rewrite(query, table, left, [quoted(column.name) for column in left])


def rename(query, table, old, new):
    find(table, old)
    if any(column.name == new for column in table.columns):
        raise compilation(1430, "42S21", f"column '{new}' already exists")
    columns = [replace(c, name=new) if c.name == old else c for c in table.columns]
    rewrite(query, table, columns, [quoted(c.name) for c in table.columns])


def change(query, table, words):
    columns = list(table.columns)
    rest = words.rest()
    inner = Words(rest)
    for piece in inner.items() if rest.startswith("(") else pieces(Words(rest)):
        part = Words(piece)
        part.take("MODIFY") or part.take("ALTER")
        part.take("COLUMN")
        old = find(table, part.identifier())
        at = columns.index(old)
        columns[at] = changed(query, old, part)
    rewrite(query, table, columns, [quoted(c.name) for c in table.columns])


def changed(query, column, words):
    if words.take("COMMENT"):
        return replace(column, comment=words.string())
    if words.take("SET", "NOT", "NULL") or words.take("NOT", "NULL"):
        return replace(column, nullable=False)
    if words.take("DROP", "NOT", "NULL"):
        return replace(column, nullable=True)
    if words.take("DROP", "DEFAULT"):
        return replace(column, default=None)
    if words.next_is("SET", "MASKING") or words.next_is("UNSET") or words.next_is("SET", "TAG"):
        made = replace(column, tags=dict(column.tags))
        column_policy(query, made, words)
        return made
    words.take("SET", "DATA")
    words.take("TYPE")
    made = read_column(f"X {words.rest()}")
    if made.type is None:
        raise not_modelled("this change of a column")
    if made.type.base != column.type.base:
        raise compilation(
            2108, "22000", f"cannot change column {column.name} from type {column.type.written} to {made.type.written}"
        )
    return replace(column, type=made.type)
