-- The columns of every relation of some schemas, in their order.
-- Parameters: {database}, quoted; {schemas}, a condition on TABLE_SCHEMA.
-- Source: Snowflake documentation, "COLUMNS View" (Information Schema).
select t.TABLE_SCHEMA, t.TABLE_NAME, t.COLUMN_NAME, t.DATA_TYPE, t.NUMERIC_PRECISION, t.NUMERIC_SCALE,
  t.CHARACTER_MAXIMUM_LENGTH, t.DATETIME_PRECISION, t.IS_NULLABLE
from {database}.INFORMATION_SCHEMA.COLUMNS t
where {schemas}
order by t.TABLE_SCHEMA, t.TABLE_NAME, t.ORDINAL_POSITION
