import type { IdlePlace, Output, ProfileRules } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';
import type { Container } from '../../domain/relation.ts';
import { applicationName } from './application-name.ts';
import { grantsCommand } from './grants.ts';

/**
 * How dbt-postgres's targets have two sides: two schemas of one database, because relations change places between
 * schemas one by one and cannot leave their database.
 */
export const profileRules: ProfileRules = {
  type: 'postgres',
  secretKeys: [],
  pathKeys: ['sslcert', 'sslkey', 'sslrootcert'],
  // The system's own certificates, to libpq.
  notPaths: ['system'],
  tag: { key: 'application_name', value: (environment) => applicationName(`lastgreen-${environment}`) },
  rights: (output) =>
    grantsCommand({
      database: text(output['database'] ?? output['dbname']) ?? 'DATABASE',
      role: text(output['role'] ?? output['user']) ?? 'ROLE',
      schemas: [text(output['schema']) ?? 'SCHEMA'],
    }),
  defaultIdle: () => ({ schema: '{schema}__green' }),
  placeOf: (output) => ({ schema: schemaOf(output), database: databaseOf(output) }),
  sides(output, idle) {
    const live = schemaOf(output);
    const other = asked(output, idle, live);
    if (live === other) fail('SIDES_COLLIDE', { what: `schema ${live} of database ${databaseOf(output)}` });
    assertFits(other, 'the idle side', 'give `idle:` in lastgreen.yml a shorter `schema:`');
    assertFits(`${live}__r99999`, 'where a replaced release is kept', 'give the target a shorter `schema:`');
    // The whole database on both sides: dbt's custom schemas make an environment of several, and the plan says which.
    const places: readonly Container[] = [{ location: '', database: databaseOf(output), schema: null }];
    return {
      exchange: 'move',
      live: { schema: live },
      idle: { schema: other },
      containers: { live: places, idle: places, attached: [] },
    };
  },
};

function asked(output: Output, idle: IdlePlace, live: string): string {
  if (idle.swap !== undefined)
    return refuse(
      'a Postgres target has no `swap:`: relations move one by one, all in one transaction.',
      'leave `swap:` out of lastgreen.yml',
    );
  if (idle.path !== undefined || (idle.database !== undefined && idle.database !== databaseOf(output))) {
    return refuse(
      'the idle side of a Postgres target is another schema of the same database: Postgres cannot move relations between databases.',
      'leave `idle:` out of lastgreen.yml, or give it a `schema:` alone',
    );
  }
  const schema = (idle.schema ?? '').replaceAll('{schema}', live).replaceAll('{database}', databaseOf(output));
  return schema === ''
    ? refuse('the idle side of a Postgres target needs a schema.', 'give `idle:` in lastgreen.yml a `schema:`')
    : schema;
}

/** The database, under either name that dbt-postgres reads it. Throws PROFILE_INVALID. */
export const databaseOf = (output: Output): string =>
  text(output['database'] ?? output['dbname']) ??
  refuse('the target has no `dbname:`.', "give the target in profiles.yml its database's name as `dbname:`");

/** The schema that the target builds in. Throws PROFILE_INVALID. */
export const schemaOf = (output: Output): string =>
  text(output['schema']) ?? refuse('the target has no `schema:`.', 'give the target in profiles.yml a `schema:`');

/** YAML makes numbers of names such as 2024. */
const text = (value: unknown): string | null =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : null;

/** Postgres cuts longer names off without an error (Postgres documentation, "Identifiers and Key Words"). */
const NAME_BYTES = 63;

function assertFits(schema: string, what: string, next: string): void {
  const bytes = Buffer.byteLength(schema);
  if (bytes > NAME_BYTES)
    refuse(`${schema}, ${what}, has ${bytes} bytes; Postgres cuts names off after ${NAME_BYTES}.`, next);
}

const refuse = (problem: string, next: string): never =>
  fail('PROFILE_INVALID', { path: 'profiles.yml', problem, next });
