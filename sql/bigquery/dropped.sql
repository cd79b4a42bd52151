-- Tables that were dropped from some datasets and can still be had back, with when that was. The engine tells of it after seconds
-- to minutes. Needs bigquery.tables.get and bigquery.tables.list on the project.
-- Parameters: {region}, `project`.`region-eu`; @datasets.
-- Sources: BigQuery documentation, "TABLE_STORAGE view", "Restore deleted tables".
select s.table_schema, s.table_name, unix_millis(s.creation_time) as created, unix_millis(s.table_deletion_time) as dropped,
  unix_millis(s.storage_last_modified_time) as modified
from {region}.INFORMATION_SCHEMA.TABLE_STORAGE as s
where s.deleted and s.table_type in ('BASE TABLE', 'CLONE') and s.table_schema in unnest(@datasets)
