-- The functions and procedures of a dataset, with what they are made of. One of these for each dataset, with UNION ALL between.
-- Parameters: {dataset}, `project`.`dataset`.
-- Source: BigQuery documentation, "ROUTINES view".
select r.routine_schema, r.routine_name, r.routine_type, r.external_language, unix_millis(r.created) as created,
  unix_millis(r.last_altered) as modified, r.routine_definition as text, r.ddl
from {dataset}.INFORMATION_SCHEMA.ROUTINES as r
