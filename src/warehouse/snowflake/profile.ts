import type { IdlePlace, Output, ProfileRules } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';
import type { Container } from '../../domain/relation.ts';
import { CONTROL } from './context.ts';
import { folded } from './dialect.ts';

/**
 * How dbt-snowflake's targets have two sides: two schemas of one database. Tables change places between them, and views
 * are defined anew.
 */
export const profileRules: ProfileRules = {
  type: 'snowflake',
  secretKeys: ['private_key', 'private_key_passphrase', 'oauth_client_secret'],
  pathKeys: ['private_key_path'],
  folds: 'upper',
  tag: { key: 'query_tag', value: (environment) => `lastgreen-${environment}` },
  defaultIdle: () => ({ schema: '{schema}__green' }),
  placeOf: (output) => ({ schema: written(output, 'schema'), database: written(output, 'database') }),
  sides(output, idle) {
    const live = written(output, 'schema');
    const other = asked(output, idle, live);
    const database = databaseOf(output);
    if (folded(live) === folded(other)) fail('SIDES_COLLIDE', { what: `schema ${live} of database ${database}` });
    if ([live, other].some((schema) => folded(schema) === CONTROL))
      refuse(`the schema ${CONTROL} is where lastgreen keeps what it needs itself.`, 'choose another `schema:`');
    assertFits(`${live}__R99999_R99999`, 'where a replaced release is kept', 'give the target a shorter `schema:`');
    assertFits(other, 'the idle side', 'give `idle:` in lastgreen.yml a shorter `schema:`');
    // The whole database on both sides: dbt's custom schemas make an environment of several, and the plan says which.
    const places: readonly Container[] = [{ location: '', database, schema: null }];
    return {
      live: { schema: live },
      idle: { schema: other },
      containers: { live: places, idle: places, attached: [] },
    };
  },
};

function asked(output: Output, idle: IdlePlace, live: string): string {
  const database = written(output, 'database');
  if (idle.path !== undefined || (idle.database !== undefined && folded(idle.database) !== folded(database)))
    return refuse(
      'the idle side of a Snowflake target is another schema of the same database.',
      'leave `idle:` out of lastgreen.yml, or give it a `schema:` alone',
    );
  const schema = (idle.schema ?? '').replaceAll('{schema}', live).replaceAll('{database}', database);
  return schema === ''
    ? refuse('the idle side of a Snowflake target needs a schema.', 'give `idle:` in lastgreen.yml a `schema:`')
    : schema;
}

/** As the engine keeps its name: dbt-snowflake writes it without quotes. Throws PROFILE_INVALID. */
export const databaseOf = (output: Output): string => folded(written(output, 'database'));

/** The schema that the target builds in, as the engine keeps its name. Throws PROFILE_INVALID. */
export const schemaOf = (output: Output): string => folded(written(output, 'schema'));

function written(output: Output, key: 'database' | 'schema'): string {
  const value = output[key];
  // YAML makes numbers of names such as 2024.
  if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
  return refuse(`the target has no \`${key}:\`.`, `give the target in profiles.yml a \`${key}:\``);
}

/** Source: Snowflake documentation, "Identifier Requirements". */
const NAME_LENGTH = 255;

function assertFits(schema: string, what: string, next: string): void {
  if (schema.length > NAME_LENGTH)
    refuse(`${schema}, ${what}, has ${schema.length} letters; Snowflake allows ${NAME_LENGTH}.`, next);
}

const refuse = (problem: string, next: string): never =>
  fail('PROFILE_INVALID', { path: 'profiles.yml', problem, next });
