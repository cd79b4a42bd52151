import type { Relation } from '../../domain/relation.ts';

/** DuckDB keeps the case of a quoted name and compares without it (documentation, "Keywords and Identifiers"). */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const schemaName = (database: string, schema: string): string => `${identifier(database)}.${identifier(schema)}`;

export const qualified = ({
  database,
  schema,
  identifier: name,
}: Pick<Relation, 'database' | 'schema' | 'identifier'>): string =>
  `${schemaName(database, schema)}.${identifier(name)}`;

/** Under a name of its own, whatever the file is called; once, where it may be attached already. */
export const attach = (path: string, database: string, mode: 'READ_ONLY' | 'READ_WRITE', once = false): string =>
  `ATTACH ${once ? 'IF NOT EXISTS ' : ''}${literal(path)} AS ${identifier(database)} (${mode})`;

/** A relation as its text names it: with its schema, unless that is `main`. */
const part = '(?:"(?:[^"]|"")*"|[^\\s".(),;]+)';
const path = `${part}(?:\\.${part})*`;
const tableHead = new RegExp(`^CREATE TABLE ${path}(?=\\()`);
const indexOn = new RegExp(`^(CREATE (?:UNIQUE )?INDEX ${path} ON )${path}(?=\\(| )`);
const viewHead = new RegExp(`^CREATE VIEW ${path}(?: \\((${part}(?:, ${part})*)\\))? AS (.*?);?$`, 's');

/** The engine's text of a table, for another name. null: the text is of another form. */
export const tableText = (sql: string, to: Relation): string | null =>
  tableHead.test(sql) ? sql.replace(tableHead, () => `CREATE TABLE ${qualified(to)}`) : null;

export const indexText = (sql: string, to: Relation): string | null =>
  indexOn.test(sql) ? sql.replace(indexOn, (_, head: string) => `${head}${qualified(to)}`) : null;

/** The query of a view, from the engine's text; column names that were given to the view itself are kept. */
export function viewQuery(sql: string): string | null {
  const match = viewHead.exec(sql.trim());
  const query = match?.[2];
  if (match === null || query === undefined) return null;
  return match[1] === undefined ? query : `SELECT * FROM (${query}) AS named(${match[1]})`;
}

export const createSchema = (database: string, schema: string): string =>
  `CREATE SCHEMA IF NOT EXISTS ${schemaName(database, schema)}`;

export const defineView = (view: Relation, query: string): string =>
  `CREATE OR REPLACE VIEW ${qualified(view)} AS ${query}`;

/** `kind` as in the catalog. */
export const dropRelation = (relation: Relation, kind: string): string =>
  `DROP ${kind === 'table macro' ? 'MACRO TABLE' : kind.toUpperCase()} IF EXISTS ${qualified(relation)}`;

/** One row: how many rows there are, and what they are, in any order. */
export function contentQuery(relation: Relation, columns: readonly string[]): string {
  const taken = new Set(columns.map((column) => column.toLowerCase()));
  let row = 'whole_row';
  while (taken.has(row)) row = `_${row}`;
  // Equal rows cancel each other in bit_xor: the sum does not let them.
  return `SELECT count(*) AS n, bit_xor(hash(${row})) AS x, sum(hash(${row})::HUGEINT) AS s FROM ${qualified(relation)} AS ${row}`;
}
