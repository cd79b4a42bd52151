"""Writing: one session at a time to a table, seen by the others when it is committed."""

import time

from errors import SnowflakeError
from sessions import Transaction


def data_of(session, table):
    """The rows of a table as a session sees them now."""
    if session.transaction is not None and table in session.transaction.written:
        return session.transaction.written[table]
    return table.data


def begin(session):
    if session.transaction is None:
        session.transaction = Transaction(next(session.world.ids), session.world.clock.now())
    return session.transaction


def lock(query, find):
    """Waits until nobody else writes to the table that `find` gives, and gives it; it may be another one by then."""
    session, world = query.session, query.session.world
    patience = float(session.parameter("LOCK_TIMEOUT"))
    deadline = time.monotonic() + patience
    with world.changed:
        while True:
            table = find()
            if table.writer in (None, session):
                table.writer = session
                session.locked.add(table)
                return table
            query.check()
            left = deadline - time.monotonic()
            if left <= 0:
                raise SnowflakeError(
                    625, "57014", f"Statement '{query.id}' has locked table '{table.name}' in another transaction."
                )
            world.changed.wait(min(left, 0.5))


def writable(session, table):
    """Rows of one's own to write to; the transaction's once there are any."""
    transaction = session.transaction
    if table not in transaction.written:
        transaction.written[table] = session.world.storage.copy(table.data, table.columns)
    return transaction.written[table]


def commit(session):
    transaction, session.transaction = session.transaction, None
    world = session.world
    if transaction is None:
        return
    with world.changed:
        now = world.clock.now()
        for table, data in transaction.written.items():
            table.write(data, now)
            table.changed = table.altered = now
            trim(world, table)
        release(session)


def rollback(session):
    transaction, session.transaction = session.transaction, None
    world = session.world
    if transaction is None:
        return
    with world.changed:
        world.storage.forget(*transaction.written.values())
        release(session)


def release(session):
    for table in session.locked:
        table.writer = None
    session.locked.clear()
    session.world.changed.notify_all()


KEPT_ROWS = 3_000_000


def trim(world, table):
    """Long pasts of large tables are forgotten; who asks for them then is told that there is none."""
    rows = 0
    for index in range(len(table.versions) - 1, -1, -1):
        rows += world.storage.count(table.versions[index].data)
        if rows > KEPT_ROWS and index < len(table.versions) - 1:
            del table.versions[: index + 1]
            return
