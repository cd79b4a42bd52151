import type { TableId } from './places.ts';

/** A backslash begins an escape, here as in strings (BigQuery documentation, "Lexical structure and syntax"). */
const escaped = (text: string, quote: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n').replaceAll('\r', '\\r');

/** Always quoted: no name is a keyword. */
export const identifier = (name: string): string => `\`${escaped(name, '`')}\``;

export const literal = (text: string): string => `'${escaped(text, "'")}'`;

/** Of an ISO time. */
export const timestamp = (at: string): string => `timestamp ${literal(at)}`;

/** As dbt-bigquery writes it: each part in quotes. */
export const qualified = ({ project, dataset, table }: TableId): string =>
  [project, dataset, table].map(identifier).join('.');

export const datasetName = (project: string, dataset: string): string => [project, dataset].map(identifier).join('.');

/** Where questions to a whole region are put (documentation, "Introduction to INFORMATION_SCHEMA", "Region qualifier"). */
export const regionName = (project: string, location: string): string =>
  datasetName(project, `region-${location.toLowerCase()}`);

/** The text of a view that readers use: a pointer, told by nothing else than this. */
export const servingText = ({ project, dataset, table }: TableId): string =>
  `SELECT * FROM ${identifier(`${project}.${dataset}.${table}`)}`;

const SERVING = /^SELECT \* FROM `([^`\\]+)\.([^`.\\]+)\.([^`.\\]+)`$/;

/** What a serving text points to; null: it is another text. */
export function pointedTo(text: string): TableId | null {
  const [, project, dataset, table] = SERVING.exec(text) ?? [];
  return project === undefined || dataset === undefined || table === undefined ? null : { project, dataset, table };
}

/** `TABLE`, `MATERIALIZED VIEW`, ...: the words of CREATE and DROP for a kind of the catalog. */
const wordFor = (kind: string): string =>
  ({ external: 'EXTERNAL TABLE', snapshot: 'SNAPSHOT TABLE', 'table function': 'TABLE FUNCTION' })[kind] ??
  kind.toUpperCase();

export const dropStatement = (kind: string, what: TableId): string =>
  `DROP ${wordFor(kind)} IF EXISTS ${qualified(what)}`;

/** Within a dataset (documentation, "ALTER TABLE RENAME TO statement"). */
export const renameStatement = (from: TableId, to: TableId): string =>
  `ALTER TABLE ${qualified(from)} RENAME TO ${identifier(to.table)}`;

export const cloneStatement = (from: TableId, to: TableId, at: string | null = null): string =>
  `CREATE OR REPLACE TABLE ${qualified(to)} CLONE ${qualified(from)}${at === null ? '' : ` FOR SYSTEM_TIME AS OF ${timestamp(at)}`}`;

/** Only where there is nothing: a view that somebody else made is not replaced. */
export const createView = (view: TableId, text: string): string => `CREATE VIEW ${qualified(view)} AS ${text}`;

export const replaceView = (view: TableId, text: string): string =>
  `CREATE OR REPLACE VIEW ${qualified(view)} AS ${text}`;

/** What a label's value may have: at most 63 of lower-case letters, digits, `_` and `-` ("Requirements for labels"). */
export const labelValue = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{Ll}\p{Lo}0-9_-]/gu, '_')
    .slice(0, 63);
