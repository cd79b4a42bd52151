import type { ConnectionOptions } from 'snowflake-sdk';
import { WarehouseError } from '../port.ts';
import type { Login } from './authenticator.ts';
import { privateKeyOf } from './keys.ts';
import type { Settings } from './settings.ts';

/** How the SDK is told to connect. Asks for an access token where the target has one to refresh. Throws WarehouseError. */
export async function connectionOf(settings: Settings, signal: AbortSignal): Promise<ConnectionOptions> {
  const { account, url, user, role, warehouse, database, schema, proxy } = settings;
  return {
    account,
    ...(url === null ? {} : { accessUrl: url }),
    ...(user === null ? {} : { username: user }),
    ...(role === null ? {} : { role }),
    ...(warehouse === null ? {} : { warehouse }),
    database,
    schema,
    ...(await credentials(settings, signal)),
    ...(proxy === null ? {} : { proxyHost: proxy.host, proxyPort: proxy.port }),
    application: 'lastgreen',
    // Who connects tries again, and knows better when.
    sfRetryMaxLoginRetries: 0,
    // Without it a number that is null is the text NULL.
    representNullAsStringNull: false,
  };
}

async function credentials(settings: Settings, signal: AbortSignal): Promise<ConnectionOptions> {
  const { login } = settings;
  switch (login.by) {
    case 'password':
      return {
        password: login.password,
        ...(login.mfa ? { authenticator: 'USERNAME_PASSWORD_MFA', clientRequestMFAToken: true } : {}),
      };
    case 'okta':
      return { authenticator: login.url, password: login.password };
    case 'browser':
      // One login in the browser is for all sessions, where the account lets it.
      return { authenticator: 'EXTERNALBROWSER', clientStoreTemporaryCredential: true };
    case 'key':
      return { authenticator: 'SNOWFLAKE_JWT', privateKey: await privateKeyOf(login) };
    case 'oauth':
      return { authenticator: 'OAUTH', token: login.token };
    case 'programmatic access token':
      return { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: login.token };
    case 'refresh token':
      return { authenticator: 'OAUTH', token: await accessTokenOf(settings, login, signal) };
  }
}

/**
 * As dbt-snowflake asks for it (connections.py, `_get_access_token`), but at the target's own host where it has one. The
 * proxies of the environment count where Node is told so (NODE_USE_ENV_PROXY).
 */
async function accessTokenOf(
  { account, url }: Settings,
  login: Extract<Login, { by: 'refresh token' }>,
  signal: AbortSignal,
): Promise<string> {
  const from = `${url ?? `https://${account}.snowflakecomputing.com`}/oauth/token-request`;
  const { status, answer } = await post(from, login, signal);
  if (
    typeof answer === 'object' &&
    answer !== null &&
    'access_token' in answer &&
    typeof answer.access_token === 'string'
  )
    return answer.access_token;
  throw status >= 500
    ? new WarehouseError('down', `${from} answered with HTTP ${status}`)
    : new WarehouseError('denied', `the refresh token of the target is not accepted any more (HTTP ${status})`);
}

async function post(
  from: string,
  { token, clientId, clientSecret }: Extract<Login, { by: 'refresh token' }>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly answer: unknown }> {
  try {
    const response = await fetch(from, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: token,
        redirect_uri: 'http://localhost:9999',
      }),
      signal,
    });
    return { status: response.status, answer: await response.json().catch(() => null) };
  } catch (error) {
    signal.throwIfAborted();
    throw new WarehouseError('down', `${from} cannot be reached`, {}, { cause: error });
  }
}
