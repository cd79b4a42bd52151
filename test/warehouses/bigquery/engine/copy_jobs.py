"""Copy jobs: tables, tables at a moment (name@ms, also of one that was dropped), single partitions (name$20260101)."""

import access
import row_policies
from clone import copied, elsewhere
from create_table import same_layout
from errors import BigQueryError, exists, invalid, missing, not_modelled
from partitions import condition
from schema import same_shape
from time_travel import decorated


def work(job):
    given = job.configuration["copy"]
    if (given.get("operationType") or "COPY") != "COPY":
        raise not_modelled(f"copy jobs of operationType {given['operationType']}")
    sources = given.get("sourceTables") or [given["sourceTable"]]
    target = given["destinationTable"]
    how = given.get("writeDisposition") or "WRITE_EMPTY"
    world = job.world
    dataset = world.dataset(target["projectId"], target["datasetId"], job.location)
    access.need_dataset(dataset, job.user, "write")
    name, _, partition = target["tableId"].partition("$")
    path = (dataset.project, dataset.name, name)
    with world.writer(path), world.lock:
        shapes = [source_of(job, one) for one in sources]
        for one in shapes:
            if one.dataset.location != dataset.location:
                raise elsewhere(one, dataset)
        job.location = dataset.location
        old = world.find(path)
        if old is None and given.get("createDisposition") == "CREATE_NEVER":
            raise missing("Table", f"{path[0]}:{path[1]}.{name}")
        if old is not None and old.kind != "TABLE":
            raise invalid(f"Cannot write to {old.id}: it is a {old.kind}")
        if old is not None and how == "WRITE_EMPTY" and world.storage.count(old.data):
            raise exists("Table", old.id)
        if partition:
            job.rows = into_partition(world, shapes, old, partition, how)
        elif old is None or how != "WRITE_APPEND":
            job.rows = replace(world, shapes, dataset, name, old)
        else:
            job.rows = append(world, shapes, old, old.data)


def source_of(job, given):
    """A table as it is to be copied: of now or of a moment, whole or one partition."""
    world = job.world
    dataset = world.dataset(given["projectId"], given["datasetId"], job.location)
    name, _, partition = given["tableId"].partition("$")
    plain, _, at = name.partition("@")
    if at:
        if partition or not at.lstrip("-").isdigit():
            raise not_modelled(f"the table decorator of {given['tableId']}")
        access.need_dataset(dataset, job.user, "read")
        state = decorated(world, dataset, plain, int(at))
        return copied(state.relation, dataset, plain, "TABLE", state)
    relation = world.relation((dataset.project, dataset.name, name))
    access.need(relation, job.user, "read")
    row_policies.need_all(relation, job.user)
    if relation.kind not in ("TABLE", "SNAPSHOT"):
        raise BigQueryError(
            "invalid", f"{relation.id} is not allowed for this operation because it is currently a {relation.kind}."
        )
    made = copied(relation, dataset, name, "TABLE")
    if partition:
        made.data = picked(world, made, partition)
    return made


def picked(world, relation, partition):
    data = world.storage.create(relation.fields)
    where = condition(relation, partition)
    world.storage.cursor().execute(f"INSERT INTO o.{data} SELECT * FROM o.{relation.data} WHERE {where}")
    return data


def replace(world, shapes, dataset, name, old):
    first = shapes[0]
    data = first.data
    if len(shapes) > 1:
        data = together(world, shapes, first)
    if old is None:
        made = first.like(dataset=dataset, name=name, data=data)
        world.put(made)
        return world.storage.count(data)
    same_layout(old, first)
    # WRITE_TRUNCATE keeps the table and its grants, and gives it the source's columns, layout and policies.
    old.layout, old.policies = dict(first.layout), list(first.policies)
    old.base, old.depth, old.root = None, 0, None
    world.write(old, data, list(first.fields))
    return world.storage.count(data)


def together(world, shapes, first):
    data = world.storage.copy(first.data, first.fields)
    for one in shapes[1:]:
        add(world, data, first, one)
    return data


def add(world, data, target, source):
    if len(source.fields) != len(target.fields) or not all(map(same_shape, source.fields, target.fields)):
        raise invalid(f"Provided Schema does not match Table {target.id}.")
    world.storage.cursor().execute(f"INSERT INTO o.{data} SELECT * FROM o.{source.data}")


def append(world, shapes, old, start):
    data = world.storage.copy(start, old.fields)
    for one in shapes:
        add(world, data, old, one)
    world.write(old, data)
    return sum(world.storage.count(one.data) for one in shapes)


def into_partition(world, shapes, old, partition, how):
    """WRITE_TRUNCATE takes the place of what is in the partition."""
    if old is None:
        raise not_modelled("copying to a partition of a table that is not there")
    data = world.storage.copy(old.data, old.fields)
    if how == "WRITE_TRUNCATE":
        world.storage.cursor().execute(f"DELETE FROM o.{data} WHERE {condition(old, partition)}")
    for one in shapes:
        add(world, data, old, one)
    world.write(old, data)
    return sum(world.storage.count(one.data) for one in shapes)
