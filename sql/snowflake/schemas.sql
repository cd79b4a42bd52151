-- The schemas of a database that the role may see.
-- Parameter: {database}, quoted.
-- Source: Snowflake documentation, "SCHEMATA View" (Information Schema).
select SCHEMA_NAME, SCHEMA_OWNER, IS_TRANSIENT, IS_MANAGED_ACCESS, RETENTION_TIME, CREATED
from {database}.INFORMATION_SCHEMA.SCHEMATA
order by SCHEMA_NAME
