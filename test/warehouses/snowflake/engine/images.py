"""Databases as they were at one moment, to be put back as often as wanted: objects keep their identity and their past,
which a clone does not."""

from copy import deepcopy


def keep(world, name, image):
    with world.lock:
        world.images[image] = copied(world, world.account.get("DATABASE", name))


def put_back(world, name, image):
    with world.lock:
        now = world.clock.now()
        world.account.take(world.account.get("DATABASE", name), now)
        world.account.put(copied(world, world.images[image]), name, now)
        world.changed_names()


def copied(world, database):
    """Rows are shared: no statement changes them in place. Nobody writes to a database that is copied."""
    return deepcopy(database, {id(world.account): world.account})
