-- Who holds and who owns what a release touches: schemas, and the relations in them. Changes nothing.
-- Parameters: {database}, quoted; {schemas}, a condition on t.SCHEMA_NAME.
-- Sources: Snowflake documentation, "SCHEMATA View", "TABLES View" (Information Schema).
select t.SCHEMA_NAME, t.SCHEMA_OWNER, t.IS_MANAGED_ACCESS, r.TABLE_NAME, r.TABLE_TYPE, r.TABLE_OWNER, r.IS_TRANSIENT,
  r.RETENTION_TIME
from {database}.INFORMATION_SCHEMA.SCHEMATA t
left join {database}.INFORMATION_SCHEMA.TABLES r on r.TABLE_SCHEMA = t.SCHEMA_NAME
where {schemas}
order by t.SCHEMA_NAME, r.TABLE_NAME
