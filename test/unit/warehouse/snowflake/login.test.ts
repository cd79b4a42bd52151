import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionOf } from '../../../../src/warehouse/snowflake/login.ts';
import { settingsOf } from '../../../../src/warehouse/snowflake/settings.ts';

const target = { account: 'acme_shop', user: 'dbt', database: 'SHOP', schema: 'LIVE' };
const signal = new AbortController().signal;
const connection = (more: Readonly<Record<string, unknown>>) =>
  connectionOf(settingsOf({ ...target, ...more }), signal);

describe('what the SDK of Snowflake is told', () => {
  it('is where, who and on what, and never to try again by itself', async () => {
    expect(await connection({ password: 'p', role: 'BUILDER', warehouse: 'WH' })).toEqual({
      account: 'acme-shop',
      username: 'dbt',
      password: 'p',
      role: 'BUILDER',
      warehouse: 'WH',
      database: 'SHOP',
      schema: 'LIVE',
      application: 'lastgreen',
      sfRetryMaxLoginRetries: 0,
      representNullAsStringNull: false,
    });
    expect(await connection({ password: 'p', host: 'sf.acme.io', proxy_host: 'proxy', proxy_port: 1 })).toMatchObject({
      accessUrl: 'https://sf.acme.io',
      proxyHost: 'proxy',
      proxyPort: 1,
    });
  });

  it.each([
    [
      { password: 'p', authenticator: 'username_password_mfa' },
      { authenticator: 'USERNAME_PASSWORD_MFA', password: 'p' },
    ],
    [{ authenticator: 'externalbrowser' }, { authenticator: 'EXTERNALBROWSER', clientStoreTemporaryCredential: true }],
    [
      { password: 'p', authenticator: 'https://acme.okta.com' },
      { authenticator: 'https://acme.okta.com', password: 'p' },
    ],
    [
      { token: 't', authenticator: 'jwt' },
      { authenticator: 'OAUTH', token: 't' },
    ],
    [
      { token: 't', authenticator: 'oauth' },
      { authenticator: 'OAUTH', token: 't' },
    ],
    [
      { token: 't', authenticator: 'programmatic_access_token' },
      { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 't' },
    ],
  ])('is how to log in with %j', async (more, told) => {
    expect(await connection(more)).toMatchObject(told);
  });
});

describe('a target with a token to refresh', () => {
  let server: Server;
  let asked: { readonly authorization: string | undefined; readonly form: string; readonly url: string | undefined };
  let answer = { status: 200, body: '' };
  const serve = async (request: IncomingMessage): Promise<void> => {
    asked = { authorization: request.headers.authorization, form: await text(request), url: request.url };
  };
  beforeAll(async () => {
    server = createServer((request, response) => {
      void serve(request).then(() => response.writeHead(answer.status).end(answer.body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    await once(server, 'close');
  });
  // It listens on a port, not on a path.
  const refreshing = (port = (server.address() as AddressInfo).port) =>
    connection({
      authenticator: 'oauth',
      token: 'refresh-me',
      oauth_client_id: 'client',
      oauth_client_secret: 'very-secret',
      host: '127.0.0.1',
      protocol: 'http',
      port,
    });

  it('gets one to log in with, as dbt-snowflake does', async () => {
    answer = { status: 200, body: '{"access_token": "of an hour", "expires_in": 600}' };
    expect(await refreshing()).toMatchObject({ authenticator: 'OAUTH', token: 'of an hour' });
    expect(asked.url).toBe('/oauth/token-request');
    expect(asked.authorization).toBe(`Basic ${Buffer.from('client:very-secret').toString('base64')}`);
    expect(Object.fromEntries(new URLSearchParams(asked.form))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-me',
      redirect_uri: 'http://localhost:9999',
    });
  });

  it.each([
    [400, '{"error": "invalid_grant", "message": "refresh-me"}', 'denied'],
    [200, 'refresh-me', 'denied'],
    [503, '', 'down'],
  ] as const)('that gets HTTP %d and %j says so, and no secret', async (status, body, is) => {
    answer = { status, body };
    const error: unknown = await refreshing().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ is, message: expect.stringContaining(`HTTP ${status}`) });
    expect(String(error)).not.toMatch(/refresh-me|very-secret/);
  });

  it('is down where nobody listens', async () => {
    expect(await refreshing(1).catch((caught: unknown) => caught)).toMatchObject({ is: 'down' });
  });
});
