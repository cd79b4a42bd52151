-- Who may do what with the relations of some schemas, as far as the role may see it.
-- Parameters: {database}, quoted; {schemas}, a condition on TABLE_SCHEMA.
-- Source: Snowflake documentation, "TABLE_PRIVILEGES View" (Information Schema).
select t.TABLE_SCHEMA, t.TABLE_NAME, t.PRIVILEGE_TYPE, t.GRANTEE, t.GRANTED_TO, t.IS_GRANTABLE
from {database}.INFORMATION_SCHEMA.TABLE_PRIVILEGES t
where {schemas} and t.PRIVILEGE_TYPE <> 'OWNERSHIP'
order by t.TABLE_SCHEMA, t.TABLE_NAME, t.PRIVILEGE_TYPE, t.GRANTEE
