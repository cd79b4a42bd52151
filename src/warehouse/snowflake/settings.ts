import * as z from 'zod';
import type { Output } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';

/**
 * A target's connection as dbt-snowflake reads it (dbt documentation, "Snowflake setup"; dbt-snowflake 1.11,
 * connections.py). What it says of dbt's own sessions (query_tag, client_session_keep_alive, reuse_connections) is not
 * here: lastgreen's have their own tags and end when they have rested.
 */
export interface Settings {
  /** As host names have it: `-` for `_`. */
  readonly account: string;
  /** `https://host:port`; null: where the account is. */
  readonly url: string | null;
  /** null where a token says it. */
  readonly user: string | null;
  readonly login: Login;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly database: string;
  readonly schema: string;
  /** How often it is tried again to connect. */
  readonly retries: number;
  /** Between two tries, ms; null: longer each time. */
  readonly pauseMs: number | null;
  /** Also what the server refused is tried again. */
  readonly retryAll: boolean;
  /** Whether revoked certificates are not looked for. */
  readonly insecure: boolean;
  /** null: of the variables HTTPS_PROXY and NO_PROXY, as the SDK reads them. */
  readonly proxy: { readonly host: string; readonly port: number } | null;
}

/** How the server is told who it is. */
export type Login =
  | { readonly by: 'password'; readonly password: string; readonly mfa: boolean }
  | { readonly by: 'okta'; readonly url: string; readonly password: string }
  | { readonly by: 'browser' }
  /** `text`: PEM, or DER in base64. */
  | {
      readonly by: 'key';
      readonly from: { readonly path: string } | { readonly text: string };
      readonly passphrase: string | null;
    }
  | { readonly by: 'oauth' | 'programmatic access token'; readonly token: string }
  | {
      readonly by: 'refresh token';
      readonly token: string;
      readonly clientId: string;
      readonly clientSecret: string;
    };

/** YAML makes numbers of account names, roles and passwords of digits; what is empty is not there. */
const text = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((value) => value || null);
const needed = z.union([z.string().min(1), z.number().transform(String)]);
const flag = z
  .union([z.boolean(), z.stringbool()])
  .nullish()
  .transform((value) => value ?? false);
const none = (value: number | null | undefined): number | null => value ?? null;
const whole = z.coerce.number().int().nonnegative().nullish().transform(none);
const port = z.coerce.number().int().min(1).max(65_535).nullish().transform(none);

const target = z.looseObject({
  account: needed,
  user: text,
  password: text,
  authenticator: text,
  private_key: text,
  private_key_path: text,
  private_key_passphrase: text,
  token: text,
  oauth_client_id: text,
  oauth_client_secret: text,
  role: text,
  warehouse: text,
  database: needed,
  schema: needed,
  host: text,
  port,
  protocol: z
    .enum(['https', 'http'])
    .nullish()
    .transform((value) => value ?? null),
  proxy_host: text,
  proxy_port: port,
  connect_retries: whole,
  connect_timeout: whole,
  retry_on_database_errors: flag,
  retry_all: flag,
  insecure_mode: flag,
});

type Target = z.infer<typeof target>;

/** Reads a rendered target. Throws PROFILE_INVALID, for what is wrong and for what lastgreen cannot do. */
export function settingsOf(output: Output): Settings {
  const parsed = target.safeParse(output);
  // The path and the rule alone: a value may be a secret.
  if (!parsed.success)
    return refuse(
      `the Snowflake target is not valid: ${parsed.error.issues
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('; ')}.`,
      'correct the target in profiles.yml',
    );
  const found = parsed.data;
  const account = found.account.replaceAll('_', '-');
  const login = loginOf(found);
  if (found.user === null && login.by !== 'oauth' && login.by !== 'refresh token')
    refuse('the Snowflake target has no `user:`.', 'give the target in profiles.yml a `user:`');
  return {
    account,
    url: urlOf(found, account),
    user: found.user,
    login,
    role: found.role,
    warehouse: found.warehouse,
    database: found.database,
    schema: found.schema,
    retries: found.connect_retries ?? 1,
    // What dbt calls a timeout is how long it waits before it tries again.
    pauseMs: found.connect_timeout === null ? null : found.connect_timeout * 1000,
    retryAll: found.retry_all || found.retry_on_database_errors,
    insecure: found.insecure_mode,
    proxy: proxyOf(found),
  };
}

