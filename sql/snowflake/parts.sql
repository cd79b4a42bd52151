-- Two containers that are about to change places, and their schemas: what was set on them, and not on what is in them.
-- Parameters: {live} and {other}, databases, quoted; {databases}, literals, or null where schemas change places; {schemas}, a
-- condition on SCHEMA_NAME.
-- Sources: Snowflake documentation, "DATABASES View", "SCHEMATA View" (Information Schema).
select DATABASE_NAME, null as SCHEMA_NAME, COMMENT, 'NO' as IS_MANAGED_ACCESS
from {live}.INFORMATION_SCHEMA.DATABASES
where DATABASE_NAME in ({databases})
union
select CATALOG_NAME, SCHEMA_NAME, COMMENT, IS_MANAGED_ACCESS
from {live}.INFORMATION_SCHEMA.SCHEMATA
where {schemas}
union
select CATALOG_NAME, SCHEMA_NAME, COMMENT, IS_MANAGED_ACCESS
from {other}.INFORMATION_SCHEMA.SCHEMATA
where {schemas}
order by DATABASE_NAME, SCHEMA_NAME
