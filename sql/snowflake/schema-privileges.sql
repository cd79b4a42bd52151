-- Who may do what with the schemas of two databases that are about to change places, as far as the role may see it.
-- Parameters: {live} and {other}, quoted.
-- Source: Snowflake documentation, "OBJECT_PRIVILEGES View" (Information Schema).
select OBJECT_CATALOG, OBJECT_NAME, PRIVILEGE_TYPE, GRANTEE, GRANTED_TO, IS_GRANTABLE
from {live}.INFORMATION_SCHEMA.OBJECT_PRIVILEGES
where OBJECT_TYPE = 'SCHEMA' and PRIVILEGE_TYPE <> 'OWNERSHIP'
union all
select OBJECT_CATALOG, OBJECT_NAME, PRIVILEGE_TYPE, GRANTEE, GRANTED_TO, IS_GRANTABLE
from {other}.INFORMATION_SCHEMA.OBJECT_PRIVILEGES
where OBJECT_TYPE = 'SCHEMA' and PRIVILEGE_TYPE <> 'OWNERSHIP'