/** What must never be shown. */
export const secretsOf = ({ login }: Settings): readonly string[] => {
  switch (login.by) {
    case 'password':
    case 'okta':
      return [login.password];
    case 'key':
      return [...('text' in login.from ? [login.from.text] : []), ...(login.passphrase ? [login.passphrase] : [])];
    case 'refresh token':
      return [login.token, login.clientSecret];
    case 'oauth':
    case 'programmatic access token':
      return [login.token];
    case 'browser':
      return [];
  }
};

function urlOf({ host, port: at, protocol }: Target, account: string): string | null {
  if (host === null && at === null && protocol === null) return null;
  // The regions of China have a domain of their own (Snowflake documentation, "Account identifiers").
  const domain = account.includes('.cn-') ? 'snowflakecomputing.cn' : 'snowflakecomputing.com';
  return `${protocol ?? 'https'}://${host ?? `${account}.${domain}`}${at === null ? '' : `:${at}`}`;
}

function proxyOf({ proxy_host: host, proxy_port: at }: Target): Settings['proxy'] {
  if (host === null && at === null) return null;
  return host === null || at === null
    ? refuse('of `proxy_host:` and `proxy_port:` the Snowflake target has one.', 'give the target both, or neither')
    : { host, port: at };
}

function loginOf(found: Target): Login {
  const { private_key: key, private_key_path: path, private_key_passphrase: passphrase } = found;
  if (key !== null && path !== null)
    return refuse('the Snowflake target has both `private_key:` and `private_key_path:`.', 'take one of them out');
  // Whatever the authenticator is called: a key wins, as in the connector that dbt uses.
  if (key !== null) return { by: 'key', from: { text: key }, passphrase };
  if (path !== null) return { by: 'key', from: { path }, passphrase };
  const { authenticator } = found;
  switch (authenticator?.toLowerCase()) {
    case undefined:
    case 'snowflake':
      return { by: 'password', password: wanted(found, 'password'), mfa: false };
    case 'username_password_mfa':
      return { by: 'password', password: wanted(found, 'password'), mfa: true };
    case 'snowflake_jwt':
      return refuse(
        'authenticator snowflake_jwt needs a private key, and the Snowflake target has none.',
        'give the target in profiles.yml a `private_key_path:` or a `private_key:`',
      );
    case 'externalbrowser':
      return { by: 'browser' };
    case 'jwt':
      return { by: 'oauth', token: wanted(found, 'token') };
    case 'oauth':
      return oauthOf(found);
    case 'programmatic_access_token':
      return { by: 'programmatic access token', token: found.token ?? wanted(found, 'password') };
    default:
      return /^https:\/\//i.test(authenticator ?? '')
        ? { by: 'okta', url: authenticator ?? '', password: wanted(found, 'password') }
        : refuse(
            `lastgreen cannot log in to Snowflake by authenticator ${authenticator}.`,
            'use a key pair (`private_key_path:`), or one of snowflake, username_password_mfa, externalbrowser, oauth, jwt, programmatic_access_token and the https:// address of Okta',
          );
  }
}

/** With a client the token is one to refresh, and what it is exchanged for logs in. */
function oauthOf(found: Target): Login {
  const { oauth_client_id: clientId, oauth_client_secret: clientSecret } = found;
  const token = wanted(found, 'token');
  if (clientId !== null && clientSecret !== null) return { by: 'refresh token', token, clientId, clientSecret };
  return clientId === null && clientSecret === null
    ? { by: 'oauth', token }
    : refuse(
        'of `oauth_client_id:` and `oauth_client_secret:` the Snowflake target has one.',
        'give the target both, or neither',
      );
}

const wanted = (found: Target, key: 'password' | 'token'): string =>
  found[key] ??
  refuse(
    `the Snowflake target logs in by ${found.authenticator ?? 'password'} and has no \`${key}:\`.`,
    `give the target in profiles.yml a \`${key}:\`${key === 'password' ? ', or a key pair' : ''}`,
  );

const refuse = (problem: string, next: string): never =>
  fail('PROFILE_INVALID', { path: 'profiles.yml', problem, next });
