"""Databases as they were at one moment, to be put back as often as wanted: objects keep their identity and their past,
which a clone does not. Of a database and of those that are named for it: SHOP, SHOP__GREEN, SHOP__R1."""

from copy import deepcopy


def keep(world, name, image):
    with world.lock:
        world.images[image] = copied(world, named_for(world, name))


def put_back(world, name, image):
    with world.lock:
        now = world.clock.now()
        for database in named_for(world, name):
            world.account.take(database, now)
        for database in copied(world, world.images[image]):
            world.account.put(database, database.name, now)
        world.changed_names()


def named_for(world, name):
    databases = world.account.of("DATABASE")
    return [one for one in databases if one.name == name or one.name.startswith(f"{name}__")]


def copied(world, databases):
    """Rows are shared: no statement changes them in place. Nobody writes to a database that is copied."""
    return deepcopy(databases, {id(world.account): world.account})
