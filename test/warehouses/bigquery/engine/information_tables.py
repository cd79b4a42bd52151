"""The rows of INFORMATION_SCHEMA's views of datasets, tables and routines."""

import itertools

import access
import ddl_text
import partitions as parts
import time_travel
from clock import moment
from schema import standard

TYPES = {
    "TABLE": "BASE TABLE",
    "VIEW": "VIEW",
    "MATERIALIZED_VIEW": "MATERIALIZED VIEW",
    "SNAPSHOT": "SNAPSHOT",
    "EXTERNAL": "EXTERNAL",
}


def at(ms):
    return None if ms is None else moment(ms * 1000)


def seen(world, dataset, caller, wanted="metadata"):
    found = []
    for name in sorted(dataset.relations):
        one = world.find((dataset.project, dataset.name, name))
        if one is not None and access.may(one, caller, wanted):
            found.append(one)
    return found


def type_of(one):
    return "CLONE" if one.base and one.kind == "TABLE" else TYPES[one.kind]


def tables(world, dataset, caller):
    rows = []
    for one in seen(world, dataset, caller):
        kind = type_of(one)
        base, since = (None, None, None), None
        if one.base:
            base, since = one.base["table"], at(one.base["time"])
        insertable = "YES" if one.kind == "TABLE" else "NO"
        rows.append(
            (*one.path, kind, None, insertable, "NO", at(one.created), *base, since, ddl_text.of(one), "NULL", None)
        )
    return rows


def columns(world, dataset, caller):
    rows = []
    for one in seen(world, dataset, caller):
        layout = one.layout
        partitioned = parts.column_of(one)
        clustered = [name.lower() for name in layout.get("clustering", {}).get("fields", [])]
        for position, field in enumerate(one.fields, 1):
            name = field["name"]
            cluster = clustered.index(name.lower()) + 1 if name.lower() in clustered else None
            rows.append(
                (
                    *one.path,
                    name,
                    position,
                    "NO" if field.get("mode") == "REQUIRED" else "YES",
                    standard(field),
                    "NEVER",
                    None,
                    None,
                    "NO",
                    None,
                    "NO",
                    "YES" if partitioned and partitioned.lower() == name.lower() else "NO",
                    cluster,
                    "NULL",
                    field.get("defaultValueExpression", "NULL"),
                    None,
                    field.get("policyTags", {}).get("names", []),
                )
            )
    return rows


def field_paths(world, dataset, caller):
    rows = []

    def walk(one, column, prefix, field):
        path = f"{prefix}{field['name']}"
        tags = field.get("policyTags", {}).get("names", [])
        rows.append((*one.path, column, path, standard(field), field.get("description"), "NULL", None, tags))
        for inner in field.get("fields", []):
            walk(one, column, f"{path}.", inner)

    for one in seen(world, dataset, caller):
        for field in one.fields:
            walk(one, field["name"], "", field)
    return rows


def views(world, dataset, caller):
    return [
        (*one.path, one.query, None, "YES") for one in seen(world, dataset, caller) if one.kind == "VIEW"
    ]


def materialized(world, dataset, caller):
    return [
        (*one.path, at(one.extra.get("refreshed")), at(one.extra.get("refreshed")))
        for one in seen(world, dataset, caller)
        if one.kind == "MATERIALIZED_VIEW"
    ]


def options(world, dataset, caller):
    return [(*one.path, *option) for one in seen(world, dataset, caller) for option in ddl_text.options_of(one)]


def partitions(world, dataset, caller):
    rows = []
    for one in seen(world, dataset, caller):
        if one.kind in ("TABLE", "SNAPSHOT", "MATERIALIZED_VIEW"):
            for id, count in parts.counts(world, one):
                size = parts.bytes_of(one, count)
                rows.append((*one.path, id, count, size, size, at(one.modified), "ACTIVE"))
    return rows


def constraints(world, dataset, caller):
    rows = []
    for one in seen(world, dataset, caller):
        keys = one.extra.get("tableConstraints", {})
        names = []
        if keys.get("primaryKey"):
            names.append((f"{one.name}.pk$", "PRIMARY KEY"))
        for at_, foreign in enumerate(keys.get("foreignKeys", []), 1):
            names.append((f"{one.name}.{foreign.get('name') or f'fk${at_}'}", "FOREIGN KEY"))
        for name, kind in names:
            rows.append((*one.path[:2], name, *one.path, kind, "NO", "NO", "NO"))
    return rows


