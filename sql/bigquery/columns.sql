-- The columns of what is in a dataset, nested ones as well, with the policy tags that keep them from readers. One of these for
-- each dataset, with UNION ALL between.
-- Parameters: {dataset}, `project`.`dataset`.
-- Sources: BigQuery documentation, "COLUMNS view", "COLUMN_FIELD_PATHS view".
select p.table_schema, p.table_name, p.column_name, p.field_path, p.data_type, c.is_nullable, c.ordinal_position,
  to_json_string(p.policy_tags) as policy_tags
from {dataset}.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS as p
join {dataset}.INFORMATION_SCHEMA.COLUMNS as c on c.table_name = p.table_name and c.column_name = p.column_name
where c.is_hidden = 'NO'
