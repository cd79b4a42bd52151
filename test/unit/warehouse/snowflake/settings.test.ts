import { describe, expect, it } from 'vitest';
import { LastgreenError } from '../../../../src/domain/errors.ts';
import { secretsOf } from '../../../../src/warehouse/snowflake/authenticator.ts';
import { settingsOf } from '../../../../src/warehouse/snowflake/settings.ts';

const target = { type: 'snowflake', account: 'acme-shop', user: 'dbt', database: 'SHOP', schema: 'LIVE', threads: 4 };
const read = (more: Readonly<Record<string, unknown>>) => settingsOf({ ...target, ...more });

function problem(more: Readonly<Record<string, unknown>>): string {
  try {
    read(more);
  } catch (error) {
    if (error instanceof LastgreenError && error.code === 'PROFILE_INVALID') return error.message;
    throw error;
  }
  return 'none';
}

describe('a Snowflake target', () => {
  it('is read as dbt-snowflake reads it', () => {
    expect(read({ password: 'secret', role: 'BUILDER', warehouse: 'WH' })).toEqual({
      account: 'acme-shop',
      url: null,
      user: 'dbt',
      login: { by: 'password', password: 'secret', mfa: false },
      role: 'BUILDER',
      warehouse: 'WH',
      database: 'SHOP',
      schema: 'LIVE',
      retries: 1,
      pauseMs: null,
      retryAll: false,
      insecure: false,
      proxy: null,
    });
  });

  it('may be anywhere', () => {
    expect(read({ password: 'x', account: 'acme_shop_eu' }).account).toBe('acme-shop-eu');
    expect(read({ password: 'x', host: '127.0.0.1', port: '8080', protocol: 'http' }).url).toBe(
      'http://127.0.0.1:8080',
    );
    expect(read({ password: 'x', port: 444 }).url).toBe('https://acme-shop.snowflakecomputing.com:444');
    expect(read({ password: 'x', account: 'xy1.cn-northwest-1', port: 444 }).url).toBe(
      'https://xy1.cn-northwest-1.snowflakecomputing.cn:444',
    );
    expect(read({ password: 'x', proxy_host: 'proxy', proxy_port: 3128 }).proxy).toEqual({ host: 'proxy', port: 3128 });
  });

  it('may have names and passwords of digits, which YAML makes numbers', () => {
    const found = read({ account: 12345, user: 7, password: 1234, role: 99, warehouse: 1, database: 2024, schema: 3 });
    expect(found).toMatchObject({
      account: '12345',
      user: '7',
      role: '99',
      warehouse: '1',
      database: '2024',
      schema: '3',
    });
    expect(found.login).toEqual({ by: 'password', password: '1234', mfa: false });
  });

  it('says how often and when it is tried again', () => {
    expect(read({ password: 'x', connect_retries: 3, connect_timeout: 10 })).toMatchObject({
      retries: 3,
      pauseMs: 10_000,
    });
    expect(read({ password: 'x', connect_retries: '0', retry_all: 'True' })).toMatchObject({
      retries: 0,
      retryAll: true,
    });
    expect(read({ password: 'x', retry_on_database_errors: true, insecure_mode: true })).toMatchObject({
      retryAll: true,
      insecure: true,
    });
  });

  it.each([
    [
      { authenticator: 'SNOWFLAKE', password: 'x' },
      { by: 'password', password: 'x', mfa: false },
    ],
    [
      { authenticator: 'username_password_mfa', password: 'x' },
      { by: 'password', password: 'x', mfa: true },
    ],
    [{ authenticator: 'externalbrowser' }, { by: 'browser' }],
    [
      { authenticator: 'https://acme.okta.com', password: 'x' },
      { by: 'okta', url: 'https://acme.okta.com', password: 'x' },
    ],
    [{ private_key_path: '/keys/dbt.p8' }, { by: 'key', from: { path: '/keys/dbt.p8' }, passphrase: null }],
    [
      { authenticator: 'snowflake_jwt', private_key: 'MIIE', private_key_passphrase: 'open' },
      { by: 'key', from: { text: 'MIIE' }, passphrase: 'open' },
    ],
    [
      { password: 'ignored', private_key: 'MIIE' },
      { by: 'key', from: { text: 'MIIE' }, passphrase: null },
    ],
    [
      { authenticator: 'oauth', token: 't' },
      { by: 'oauth', token: 't' },
    ],
    [
      { authenticator: 'oauth', token: 't', user: null },
      { by: 'oauth', token: 't' },
    ],
    [
      { authenticator: 'jwt', token: 't', user: null },
      { by: 'oauth', token: 't' },
    ],
    [
      { authenticator: 'oauth', token: 't', oauth_client_id: 'i', oauth_client_secret: 's' },
      { by: 'refresh token', token: 't', clientId: 'i', clientSecret: 's' },
    ],
    [
      { authenticator: 'programmatic_access_token', token: 't' },
      { by: 'programmatic access token', token: 't' },
    ],
    [
      { authenticator: 'programmatic_access_token', password: 'p' },
      { by: 'programmatic access token', token: 'p' },
    ],
  ])('logs in with %j', (more, login) => {
    expect(read(more).login).toEqual(login);
  });

  it.each([
    [{}, 'logs in by password and has no `password:`'],
    [{ password: '' }, 'has no `password:`'],
    [{ password: 'x', user: null }, 'has no `user:`'],
    [{ authenticator: 'externalbrowser', user: '' }, 'has no `user:`'],
    [{ authenticator: 'snowflake_jwt' }, 'snowflake_jwt needs a private key'],
    [{ private_key: 'a', private_key_path: 'b' }, 'both `private_key:` and `private_key_path:`'],
    [{ authenticator: 'oauth' }, 'logs in by oauth and has no `token:`'],
    [{ authenticator: 'oauth', token: 't', oauth_client_id: 'i' }, 'of `oauth_client_id:` and `oauth_client_secret:`'],
    [{ authenticator: 'workload_identity' }, 'cannot log in to Snowflake by authenticator workload_identity'],
    [
      { authenticator: 'oauth_client_credentials' },
      'cannot log in to Snowflake by authenticator oauth_client_credentials',
    ],
    [{ password: 'x', proxy_host: 'proxy' }, 'of `proxy_host:` and `proxy_port:`'],
    [{ password: 'x', account: '' }, 'account:'],
    [{ password: 'x', database: null }, 'database:'],
    [{ password: 'x', port: 99_999 }, 'port:'],
    [{ password: 'x', protocol: 'ftp' }, 'protocol:'],
    [{ password: 'x', connect_retries: -1 }, 'connect_retries:'],
  ])('is refused with %j', (more, said) => {
    expect(problem(more)).toContain(said);
  });

  it('never tells a secret, whatever is wrong with it', () => {
    const said = problem({ password: ['hunter22'], token: { of: 'hunter33' }, private_key: true, port: 'hunter44' });
    expect(said).toMatch(/password: .*token: .*port: /);
    expect(said).not.toContain('hunter');
  });

  it('knows its secrets', () => {
    expect(secretsOf(read({ password: 'p' }).login)).toEqual(['p']);
    expect(secretsOf(read({ private_key: 'k', private_key_passphrase: 'w' }).login)).toEqual(['k', 'w']);
    expect(secretsOf(read({ private_key_path: '/k' }).login)).toEqual([]);
    expect(secretsOf(read({ authenticator: 'jwt', token: 't' }).login)).toEqual(['t']);
    expect(
      secretsOf(read({ authenticator: 'oauth', token: 't', oauth_client_id: 'i', oauth_client_secret: 's' }).login),
    ).toEqual(['t', 's']);
    expect(secretsOf(read({ authenticator: 'externalbrowser' }).login)).toEqual([]);
  });
});
