-- Purpose: the columns of every table and view of one database file, in their order.
-- Parameters: $database, the catalog name of the file.
-- Source: DuckDB documentation, "DuckDB Table Functions" (duckdb_columns). A view's columns are those it had when it was
-- created or last bound.
SELECT schema_name AS "schema", table_name AS "table", column_name AS "name", data_type AS "type", is_nullable AS nullable
FROM duckdb_columns()
WHERE database_name = $database AND NOT internal
ORDER BY schema_name, table_name, column_index
