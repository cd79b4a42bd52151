-- Every relation of some schemas, with the text of views.
-- Parameters: {database}, quoted; {schemas}, a condition on TABLE_SCHEMA.
-- CREATED stays with an object that is renamed or swapped; CREATE OR REPLACE and CLONE make another one.
-- Sources: Snowflake documentation, "TABLES View", "VIEWS View" (Information Schema).
select t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.TABLE_OWNER, t.IS_TRANSIENT, t.IS_DYNAMIC, t.IS_ICEBERG, t.IS_HYBRID,
  t.CREATED, t.LAST_ALTERED, t.ROW_COUNT, t.BYTES, v.VIEW_DEFINITION, v.IS_SECURE
from {database}.INFORMATION_SCHEMA.TABLES t
left join {database}.INFORMATION_SCHEMA.VIEWS v on v.TABLE_SCHEMA = t.TABLE_SCHEMA and v.TABLE_NAME = t.TABLE_NAME
where {schemas}
order by t.TABLE_SCHEMA, t.TABLE_NAME
