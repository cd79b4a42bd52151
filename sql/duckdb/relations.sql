-- Purpose: every relation and macro of one database file, with the text that the engine keeps of it.
-- Parameters: $database, the catalog name of the file.
-- Source: DuckDB documentation, "DuckDB Table Functions" (duckdb_tables, duckdb_views, duckdb_functions).
SELECT schema_name AS "schema", table_name AS "name", 'table' AS kind, sql AS "text"
FROM duckdb_tables()
WHERE database_name = $database AND NOT internal AND NOT "temporary"
UNION ALL
SELECT schema_name, view_name, 'view', sql
FROM duckdb_views()
WHERE database_name = $database AND NOT internal AND NOT "temporary"
UNION ALL
SELECT
  schema_name,
  function_name,
  replace(function_type, '_', ' '),
  string_agg(
    '(' || array_to_string(parameters, ', ') || ') AS ' || if(function_type = 'macro', '', 'TABLE ') || macro_definition,
    ', '
    ORDER BY len(parameters), macro_definition
  )
FROM duckdb_functions()
WHERE database_name = $database AND NOT internal AND function_type IN ('macro', 'table_macro')
GROUP BY schema_name, function_name, function_type
ORDER BY 1, 2, 3
