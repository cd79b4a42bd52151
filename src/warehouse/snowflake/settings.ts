import * as z from 'zod';
import type { Output } from '../../config/port.ts';
import { type Login, loginOf, refuse } from './authenticator.ts';

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
