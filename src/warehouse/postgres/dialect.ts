import pg from 'pg';
import { type Container, displayName, type Relation } from '../../domain/relation.ts';

export const identifier = (name: string): string => pg.escapeIdentifier(name);

export const literal = (text: string): string => pg.escapeLiteral(text);

/** A connection has one database: naming it says nothing more. */
export const qualified = ({ schema, identifier: name }: Pick<Relation, 'schema' | 'identifier'>): string =>
  `${identifier(schema)}.${identifier(name)}`;

/** The relation that has a name, for SQL that takes its oid. */
export const regclass = (relation: Relation): string => `${literal(qualified(relation))}::regclass`;

/** The one function that has a name (sql/postgres/control/functions.sql). */
export const functionOf = ({ schema, identifier: name }: Relation): string =>
  `lastgreen.function_of(${literal(schema)}, ${literal(name)})`;

/** For people: quoted only where it would be misread. */
export const spoken = ({ schema, identifier: name }: Pick<Relation, 'schema' | 'identifier'>): string =>
  displayName({ location: '', database: '', schema, identifier: name });

/** A value for the server to read as JSON. */
export const json = (value: unknown): string => `${literal(JSON.stringify(value))}::jsonb`;

/** `TABLE`, `VIEW`, ...: the word of CREATE, ALTER and DROP for a kind of the catalog. */
export const wordFor = (kind: string): string => (kind === 'partitioned table' ? 'TABLE' : kind.toUpperCase());

/** The schema that a container is; a whole database is none. */
export function schemaOf(container: Container): string {
  if (container.schema === null) throw new RangeError('a whole database does not change places here');
  return container.schema;
}

/** What a query asks for: schemas by name, or null for all of them. */
export const scopeOf = (scope: readonly Container[]): readonly string[] | null =>
  scope.some(({ schema }) => schema === null) ? null : [...new Set(scope.map(schemaOf))];

/**
 * A relation keeps its identity, and what it owns goes with it (PostgreSQL documentation, "ALTER TABLE", SET SCHEMA). So
 * does a function; without its arguments, whose types may have moved before it: it is the only one of its name ("ALTER
 * FUNCTION").
 */
export function moveStatements(from: Relation, to: Relation, kind: string): readonly string[] {
  const alter = `alter ${wordFor(kind).toLowerCase()}`;
  const there = { ...from, schema: to.schema };
  return [
    ...(from.schema === to.schema ? [] : [`${alter} ${qualified(from)} set schema ${identifier(to.schema)}`]),
    ...(from.identifier === to.identifier
      ? []
      : [`${alter} ${qualified(there)} rename to ${identifier(to.identifier)}`]),
  ];
}
