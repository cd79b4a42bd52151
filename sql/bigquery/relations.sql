-- What is in a dataset: tables, views, clones and the like, what each is made of, and when it was written to last. One of these
-- for each dataset that is asked about, with UNION ALL between them; nothing is read of the tables themselves.
-- Parameters: {dataset}, `project`.`dataset`.
-- Sources: BigQuery documentation, "TABLES view", "VIEWS view", "Listing tables in a dataset" (__TABLES__).
select t.table_schema, t.table_name, t.table_type, m.creation_time as created, m.last_modified_time as modified, m.row_count,
  m.size_bytes, t.base_table_catalog, t.base_table_schema, t.base_table_name, unix_millis(t.snapshot_time_ms) as base_time,
  v.view_definition as text,
  -- What else is not copied is made anew by it.
  case when t.table_type in ('MATERIALIZED VIEW', 'EXTERNAL') then t.ddl end as ddl
from {dataset}.INFORMATION_SCHEMA.TABLES as t
join {dataset}.__TABLES__ as m on m.table_id = t.table_name
left join {dataset}.INFORMATION_SCHEMA.VIEWS as v on v.table_name = t.table_name
