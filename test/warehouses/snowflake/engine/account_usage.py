"""SNOWFLAKE.ACCOUNT_USAGE: ids, also of what was dropped. It lags, as the real one does, so nobody can rely on it."""

from datetime import timedelta

import rights
from errors import missing
from objects import RELATIONS

# Account Usage: the latency of these views is 90 minutes at most.
LAG = timedelta(minutes=90)


def all_things(container):
    """What is there and what was dropped."""
    for thing in [*container.things.values(), *container.gone]:
        yield thing
        if hasattr(thing, "things"):
            yield from all_things(thing)


def known(binding, kinds):
    horizon = binding.world.clock.now() - LAG
    for thing in all_things(binding.world.account):
        if thing.kind in kinds and thing.created <= horizon:
            yield thing, thing.dropped if thing.dropped is not None and thing.dropped <= horizon else None


def tables(binding, roles):
    for thing, deleted in known(binding, RELATIONS):
        database, schema, name = thing.path
        yield {
            "TABLE_ID": thing.id,
            "TABLE_NAME": name,
            "TABLE_SCHEMA_ID": thing.parent.id,
            "TABLE_SCHEMA": schema,
            "TABLE_CATALOG_ID": thing.parent.parent.id,
            "TABLE_CATALOG": database,
            "TABLE_OWNER": thing.owner,
            "TABLE_TYPE": "BASE TABLE" if thing.kind == "TABLE" else thing.kind,
            "CREATED": thing.created,
            "LAST_ALTERED": thing.altered,
            "DELETED": deleted,
        }


def schemata(binding, roles):
    for thing, deleted in known(binding, ("SCHEMA",)):
        yield {
            "SCHEMA_ID": thing.id,
            "SCHEMA_NAME": thing.name,
            "CATALOG_ID": thing.parent.id,
            "CATALOG_NAME": thing.parent.name,
            "SCHEMA_OWNER": thing.owner,
            "CREATED": thing.created,
            "LAST_ALTERED": thing.altered,
            "DELETED": deleted,
        }


def databases(binding, roles):
    for thing, deleted in known(binding, ("DATABASE",)):
        yield {
            "DATABASE_ID": thing.id,
            "DATABASE_NAME": thing.name,
            "DATABASE_OWNER": thing.owner,
            "CREATED": thing.created,
            "LAST_ALTERED": thing.altered,
            "DELETED": deleted,
        }


def permitted(roles, name):
    if not rights.unlimited(roles):
        raise missing("Database", name)
