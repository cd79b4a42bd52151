"""Datasets as they were at one moment, to be put back as often as wanted: what is in them keeps its identity, its etag
and its past, which a copy does not. Of those whose name begins so: shop, shop__blue, shop__lastgreen."""

import json
from copy import deepcopy


def keep(world, prefix, image):
    with world.lock:
        world.images[image] = (copied(world, meant(world, prefix)), set(world.jobs))


def put_back(world, prefix, image):
    with world.lock:
        for dataset in meant(world, prefix):
            del world.projects[dataset.project][dataset.name]
        datasets, jobs = world.images[image]
        forget_jobs(world, prefix, jobs)
        for dataset in copied(world, datasets):
            world.projects[dataset.project][dataset.name] = dataset


def forget_jobs(world, prefix, kept):
    """Ids that were used since can be used again, but those of jobs in other datasets, and of what is still running."""
    names = [name for datasets in world.projects.values() for name in datasets]
    others = [name for name in names if not name.startswith(prefix)]
    for key, job in list(world.jobs.items()):
        if key in kept or job.state != "DONE":
            continue
        said = f"{job.id} {json.dumps(job.configuration)}"
        if prefix in said or not any(name in said for name in others):
            del world.jobs[key]


def copied(world, datasets):
    """All but what is in other datasets, which is only pointed at."""
    apart = {}
    kept = {(one.project, one.name) for one in datasets}
    for others in world.projects.values():
        for other in others.values():
            if (other.project, other.name) not in kept:
                apart[id(other)] = other
                apart |= {id(one): one for one in other.relations.values()}
    return deepcopy(datasets, apart)


def meant(world, prefix):
    """Rows are shared: no statement changes them in place. Nobody may be writing to what is kept or put back."""
    return [
        dataset
        for datasets in world.projects.values()
        for dataset in datasets.values()
        if dataset.name.startswith(prefix)
    ]
