import type { Container, Relation } from '../../domain/relation.ts';

/** Always quoted: nothing is folded, and no name is a keyword (Snowflake documentation, "Identifier Requirements"). */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A backslash begins an escape, too (Snowflake documentation, "String & Binary Data Types"). */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

export const qualified = ({ database, schema, identifier: name }: Relation): string =>
  [database, schema, name].map(identifier).join('.');

export const schemaName = ({ database, schema }: Pick<Relation, 'database' | 'schema'>): string =>
  [database, schema].map(identifier).join('.');

/** The schema that a container is; a whole database is none. */
export function schemaOf(container: Container): string {
  if (container.schema === null) throw new RangeError('a whole database does not change places here');
  return container.schema;
}

/** `TABLE`, `VIEW`, ...: the word of CREATE, ALTER and DROP for a kind of the catalog. */
export const wordFor = (kind: string): string => kind.toUpperCase();

/** A condition on the schema of a row: those of the containers; a whole database has all but the engine's own. */
export function inSchemas(scope: readonly Container[], column: string): string {
  if (scope.some(({ schema }) => schema === null)) return `${column} <> 'INFORMATION_SCHEMA'`;
  const names = [...new Set(scope.map(schemaOf))];
  return `${column} in (${names.map(literal).join(', ')})`;
}

/** What a fold to capital letters leaves as it is: names that nobody has to quote. */
export const isPlain = (name: string): boolean => /^[A-Z_][A-Z0-9_$]*$/.test(name);

/** For people, and as dbt's configs have it: `reader` for READER, quoted where the name has other letters. */
export const spokenName = (name: string): string => (isPlain(name) ? name.toLowerCase() : identifier(name));

/** The name that the engine has for one that is written so in SQL. */
export const folded = (name: string): string =>
  /^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name.toUpperCase();

/** How the name begins of what is about to be deleted, or was and can be had back. */
export const TRASH = 'LASTGREEN_TRASH_';

/** Of a table, or of all that is in a schema, at an ISO time (documentation, "AT | BEFORE"). */
export const atTime = (at: string): string => ` at (timestamp => ${literal(at)}::timestamp_tz)`;
