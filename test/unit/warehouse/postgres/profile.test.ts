import { describe, expect, it } from 'vitest';
import type { IdlePlace, Output } from '../../../../src/config/port.ts';
import { withAbsolutePaths } from '../../../../src/config/profiles/paths.ts';
import { profileRules } from '../../../../src/warehouse/postgres/profile.ts';
import { settingsOf } from '../../../../src/warehouse/postgres/settings.ts';

const target: Output = { type: 'postgres', host: 'db', port: 5432, user: 'dbt', dbname: 'shop', schema: 'analytics' };
const sides = (idle: IdlePlace, output: Output = target) => profileRules.sides(output, idle);

describe('the two sides of a Postgres target', () => {
  it('are two schemas of one database, and nothing else differs', () => {
    expect(sides(profileRules.defaultIdle(target))).toEqual({
      exchange: 'move',
      live: { schema: 'analytics' },
      idle: { schema: 'analytics__green' },
      containers: {
        live: [{ location: '', database: 'shop', schema: null }],
        idle: [{ location: '', database: 'shop', schema: null }],
        attached: [],
      },
    });
  });

  it('are named by lastgreen.yml or by another target of the same database', () => {
    expect(sides({ schema: 'next_{schema}' }).idle).toEqual({ schema: 'next_analytics' });
    const other = { ...target, dbname: undefined, database: 'shop', schema: 'staging' };
    expect(sides(profileRules.placeOf(other)).idle).toEqual({ schema: 'staging' });
  });

  it('have the name of the environment in what the server shows of dbt', () => {
    expect(profileRules.tag?.key).toBe('application_name');
    expect(profileRules.tag?.value('prod')).toBe('lastgreen-prod');
    // As the server keeps it: 63 bytes of ASCII.
    expect(profileRules.tag?.value(`größe-${'x'.repeat(80)}`)).toBe(`lastgreen-gr??e-${'x'.repeat(47)}`);
  });

  it.each([
    ['the same schema', { schema: '{schema}' }, target, 'SIDES_COLLIDE', /schema analytics of database shop/],
    ['another database', { database: 'other' }, target, 'PROFILE_INVALID', /cannot move relations between databases/],
    ['a path', { path: '/data' }, target, 'PROFILE_INVALID', /another schema of the same database/],
    ['a choice of what is swapped', { swap: 'schemas' }, target, 'PROFILE_INVALID', /has no `swap:`/],
    ['no schema', {}, target, 'PROFILE_INVALID', /needs a schema/],
    [
      'a long idle name',
      { schema: 'ü'.repeat(32) },
      target,
      'PROFILE_INVALID',
      /has 64 bytes; Postgres cuts names off/,
    ],
    [
      'a name that leaves no room for a kept side',
      { schema: 'green' },
      { ...target, schema: 's'.repeat(56) },
      'PROFILE_INVALID',
      /__r99999, where a replaced release is kept, has 64 bytes/,
    ],
    ['a target without database', { schema: 'g' }, { schema: 's' }, 'PROFILE_INVALID', /no `dbname:`/],
    ['a target without schema', { schema: 'g' }, { dbname: 'd' }, 'PROFILE_INVALID', /no `schema:`/],
  ] as const)('cannot be: %s', (_, idle, output, code, message) => {
    expect(() => sides(idle, output)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }) as Error,
    );
  });

  it('find their certificates from the project’s folder, but for the system’s own', () => {
    const written = { sslrootcert: 'system', sslcert: 'keys/dbt.crt', sslkey: '/etc/dbt.key' };
    const { pathKeys, notPaths } = profileRules;
    expect(withAbsolutePaths(written, pathKeys, '/shop', {}, notPaths)).toEqual({
      sslrootcert: 'system',
      sslcert: '/shop/keys/dbt.crt',
      sslkey: '/etc/dbt.key',
    });
  });
});

describe('a Postgres connection', () => {
  const read = (output: Output, variables: Record<string, string> = {}) =>
    settingsOf({ ...target, ...output }, { HOME: '/home/dbt', ...variables });

  it('has dbt-postgres’ defaults', () => {
    expect(read({})).toEqual({
      host: 'db',
      port: 5432,
      user: 'dbt',
      password: null,
      database: 'shop',
      role: null,
      searchPath: null,
      connectTimeoutMs: 10_000,
      retries: 1,
      keepAliveMs: 0,
      ssl: {
        mode: 'prefer',
        root: '/home/dbt/.postgresql/root.crt',
        cert: '/home/dbt/.postgresql/postgresql.crt',
        key: '/home/dbt/.postgresql/postgresql.key',
      },
    });
  });

  it('has what the target says under either of its names, else what libpq’s variables say', () => {
    expect(
      read({ pass: 'a', port: '6543', keepalives_idle: 30, connect_timeout: '3' }, { PGPASSWORD: 'b' }),
    ).toMatchObject({
      password: 'a',
      port: 6543,
      keepAliveMs: 30_000,
      connectTimeoutMs: 3000,
    });
    const variables = {
      PGPASSWORD: 'b',
      PGSSLMODE: 'require',
      PGSSLROOTCERT: '/root.pem',
      PGSSLCERT: '/c',
      PGSSLKEY: '/k',
    };
    expect(read({}, variables)).toMatchObject({
      password: 'b',
      ssl: { mode: 'require', root: '/root.pem', cert: '/c', key: '/k' },
    });
    expect(read({ sslrootcert: 'system' }).ssl).toMatchObject({ root: 'system', mode: 'verify-full' });
  });

  it('is refused by field, without the values, which may be secret', () => {
    const wrong = () => read({ port: 'hunter2', sslmode: 'maybe', user: undefined });
    expect(wrong).toThrow(/port: .*sslmode: .*|user: /s);
    expect(wrong).not.toThrow(/hunter2/);
  });
});
