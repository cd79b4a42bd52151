"""datasets.* of the API, and projects.list."""

import access
import options
from drop import remove_dataset
from errors import invalid, not_modelled, refuse_others
from tables_rest import guarded

PLAIN = (
    "description",
    "friendlyName",
    "defaultTableExpirationMs",
    "defaultPartitionExpirationMs",
    "maxTimeTravelHours",
    "storageBillingModel",
)
KNOWN = {"kind", "etag", "id", "selfLink", "datasetReference", "location", "creationTime", "lastModifiedTime", "type"}
KNOWN |= {"access", "labels", *PLAIN}
ENTRY = {"role", "userByEmail", "groupByEmail", "domain", "specialGroup", "iamMember", "view", "dataset", "routine"}


def reference(one):
    return {"projectId": one.project, "datasetId": one.name}


def resource(one):
    found = {
        "kind": "bigquery#dataset",
        "etag": one.etag,
        "id": f"{one.project}:{one.name}",
        "selfLink": f"/bigquery/v2/projects/{one.project}/datasets/{one.name}",
        "datasetReference": reference(one),
        "location": one.location,
        "creationTime": str(one.created),
        "lastModifiedTime": str(one.modified),
        "access": one.access,
        "type": "DEFAULT",
        "maxTimeTravelHours": "168",
        **one.extra,
    }
    if one.labels:
        found["labels"] = one.labels
    return found


def list_datasets(call, project):
    found = []
    wanted = [part for part in (call.asked.get("filter") or "").split() if part != "AND"]
    for name in sorted(call.world.datasets(project)):
        one = call.world.projects[project][name]
        if access.dataset_level(one, call.user) and all(fits(one, part) for part in wanted):
            found.append(one)
    page, token = call.page(found)
    datasets = [
        {
            "kind": "bigquery#dataset",
            "id": f"{one.project}:{one.name}",
            "datasetReference": reference(one),
            "location": one.location,
            **({"labels": one.labels} if one.labels else {}),
        }
        for one in page
    ]
    return {"kind": "bigquery#datasetList", "datasets": datasets} | ({"nextPageToken": token} if token else {})


def fits(dataset, part):
    """labels.name or labels.name:value."""
    if not part.startswith("labels."):
        raise invalid(f"Invalid filter: {part}")
    name, _, value = part.removeprefix("labels.").partition(":")
    return name in dataset.labels and (not value or dataset.labels[name] == value)


def get(call, project, dataset):
    one = call.world.dataset(project, dataset)
    access.need_dataset(one, call.user, "metadata")
    return resource(one)


def insert(call, project):
    name = (call.body.get("datasetReference") or {}).get("datasetId")
    if not name:
        raise invalid("Required parameter is missing: datasetId")
    refuse_others(call.body, KNOWN, "datasets.insert")
    with call.world.lock:
        check_access(call.world, call.body.get("access") or [])
        one = call.world.add_dataset(project, name, call.body.get("location") or "US", call.user)
        told(one, {key: value for key, value in call.body.items() if value is not None})
        return resource(one)


def told(one, body, merge=True):
    for name in PLAIN:
        if body.get(name) is not None:
            one.extra[name] = body[name]
        elif name in body or not merge:
            one.extra.pop(name, None)
    if "labels" in body or not merge:
        before = one.labels if merge and body.get("labels") is not None else {}
        one.labels = {k: v for k, v in {**before, **(body.get("labels") or {})}.items() if v is not None}
        options.check_labels(one.labels)
    if "access" in body:
        one.access, one.void = body["access"], set()


def check_access(world, entries):
    """Kept word for word, but each must be one that means something here."""
    for entry in entries:
        strange = set(entry) - ENTRY
        if strange:
            raise not_modelled(f"{sorted(strange)[0]} of an access entry")
        if "role" in entry and entry["role"] not in access.ROLES:
            raise not_modelled(f"the role {entry['role']}")
        if "role" not in entry and not {"view", "dataset", "routine"} & set(entry):
            raise invalid("An access entry needs a role, a view, a dataset or a routine")
        if "view" in entry:
            named = entry["view"]
            world.relation((named["projectId"], named["datasetId"], named["tableId"]))
        if "dataset" in entry:
            named = entry["dataset"]["dataset"]
            world.dataset(named["projectId"], named["datasetId"])


def change(call, project, dataset, merge):
    with call.world.lock:
        one = call.world.dataset(project, dataset)
        access.need_dataset(one, call.user, "own")
        guarded(call, one)
        refuse_others(call.body, KNOWN, "a change of a dataset")
        location = call.body.get("location")
        if location and location.lower() != one.location.lower():
            raise invalid("Cannot change the location of a dataset")
        if "access" in call.body:
            check_access(call.world, call.body["access"])
        told(one, call.body, merge)
        call.world.revise(one)
        return resource(one)


def delete(call, project, dataset):
    with call.world.lock:
        one = call.world.dataset(project, dataset)
        access.need_dataset(one, call.user, "own")
        guarded(call, one)
        remove_dataset(call.world, one, call.asked.get("deleteContents") == "true")
    return {}


def list_projects(call):
    found = [
        {"kind": "bigquery#project", "id": name, "projectReference": {"projectId": name}, "friendlyName": name}
        for name in call.world.projects
    ]
    return {"kind": "bigquery#projectList", "projects": found, "totalItems": len(found)}
