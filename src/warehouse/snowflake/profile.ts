import type { IdlePlace, Output, ProfileRules } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';
import type { Container } from '../../domain/relation.ts';
import { CONTROL } from './context.ts';
import { folded } from './dialect.ts';
import { rightsScript } from './rights.ts';

/**
 * How dbt-snowflake's targets have two sides: two schemas of one database, between which tables or the schemas themselves
 * change places; or two databases.
 */
export const profileRules: ProfileRules = {
  type: 'snowflake',
  secretKeys: ['private_key', 'private_key_passphrase', 'oauth_client_secret'],
  pathKeys: ['private_key_path'],
  folds: 'upper',
  tag: { key: 'query_tag', value: (environment) => `lastgreen-${environment}` },
  rights: rightsScript,
  defaultIdle: () => ({ schema: '{schema}__green' }),
  placeOf: (output) => ({ schema: written(output, 'schema'), database: written(output, 'database') }),
  sides(output, idle) {
    const [live, database] = [written(output, 'schema'), written(output, 'database')];
    const other = asked(idle, { schema: live, database });
    if (folded(live) === CONTROL)
      refuse(`the schema ${CONTROL} is where lastgreen keeps what it needs itself.`, 'choose another `schema:`');
    const [kept, of] = other.whole ? [database, 'database'] : [live, 'schema'];
    assertFits(`${kept}__R99999_R99999`, 'where a replaced release is kept', `give the target a shorter \`${of}:\``);
    assertFits(other.name, 'the idle side', `give \`idle:\` in lastgreen.yml a shorter \`${of}:\``);
    const whole = (name: string): readonly Container[] => [{ location: '', database: folded(name), schema: null }];
    if (other.whole)
      return {
        exchange: 'database',
        live: { database },
        idle: { database: other.name },
        containers: { live: whole(database), idle: whole(other.name), attached: [] },
      };
    // The whole database on both sides: dbt's custom schemas make an environment of several, and the plan says which.
    return {
      exchange: idle.swap === 'schemas' ? 'schema' : 'table',
      live: { schema: live },
      idle: { schema: other.name },
      containers: { live: whole(database), idle: whole(database), attached: [] },
    };
  },
};

/** A database of the idle side's own, or a schema in the same. */
function asked(
  idle: IdlePlace,
  live: { readonly schema: string; readonly database: string },
): { readonly whole: boolean; readonly name: string } {
  if (idle.path !== undefined)
    return refuse('a Snowflake target has no `path:`.', 'give `idle:` in lastgreen.yml a `schema:` or a `database:`');
  const named = (text: string | undefined): string =>
    (text ?? '').replaceAll('{schema}', live.schema).replaceAll('{database}', live.database);
  const [database, schema] = [named(idle.database), named(idle.schema)];
  const isOther = (name: string, than: string): boolean => name !== '' && folded(name) !== folded(than);
  if (isOther(database, live.database)) {
    if (idle.swap !== undefined)
      return refuse(
        'where the idle side is another database, the databases change places.',
        'leave `swap:` or `database:` out of `idle:` in lastgreen.yml',
      );
    if (isOther(schema, live.schema))
      return refuse(
        'the idle side of a Snowflake target is another database with the same schemas, or another schema of the same database.',
        'give `idle:` in lastgreen.yml a `database:` or a `schema:` alone',
      );
    return { whole: true, name: database };
  }
  if (isOther(schema, live.schema)) return { whole: false, name: schema };
  return database === '' && schema === ''
    ? refuse('the idle side of a Snowflake target needs a schema.', 'give `idle:` in lastgreen.yml a `schema:`')
    : fail('SIDES_COLLIDE', { what: `schema ${live.schema} of database ${live.database}` });
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
