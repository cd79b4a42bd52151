"""INFORMATION_SCHEMA and __TABLES__: made from what is there when they are read; rows are what the reader may see."""

import access
import information_jobs
import information_tables as tables
from errors import invalid_query, not_modelled
from executing import virtual

S, I, T, B, D, L = "STRING", "INT64", "TIMESTAMP", "BOOL", "DATE", "LABELS"
TABLE_KEY = [("table_catalog", S), ("table_schema", S), ("table_name", S)]

# Views of a dataset: name -> (columns, rows of one dataset).
OF_DATASET = {
    "TABLES": (
        [
            *TABLE_KEY,
            ("table_type", S),
            ("managed_table_type", S),
            ("is_insertable_into", S),
            ("is_typed", S),
            ("creation_time", T),
            ("base_table_catalog", S),
            ("base_table_schema", S),
            ("base_table_name", S),
            ("snapshot_time_ms", T),
            ("ddl", S),
            ("default_collation_name", S),
            ("upsert_stream_apply_watermark", T),
        ],
        tables.tables,
    ),
    "COLUMNS": (
        [
            *TABLE_KEY,
            ("column_name", S),
            ("ordinal_position", I),
            ("is_nullable", S),
            ("data_type", S),
            ("is_generated", S),
            ("generation_expression", S),
            ("is_stored", S),
            ("is_hidden", S),
            ("is_updatable", S),
            ("is_system_defined", S),
            ("is_partitioning_column", S),
            ("clustering_ordinal_position", I),
            ("collation_name", S),
            ("column_default", S),
            ("rounding_mode", S),
            ("policy_tags", "STRINGS"),
        ],
        tables.columns,
    ),
    "COLUMN_FIELD_PATHS": (
        [
            *TABLE_KEY,
            ("column_name", S),
            ("field_path", S),
            ("data_type", S),
            ("description", S),
            ("collation_name", S),
            ("rounding_mode", S),
            ("policy_tags", "STRINGS"),
        ],
        tables.field_paths,
    ),
    "VIEWS": (
        [*TABLE_KEY, ("view_definition", S), ("check_option", S), ("use_standard_sql", S)],
        tables.views,
    ),
    "MATERIALIZED_VIEWS": ([*TABLE_KEY, ("last_refresh_time", T), ("refresh_watermark", T)], tables.materialized),
    "TABLE_OPTIONS": ([*TABLE_KEY, ("option_name", S), ("option_type", S), ("option_value", S)], tables.options),
    "PARTITIONS": (
        [
            *TABLE_KEY,
            ("partition_id", S),
            ("total_rows", I),
            ("total_logical_bytes", I),
            ("total_billable_bytes", I),
            ("last_modified_time", T),
            ("storage_tier", S),
        ],
        tables.partitions,
    ),
    "TABLE_CONSTRAINTS": (
        [
            ("constraint_catalog", S),
            ("constraint_schema", S),
            ("constraint_name", S),
            *TABLE_KEY,
            ("constraint_type", S),
            ("is_deferrable", S),
            ("initially_deferred", S),
            ("enforced", S),
        ],
        tables.constraints,
    ),
    "TABLE_SNAPSHOTS": (
        [
            *TABLE_KEY,
            ("base_table_catalog", S),
            ("base_table_schema", S),
            ("base_table_name", S),
            ("snapshot_time", T),
        ],
        tables.snapshots,
    ),
    "ROUTINES": (
        [
            ("specific_catalog", S),
            ("specific_schema", S),
            ("specific_name", S),
            ("routine_catalog", S),
            ("routine_schema", S),
            ("routine_name", S),
            ("routine_type", S),
            ("data_type", S),
            ("routine_body", S),
            ("routine_definition", S),
            ("external_language", S),
            ("is_deterministic", S),
            ("security_type", S),
            ("created", T),
            ("last_altered", T),
            ("ddl", S),
        ],
        tables.routines,
    ),
    "__TABLES__": (
        [
            ("project_id", S),
            ("dataset_id", S),
            ("table_id", S),
            ("creation_time", I),
            ("last_modified_time", I),
            ("row_count", I),
            ("size_bytes", I),
            ("type", I),
        ],
        tables.meta,
    ),
}
# Of a region or a project: name -> (columns, rows of all).
OF_REGION = {
    "SCHEMATA": (
        [
            ("catalog_name", S),
            ("schema_name", S),
            ("schema_owner", S),
            ("creation_time", T),
            ("last_modified_time", T),
            ("location", S),
            ("ddl", S),
            ("default_collation_name", S),
        ],
        tables.schemata,
    ),
    "SCHEMATA_OPTIONS": (
        [("catalog_name", S), ("schema_name", S), ("option_name", S), ("option_type", S), ("option_value", S)],
        tables.schemata_options,
    ),
    "OBJECT_PRIVILEGES": (
        [
            ("object_catalog", S),
            ("object_schema", S),
            ("object_name", S),
            ("object_type", S),
            ("privilege_type", S),
            ("grantee", S),
        ],
        tables.privileges,
    ),
    "TABLE_STORAGE": (
        [
            ("project_id", S),
            *TABLE_KEY,
            ("creation_time", T),
            ("total_rows", I),
            ("total_logical_bytes", I),
            ("storage_last_modified_time", T),
            ("deleted", B),
            ("table_type", S),
            ("table_deletion_time", T),
        ],
        tables.storage,
    ),
    "JOBS": (information_jobs.COLUMNS, information_jobs.rows),
    "JOBS_BY_PROJECT": (information_jobs.COLUMNS, information_jobs.rows),
    "JOBS_BY_USER": (information_jobs.COLUMNS, information_jobs.rows),
}


def is_virtual(path):
    return path[-1].upper().startswith("INFORMATION_SCHEMA.") or path[-1].upper() == "__TABLES__"


def table(scope, path):
    """The rows of one of these views, under a name that the statement can read."""
    binding = scope.binding
    world, caller = binding.world, scope.context.caller
    view = path[-1].upper().removeprefix("INFORMATION_SCHEMA.")
    where = path[-2] if len(path) > 1 else ""
    project = path[0] if len(path) == 3 else scope.context.project
    if where.lower().startswith("region-"):
        location = where.lower().removeprefix("region-")
        datasets = [d for d in world.datasets(project).values() if d.location.lower() == location]
        scope.context.locate(location.upper() if location in ("us", "eu") else location)
    elif len(path) > 1 and where != project:
        dataset = world.dataset(project, where, scope.context.location)
        access.need_dataset(dataset, caller, "metadata")
        scope.context.locate(dataset.location)
        datasets = [dataset]
    else:
        # Without a region: that of the job, US when it says none.
        location = scope.context.location or "US"
        datasets = [d for d in world.datasets(project).values() if d.location.lower() == location.lower()]
    if view in OF_REGION:
        columns, rows = OF_REGION[view]
        if view != "OBJECT_PRIVILEGES" and not where.lower().startswith("region-") and len(path) > 2:
            raise invalid_query(f"INFORMATION_SCHEMA.{view} is not a view of a dataset")
        found = rows(world, project, datasets, caller, view)
    elif view in OF_DATASET:
        columns, rows = OF_DATASET[view]
        found = [row for dataset in datasets for row in rows(world, dataset, caller)]
    else:
        raise not_modelled(f"INFORMATION_SCHEMA.{view}")
    return virtual(binding, columns, found)
