import * as z from 'zod';
import type { Output } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';

/**
 * A target's connection as dbt-bigquery reads it (dbt documentation, "BigQuery setup"; dbt-bigquery 1.11, credentials.py).
 * What it says of Python models (dataproc, gcs_bucket, submission_method) is dbt's alone.
 */
export interface Settings {
  /** Where the datasets are. */
  readonly project: string;
  /** Whose jobs they are. */
  readonly executionProject: string;
  /** Who pays for requests; null: the execution project. */
  readonly quotaProject: string | null;
  readonly dataset: string;
  /** null: where the dataset of the target is. */
  readonly location: string | null;
  /** null: Google's own. */
  readonly endpoint: string | null;
  readonly login: Login;
  /** The service account that requests are made as, with the login's leave. */
  readonly impersonate: string | null;
  readonly scopes: readonly string[];
  readonly priority: 'INTERACTIVE' | 'BATCH';
  /** Bytes. */
  readonly maximumBytesBilled: string | null;
  /** How long one job may take, ms. */
  readonly jobMs: number | null;
  /** How long it is tried again, ms. */
  readonly retryMs: number | null;
}

export type Login =
  | { readonly by: 'default' }
  | { readonly by: 'key file'; readonly path: string }
  | { readonly by: 'key'; readonly key: Readonly<Record<string, unknown>> }
  | {
      readonly by: 'token';
      readonly token: string | null;
      readonly refresh: {
        readonly token: string;
        readonly clientId: string;
        readonly clientSecret: string;
        readonly uri: string | null;
      } | null;
    };

/** YAML makes numbers of names and tokens of digits; what is empty is not there. */
const text = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((value) => value || null);
const whole = z.coerce
  .number()
  .int()
  .nonnegative()
  .nullish()
  .transform((value) => value ?? null);

const target = z.looseObject({
  method: z.string(),
  project: text,
  database: text,
  dataset: text,
  schema: text,
  execution_project: text,
  quota_project: text,
  location: text,
  api_endpoint: text,
  impersonate_service_account: text,
  scopes: z.array(z.string()).nullish(),
  priority: text,
  maximum_bytes_billed: text,
  job_execution_timeout_seconds: whole,
  timeout_seconds: whole,
  job_retry_deadline_seconds: whole,
  keyfile: text,
  keyfile_json: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  token: text,
  refresh_token: text,
  client_id: text,
  client_secret: text,
  token_uri: text,
});

type Target = z.infer<typeof target>;

/** Of dbt-bigquery, where the target has none. */
const SCOPES = ['bigquery', 'cloud-platform', 'drive', 'userinfo.email'].map(
  (name) => `https://www.googleapis.com/auth/${name}`,
);

/** Reads a rendered target. Throws PROFILE_INVALID, for what is wrong and for what lastgreen cannot do. */
export function settingsOf(output: Output): Settings {
  const parsed = target.safeParse(output);
  // The path and the rule alone: a value may be a secret.
  if (!parsed.success)
    return refuse(
      `the BigQuery target is not valid: ${parsed.error.issues
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('; ')}.`,
      'correct the target in profiles.yml',
    );
  const found = parsed.data;
  const project = projectOf(output);
  const seconds = found.job_execution_timeout_seconds ?? found.timeout_seconds;
  return {
    project,
    executionProject: found.execution_project ?? project,
    quotaProject: found.quota_project,
    dataset: datasetOfTarget(output),
    location: found.location,
    endpoint: found.api_endpoint,
    login: loginOf(found),
    impersonate: found.impersonate_service_account,
    scopes: found.scopes ?? SCOPES,
    priority: found.priority?.toLowerCase() === 'batch' ? 'BATCH' : 'INTERACTIVE',
    maximumBytesBilled: found.maximum_bytes_billed,
    jobMs: seconds === null ? null : seconds * 1000,
    retryMs: found.job_retry_deadline_seconds === null ? null : found.job_retry_deadline_seconds * 1000,
  };
}

/** Throws PROFILE_INVALID. */
export const projectOf = (output: Output): string => {
  const found = written(output, 'project') ?? written(output, 'database');
  return (
    found ??
    refuse(
      'the target has no `project:`; what the machine takes for its own may be another tomorrow.',
      'give the target in profiles.yml a `project:`',
    )
  );
};

/** The dataset that the target builds in. Throws PROFILE_INVALID. */
export const datasetOfTarget = (output: Output): string =>
  written(output, 'dataset') ??
  written(output, 'schema') ??
  refuse('the target has no `dataset:`.', 'give the target in profiles.yml a `dataset:`');

function written(output: Output, key: string): string | null {
  const value = output[key];
  // YAML makes numbers of names such as 2024.
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : null;
}

function loginOf(found: Target): Login {
  switch (found.method) {
    case 'oauth':
      return { by: 'default' };
    case 'service-account':
      return found.keyfile === null
        ? refuse('`method: service-account` needs a `keyfile:`.', 'give the target a `keyfile:`')
        : { by: 'key file', path: found.keyfile };
    case 'service-account-json':
      return { by: 'key', key: keyOf(found.keyfile_json ?? '') };
    case 'oauth-secrets':
      return tokenOf(found);
    default:
      return refuse(
        `lastgreen does not know \`method: ${found.method}\` of BigQuery targets.`,
        'choose oauth, service-account, service-account-json or oauth-secrets',
      );
  }
}

function tokenOf(found: Target): Login {
  const { token, refresh_token, client_id, client_secret, token_uri: uri } = found;
  if (refresh_token !== null && client_id !== null && client_secret !== null) {
    const refresh = { token: refresh_token, clientId: client_id, clientSecret: client_secret, uri };
    return { by: 'token', token, refresh };
  }
  return token === null
    ? refuse(
        '`method: oauth-secrets` needs a `token:`, or `refresh_token:` with `client_id:` and `client_secret:`.',
        'correct the target in profiles.yml',
      )
    : { by: 'token', token, refresh: null };
}

/** As a mapping, or its JSON, also in base64. */
function keyOf(given: string | Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (typeof given !== 'string') return withLines(given);
  const json = /^[A-Za-z0-9+/\s]+=*$/.test(given) ? Buffer.from(given, 'base64').toString('utf8') : given;
  try {
    return withLines(z.record(z.string(), z.unknown()).parse(JSON.parse(json)));
  } catch {
    return refuse(
      '`keyfile_json:` holds no key of a service account.',
      'give the target what the key file of the service account has',
    );
  }
}

/** As dbt does: an environment variable has `\n` for the ends of lines. */
function withLines(key: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { private_key: secret } = key;
  return typeof secret === 'string' ? { ...key, private_key: secret.replaceAll('\\n', '\n') } : key;
}

/** What must not be told, wherever it comes from. */
export function secretsOf(login: Login): readonly string[] {
  const found =
    login.by === 'token'
      ? [login.token, login.refresh?.token, login.refresh?.clientSecret]
      : login.by === 'key'
        ? [login.key['private_key'], login.key['private_key_id']]
        : [];
  return found.filter((one): one is string => typeof one === 'string' && one !== '');
}

export const refuse = (problem: string, next: string): never =>
  fail('PROFILE_INVALID', { path: 'profiles.yml', problem, next });