def snapshots(world, dataset, caller):
    return [
        (*one.path, *one.base["table"], at(one.base["time"]))
        for one in seen(world, dataset, caller)
        if one.kind == "SNAPSHOT"
    ]


def routines(world, dataset, caller):
    rows = []
    if access.dataset_level(dataset, caller) < access.LEVELS["metadata"]:
        return rows
    for name in sorted(dataset.routines):
        one = dataset.routines[name]
        body = one.body
        kind = {"SCALAR_FUNCTION": "FUNCTION", "TABLE_VALUED_FUNCTION": "TABLE FUNCTION"}.get(
            body["routineType"], body["routineType"]
        )
        language = body.get("language", "SQL")
        rows.append(
            (
                *one.path,
                *one.path,
                kind,
                body.get("returnTypeSql"),
                "SQL" if language == "SQL" else "EXTERNAL",
                body.get("definitionBody"),
                None if language == "SQL" else language,
                None,
                None,
                at(one.created),
                at(one.modified),
                ddl_text.routine(one),
            )
        )
    return rows


def storage(world, project, datasets, caller, view):
    rows = []
    for dataset in datasets:
        for one in seen(world, dataset, caller):
            if one.data is not None:
                count = world.storage.count(one.data)
                size = parts.bytes_of(one, count)
                made, modified = at(one.created), at(one.modified)
                rows.append((one.path[0], *one.path, made, count, size, modified, False, type_of(one), None))
        if access.dataset_level(dataset, caller) >= access.LEVELS["metadata"]:
            rows += dropped(world, dataset)
    return rows


def dropped(world, dataset):
    """Tables that had a name, as long as their rows can be had."""
    rows = []
    earliest = world.clock.now() // 1000 - time_travel.window_ms(dataset)
    for states in dataset.history.values():
        for before, state in itertools.pairwise(states):
            if state.relation is None and before.relation is not None and state.since >= earliest:
                one = before.relation
                made, modified, gone = at(one.created), at(before.since), at(state.since)
                rows.append((one.path[0], *one.path, made, None, None, modified, True, type_of(one), gone))
    return rows


def meta(world, dataset, caller):
    kinds = {"TABLE": 1, "SNAPSHOT": 1, "VIEW": 2, "EXTERNAL": 3, "MATERIALIZED_VIEW": 4}
    rows = []
    for one in seen(world, dataset, caller):
        count = world.storage.count(one.data) if one.data is not None else 0
        rows.append((*one.path, one.created, one.modified, count, parts.bytes_of(one, count), kinds[one.kind]))
    return rows


def schemata(world, project, datasets, caller, view):
    return [
        (d.project, d.name, None, at(d.created), at(d.modified), d.location, ddl_text.schema(d), "NULL")
        for d in sorted(datasets, key=lambda d: d.name)
        if access.dataset_level(d, caller) >= access.LEVELS["metadata"]
    ]


def schemata_options(world, project, datasets, caller, view):
    return [
        (d.project, d.name, *option)
        for d in sorted(datasets, key=lambda d: d.name)
        if access.dataset_level(d, caller) >= access.LEVELS["metadata"]
        for option in ddl_text.schema_options(d)
    ]


def privileges(world, project, datasets, caller, view):
    """What is granted on tables themselves; what a dataset's access list gives is told of the dataset."""
    rows = []
    for dataset in datasets:
        for one in seen(world, dataset, caller, "own"):
            kind = TYPES[one.kind].replace("BASE ", "")
            for role, members in sorted(one.bindings.items()):
                rows += [(dataset.project, dataset.name, one.name, kind, role, m) for m in sorted(members)]
        if access.dataset_level(dataset, caller) >= access.LEVELS["own"]:
            rows += dataset_privileges(dataset)
    return rows


def dataset_privileges(dataset):
    roles = {"READER": "dataViewer", "WRITER": "dataEditor", "OWNER": "dataOwner"}
    rows = []
    for entry in dataset.access:
        role = entry.get("role")
        if role is None:
            continue
        privilege = f"roles/bigquery.{roles[role]}" if role in roles else role
        kinds = {"userByEmail": "user:", "groupByEmail": "group:", "domain": "domain:", "iamMember": ""}
        for key, prefix in kinds.items():
            if key in entry:
                rows.append((dataset.project, None, dataset.name, "SCHEMA", privilege, f"{prefix}{entry[key]}"))
        if "specialGroup" in entry:
            rows.append((dataset.project, None, dataset.name, "SCHEMA", privilege, entry["specialGroup"]))
    return rows
