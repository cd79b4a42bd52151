-- The tables of some schemas, with how far back their rows can be had.
-- Parameters: {database}, quoted; {schemas}, a condition on TABLE_SCHEMA.
-- Sources: Snowflake documentation, "TABLES View" (Information Schema), "Understanding & using Time Travel".
select t.TABLE_SCHEMA, t.TABLE_NAME, t.CREATED, t.RETENTION_TIME, t.IS_TRANSIENT
from {database}.INFORMATION_SCHEMA.TABLES t
where {schemas} and t.TABLE_TYPE = 'BASE TABLE'
order by t.TABLE_SCHEMA, t.TABLE_NAME
