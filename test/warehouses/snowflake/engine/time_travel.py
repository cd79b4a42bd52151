"""AT and BEFORE: which moment is meant, and what was there then."""

from datetime import datetime, timedelta, timezone

from errors import SnowflakeError, no_history
from text import Words


def moment_of(query, when, computed):
    """The moment that a table's AT or BEFORE names, as sqlglot read it. `computed` gives an expression's value."""
    which, kind = str(when.this).upper(), str(when.args["kind"]).upper()
    return moment(query, which, kind, when.expression.sql(dialect="snowflake"), computed)


def clause(query, words, computed):
    """The moment of the AT or BEFORE that may come next; None when none does."""
    which = words.take_any("AT", "BEFORE")
    if which is None:
        return None
    inner = Words(words.parens())
    kind = inner.take_any("TIMESTAMP", "OFFSET", "STATEMENT")
    if kind is None:
        raise inner.unexpected()
    inner.need("=>")
    return moment(query, which, kind, inner.rest(), computed)


def moment(query, which, kind, expression, computed):
    world = query.session.world
    if kind == "STATEMENT":
        id = expression.strip().strip("'")
        found = world.queries.get(id)
        if found is None or found.kind == "DDL":
            raise SnowflakeError(1506, "02000", f"Statement {id} not found")
        edge = found.started if which == "BEFORE" else found.ended or world.clock.now()
        return edge - timedelta(microseconds=1) if which == "BEFORE" else edge
    value = computed(query, expression)
    if kind == "OFFSET":
        found = query.started + timedelta(seconds=float(value))
    elif isinstance(value, str):
        found = datetime.fromisoformat(value)
    elif isinstance(value, datetime):
        found = value
    else:
        raise SnowflakeError(2023, "22023", f"SQL compilation error:\nInvalid value for AT|BEFORE: {expression}")
    found = found if found.tzinfo else found.replace(tzinfo=timezone.utc)
    if found > world.clock.now():
        raise SnowflakeError(
            1507, "22000", "SQL compilation error:\nTime travel in the future is not possible: " + found.isoformat()
        )
    return found - timedelta(microseconds=1) if which == "BEFORE" else found


def retention(thing):
    """Days that the past of an object is kept: its own, or that of what it is in; a transient one at most a day."""
    transient, above = thing.properties.get("transient"), thing
    while above is not None and "retention" not in above.properties:
        above = above.parent
    days = above.properties["retention"] if above is not None else 1
    return min(days, 1) if transient else days


def within(query, thing, moment):
    """Throws when an object's past does not reach as far as that."""
    if not reaches(query, thing, moment):
        raise no_history(thing.kind, thing.name)


def reaches(query, thing, moment):
    return moment is None or moment >= query.session.world.clock.now() - timedelta(days=retention(thing))


def restorable(query, thing):
    now = query.session.world.clock.now()
    return thing.dropped >= now - timedelta(days=retention(thing))
