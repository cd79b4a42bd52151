"""What a table's name stood for at a moment: also before CREATE OR REPLACE, not before it was dropped."""

from clock import literal
from errors import BigQueryError, invalid_query

DEFAULT_HOURS = 168


def window_ms(dataset):
    return int(dataset.extra.get("maxTimeTravelHours") or DEFAULT_HOURS) * 3_600_000


def state_at(world, relation, us):
    """The state of a table at a moment (microseconds)."""
    now = world.clock.now()
    if us > now + 1_000_000:
        raise invalid_query(f"Invalid time travel timestamp {us // 1000} for table {relation.id}. It is in the future.")
    within_window(relation, relation.dataset, us // 1000, now // 1000)
    states = since_creation(relation.dataset.history.get(relation.name, []))
    found = [state for state in states if state.since * 1000 <= us]
    if not found:
        raise invalid_query(
            f"Invalid snapshot time {us // 1000} for table {relation.id}: the table did not exist at {literal(us)}"
        )
    return found[-1]


def within_window(relation, dataset, ms, now):
    if ms < now - window_ms(dataset):
        raise invalid_query(
            f"Invalid time travel timestamp {ms} for table {relation.id}. Cannot read before "
            f"{now - window_ms(dataset)}."
        )


def since_creation(states):
    """Those after the last time that the name stood for nothing."""
    cut = max((at for at, state in enumerate(states) if state.relation is None), default=-1)
    return states[cut + 1 :]


def decorated(world, dataset, name, ms):
    """The table that `name@ms` in a copy job means: also one that has been dropped since."""
    now = world.clock.now() // 1000
    if ms <= 0:
        ms = now + ms if ms else now - window_ms(dataset)
    table = f"{dataset.project}:{dataset.name}.{name}"
    if ms < now - window_ms(dataset) or ms > now + 1000:
        raise BigQueryError("invalid", f"Invalid snapshot time {ms} for table {table}@{ms}.")
    states = dataset.history.get(name, [])
    current = dataset.relations.get(name)
    if current is not None and current.data is not None:
        states = since_creation(states)
    found = [state for state in states if state.since <= ms]
    if not found or found[-1].relation is None:
        raise BigQueryError("notFound", f"Not found: Table {table}@{ms}")
    return found[-1]
