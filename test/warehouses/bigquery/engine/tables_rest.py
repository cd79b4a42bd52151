"""tables.* of the API."""

import access
import destination
import partitions
import row_policies
from clock import moment
from errors import missing, stale
from time_travel import decorated

SETTABLE = ("timePartitioning", "rangePartitioning", "clustering", "requirePartitionFilter")


def key(path):
    return {"projectId": path[0], "datasetId": path[1], "tableId": path[2]}


def resource(world, one):
    """A table or view as the API shows it."""
    found = {
        "kind": "bigquery#table",
        "etag": one.etag,
        "id": one.id,
        "selfLink": f"/bigquery/v2/projects/{one.path[0]}/datasets/{one.path[1]}/tables/{one.path[2]}",
        "tableReference": key(one.path),
        "type": one.kind,
        "schema": {"fields": one.fields},
        "creationTime": str(one.created),
        "lastModifiedTime": str(one.modified),
        "location": one.dataset.location,
        **one.layout,
    }
    if one.labels:
        found["labels"] = one.labels
    for name, value in (("description", one.description), ("friendlyName", one.friendly)):
        if value:
            found[name] = value
    if one.expiration is not None:
        found["expirationTime"] = str(one.expiration)
    if one.kind == "VIEW":
        found["view"] = {"query": one.query, "useLegacySql": False}
    if one.kind == "MATERIALIZED_VIEW":
        refreshed = one.extra.get("refreshed")
        found["materializedView"] = {**one.extra["materializedView"], "lastRefreshTime": str(refreshed)}
    if one.data is not None:
        rows = world.storage.count(one.data)
        size = str(partitions.bytes_of(one, rows))
        found |= {"numRows": str(rows), "numBytes": size, "numLongTermBytes": "0", "numTotalLogicalBytes": size}
    elif one.kind == "VIEW":
        found |= {"numRows": "0", "numBytes": "0", "numLongTermBytes": "0"}
    if "tableConstraints" in one.extra:
        found["tableConstraints"] = one.extra["tableConstraints"]
    if "externalDataConfiguration" in one.extra:
        found["externalDataConfiguration"] = one.extra["externalDataConfiguration"]
    if one.base:
        name, when = ("snapshotDefinition", "snapshotTime") if one.kind == "SNAPSHOT" else ("cloneDefinition", "cloneTime")
        found[name] = {"baseTableReference": key(one.base["table"]), when: iso(one.base["time"])}
    return found


def iso(ms):
    return moment(ms * 1000).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def listed(world, one):
    """As tables.list shows it."""
    whole = resource(world, one)
    names = ("kind", "id", "tableReference", "type", "creationTime", "expirationTime", "labels", "friendlyName")
    kept = {name: whole[name] for name in (*names, *SETTABLE) if name in whole}
    if one.kind == "VIEW":
        kept["view"] = {"useLegacySql": False}
    return kept


def list_tables(call, project, dataset):
    holder = call.world.dataset(project, dataset)
    access.need_dataset(holder, call.user, "metadata")
    names = sorted(holder.relations)
    found = [one for name in names if (one := call.world.find((project, dataset, name))) is not None]
    page, token = call.page(found)
    answer = {"kind": "bigquery#tableList", "tables": [listed(call.world, one) for one in page], "totalItems": len(found)}
    return answer | ({"nextPageToken": token} if token else {})


def get(call, project, dataset, table):
    if dataset == destination.HIDDEN:
        found = destination.hidden(call.world, project, table)
        if found is None:
            raise missing("Table", f"{project}:{dataset}.{table}")
        return found
    plain, _, at = table.partition("@")
    if at:
        one = decorated(call.world, call.world.dataset(project, dataset), plain, int(at)).relation
    else:
        one = call.world.relation((project, dataset, table))
    access.need(one, call.user, "metadata")
    return resource(call.world, one)


def guarded(call, thing):
    """If-Match: only what has not been changed since."""
    wanted = call.headers.get("If-Match")
    if wanted and wanted != "*" and wanted.strip('"') != thing.etag:
        raise stale()


def delete(call, project, dataset, table):
    with call.world.lock:
        one = call.world.relation((project, dataset, table))
        access.need(one, call.user, "write")
        guarded(call, one)
        call.world.drop(one)
    return {}


def policies(call, project, dataset, table):
    one = call.world.relation((project, dataset, table))
    access.need(one, call.user, "own")
    page, token = call.page(row_policies.listed(one))
    return {"rowAccessPolicies": page} | ({"nextPageToken": token} if token else {})
