"""Everything that is there: projects, datasets, jobs, time, rows; and the one lock under which names change."""

import itertools
import re
import threading

from clock import Clock
from errors import BigQueryError, exists, invalid, missing
from objects import Dataset
from storage import Storage

PROJECT = "lastgreen-test"
OWNER = "owner@lastgreen.test"
DATASET = re.compile(r"\w{1,1024}", re.A)
TABLE = re.compile(r"[\w\- ]{1,1024}")


class World:
    def __init__(self):
        self.lock = threading.RLock()
        self.clock, self.storage = Clock(), Storage()
        self.revisions, self.numbers = itertools.count(1), itertools.count(1)
        self.projects = {PROJECT: {}}
        self.jobs = {}
        # Those of jobs.query, by what says that a request is the same one again.
        self.requests = {}
        # Held by the job that writes to a table, by its path.
        self.writers = {}
        # By their names (images.py).
        self.images = {}

    def revise(self, thing, at=None):
        """Says that something was changed: a new etag, a later time."""
        now = self.clock.ms() if at is None else at
        thing.modified = max(now, thing.modified + 1)
        thing.revision = next(self.revisions)
        return thing.modified

    def datasets(self, project):
        if project not in self.projects:
            raise BigQueryError("notFound", f"Not found: Project {project}")
        return self.projects[project]

    def dataset(self, project, name, location=None):
        found = self.datasets(project).get(name)
        if found is None or (location is not None and found.location.lower() != location.lower()):
            raise missing("Dataset", f"{project}:{name}", location)
        return found

    def add_dataset(self, project, name, location, caller, **given):
        if not DATASET.fullmatch(name):
            raise invalid(
                f'Invalid dataset ID "{name}". Dataset IDs must be alphanumeric (plus underscores) and must be at most '
                "1024 characters long."
            )
        if name in self.datasets(project):
            raise exists("Dataset", f"{project}:{name}")
        now = self.clock.ms()
        made = Dataset(project, name, location, now, now, next(self.revisions), **given)
        if not made.access:
            made.access = default_access(caller)
        self.projects[project][name] = made
        return made

    def relation(self, path, location=None):
        """What a name stands for; expired ones are gone."""
        project, dataset, name = path
        holder = self.dataset(project, dataset, location)
        found = holder.relations.get(name)
        if found is not None and found.expiration is not None and found.expiration <= self.clock.now() // 1000:
            self.drop(found, found.expiration)
            found = None
        if found is None:
            raise missing("Table", f"{project}:{dataset}.{name}", location)
        return found

    def find(self, path):
        """The same, or None where there is none in an existing dataset."""
        holder = self.dataset(*path[:2])
        if path[2] not in holder.relations:
            return None
        try:
            return self.relation(path)
        except BigQueryError:
            return None

    def put(self, relation):
        """Gives a new relation its name; what had the name is replaced."""
        if not TABLE.fullmatch(relation.name):
            raise invalid(f'Invalid table ID "{relation.name}".')
        holder = relation.dataset
        old = holder.relations.get(relation.name)
        past = holder.history.get(relation.name)
        last = max(old.modified if old else 0, past[-1].since if past else 0)
        relation.created = relation.modified = max(self.clock.ms(), last + 1)
        relation.revision = next(self.revisions)
        default = holder.extra.get("defaultTableExpirationMs")
        if default and relation.expiration is None and relation.kind == "TABLE":
            relation.expiration = relation.created + int(default)
        if old is not None:
            relation.bindings = {role: set(members) for role, members in old.bindings.items()}
        holder.relations[relation.name] = relation
        if relation.data is not None:
            holder.remember(relation, relation.created)
        return relation

    def write(self, relation, data, fields=None):
        """Gives a table its newest rows."""
        relation.data = data
        if fields is not None:
            relation.fields = fields
        relation.dataset.remember(relation, self.revise(relation))

    def drop(self, relation, at=None):
        holder = relation.dataset
        del holder.relations[relation.name]
        if relation.query is not None:
            self.unauthorise(relation.path)
        if relation.data is not None:
            past = holder.history.get(relation.name)
            since = self.clock.ms() if at is None else at
            holder.forget(relation.name, max(since, past[-1].since + 1 if past else 0))

    def unauthorise(self, path):
        for datasets in self.projects.values():
            for dataset in datasets.values():
                if any("view" in entry and access_names(entry["view"]) == path for entry in dataset.access):
                    dataset.void.add(path)

    def writer(self, path):
        with self.lock:
            return self.writers.setdefault(path, threading.RLock())


def access_names(entry):
    return entry["projectId"], entry["datasetId"], entry["tableId"]


def default_access(caller):
    """What a dataset gets that is made without a list (documentation, datasets: access)."""
    return [
        {"role": "WRITER", "specialGroup": "projectWriters"},
        {"role": "OWNER", "specialGroup": "projectOwners"},
        {"role": "OWNER", "userByEmail": caller},
        {"role": "READER", "specialGroup": "projectReaders"},
    ]
