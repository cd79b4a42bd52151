"""Who may do what. The owner may do all; anybody else has what a dataset's access list and a table's IAM policy give.

A view reads what it names if the one who asks may, or if the view, or its dataset, is authorised there (documentation,
"Authorized views", "Authorized datasets").
"""

from errors import denied
from objects import Routine
from world import OWNER, access_names

LEVELS = {"metadata": 1, "read": 2, "write": 3, "own": 4}
ROLES = {
    "READER": "read",
    "WRITER": "write",
    "OWNER": "own",
    "roles/bigquery.metadataViewer": "metadata",
    "roles/bigquery.dataViewer": "read",
    "roles/bigquery.dataEditor": "write",
    "roles/bigquery.dataOwner": "own",
    "roles/bigquery.admin": "own",
}
PERMISSIONS = {
    "metadata": "bigquery.tables.get",
    "read": "bigquery.tables.getData",
    "write": "bigquery.tables.updateData",
    "own": "bigquery.tables.setIamPolicy",
}
ON_DATASETS = {
    "metadata": "bigquery.datasets.get",
    "read": "bigquery.tables.list",
    "write": "bigquery.tables.create",
    "own": "bigquery.datasets.update",
}


def member_of(caller):
    return f"user:{caller}"


def entry_names(entry, caller):
    """Whether an entry of an access list means somebody."""
    if "userByEmail" in entry:
        return entry["userByEmail"] == caller
    if "specialGroup" in entry:
        return entry["specialGroup"] == "allAuthenticatedUsers"
    if "domain" in entry:
        return caller.endswith("@" + entry["domain"])
    return entry.get("iamMember") in (member_of(caller), "allUsers", "allAuthenticatedUsers")


def binding_names(member, caller):
    if member.startswith("domain:"):
        return caller.endswith("@" + member.removeprefix("domain:"))
    return member in (member_of(caller), "allUsers", "allAuthenticatedUsers")


def dataset_level(dataset, caller):
    if caller == OWNER:
        return 4
    given = [LEVELS[ROLES[e["role"]]] for e in dataset.access if e.get("role") in ROLES and entry_names(e, caller)]
    return max(given, default=0)


def level(relation, caller):
    given = [
        LEVELS[ROLES[role]]
        for role, members in relation.bindings.items()
        if role in ROLES and any(binding_names(member, caller) for member in members)
    ]
    return max([dataset_level(relation.dataset, caller), *given])


def may(relation, caller, wanted):
    return level(relation, caller) >= LEVELS[wanted]


def need(relation, caller, wanted):
    if not may(relation, caller, wanted):
        raise denied("Table", relation.id, PERMISSIONS[wanted], caller)


def need_dataset(dataset, caller, wanted):
    if dataset_level(dataset, caller) < LEVELS[wanted]:
        raise denied("Dataset", f"{dataset.project}:{dataset.name}", ON_DATASETS[wanted], caller)


def need_edit(world, view, caller):
    """Whoever changes the text of an authorised view changes what its readers may see of the dataset that says so."""
    for datasets in world.projects.values():
        for dataset in datasets.values():
            if any("view" in entry and access_names(entry["view"]) == view.path for entry in dataset.access):
                need_dataset(dataset, caller, "own")


def authorised(dataset, view):
    """Whether a view may read a dataset's tables whoever asks."""
    mine = (view.dataset.project, view.dataset.name)
    for entry in dataset.access:
        named = entry.get("view")
        if named and access_names(named) == view.path and view.path not in dataset.void:
            return True
        whole = entry.get("dataset")
        if whole and "VIEWS" in whole.get("targetTypes", []):
            where = whole["dataset"]
            if (where["projectId"], where["datasetId"]) == mine:
                return True
    return False


def authorised_routine(dataset, routine):
    for entry in dataset.access:
        named = entry.get("routine")
        if named and (named["projectId"], named["datasetId"], named["routineId"]) == routine.path:
            return True
        whole = entry.get("dataset")
        if whole and "ROUTINES" in whole.get("targetTypes", []):
            where = whole["dataset"]
            if (where["projectId"], where["datasetId"]) == routine.path[:2]:
                return True
    return False


def need_read(relation, caller, reader):
    """`reader` is the view or the function through which it is read, or None."""
    if may(relation, caller, "read"):
        return
    checked = authorised_routine if isinstance(reader, Routine) else authorised
    if reader is not None and checked(relation.dataset, reader):
        return
    raise denied("Table", relation.id, PERMISSIONS["read"], caller)
