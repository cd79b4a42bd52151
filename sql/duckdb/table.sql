-- Purpose: what is needed to make one table again in another file: its text, its indexes, the sequences of its schema.
-- Parameters: $database, $schema, $name.
-- Source: DuckDB documentation, "DuckDB Table Functions" (duckdb_tables, duckdb_indexes, duckdb_sequences).
SELECT 1 AS step, 'sequence' AS kind, s.sequence_name AS "name", s.sql AS "text"
FROM duckdb_sequences() AS s
WHERE s.database_name = $database
  AND s.schema_name = $schema
  AND EXISTS (
    FROM duckdb_columns() AS c
    WHERE c.database_name = $database
      AND c.schema_name = $schema
      AND c.table_name = $name
      AND contains(c.column_default, s.sequence_name)
  )
UNION ALL
SELECT 2, 'table', table_name, sql
FROM duckdb_tables()
WHERE database_name = $database AND schema_name = $schema AND table_name = $name
UNION ALL
SELECT 3, 'index', index_name, sql
FROM duckdb_indexes()
WHERE database_name = $database AND schema_name = $schema AND table_name = $name AND sql IS NOT NULL
ORDER BY 1, 3
