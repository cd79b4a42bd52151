import { describe, expect, it } from 'vitest';
import { LastgreenError } from '../../../../src/domain/errors.ts';
import { secretsOf, settingsOf } from '../../../../src/warehouse/bigquery/settings.ts';

const target = { type: 'bigquery', method: 'oauth', project: 'shop-project', dataset: 'analytics', threads: 4 };
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

describe('a BigQuery target', () => {
  it('is read as dbt-bigquery reads it', () => {
    expect(read({})).toEqual({
      project: 'shop-project',
      executionProject: 'shop-project',
      quotaProject: null,
      dataset: 'analytics',
      location: null,
      endpoint: null,
      login: { by: 'default' },
      impersonate: null,
      scopes: [
        'https://www.googleapis.com/auth/bigquery',
        'https://www.googleapis.com/auth/cloud-platform',
        'https://www.googleapis.com/auth/drive',
        'https://www.googleapis.com/auth/userinfo.email',
      ],
      priority: 'INTERACTIVE',
      maximumBytesBilled: null,
      jobMs: null,
      retryMs: null,
    });
  });

  it('may call things by dbt’s other names, and say more', () => {
    const { project: _, dataset: __, ...rest } = target;
    const other = { ...rest, database: 'shop', schema: 'marts', timeout_seconds: 60, retries: 3 };
    expect(settingsOf(other)).toMatchObject({ project: 'shop', dataset: 'marts', jobMs: 60_000 });
    expect(
      read({
        execution_project: 'jobs',
        quota_project: 'bills',
        location: 'EU',
        api_endpoint: 'http://127.0.0.1:9050',
        impersonate_service_account: 'deploy@shop.iam.gserviceaccount.com',
        priority: 'batch',
        maximum_bytes_billed: 1_000_000_000,
        job_execution_timeout_seconds: 300,
        job_retry_deadline_seconds: 30,
      }),
    ).toMatchObject({
      executionProject: 'jobs',
      quotaProject: 'bills',
      location: 'EU',
      endpoint: 'http://127.0.0.1:9050',
      impersonate: 'deploy@shop.iam.gserviceaccount.com',
      priority: 'BATCH',
      maximumBytesBilled: '1000000000',
      jobMs: 300_000,
      retryMs: 30_000,
    });
  });

  it('logs in by a key file, or by what is in one, also in base64 and with `\\n` for the ends of lines', () => {
    expect(read({ method: 'service-account', keyfile: '/keys/shop.json' }).login).toEqual({
      by: 'key file',
      path: '/keys/shop.json',
    });
    const key = { client_email: 'deploy@shop', private_key: 'BEGIN\\nEND' };
    const wanted = { by: 'key', key: { client_email: 'deploy@shop', private_key: 'BEGIN\nEND' } };
    const base64 = Buffer.from(JSON.stringify(key)).toString('base64');
    for (const keyfile_json of [key, JSON.stringify(key), base64])
      expect(read({ method: 'service-account-json', keyfile_json }).login).toEqual(wanted);
  });

  it('logs in by a token, or by what gets one', () => {
    expect(read({ method: 'oauth-secrets', token: 'abc' }).login).toEqual({ by: 'token', token: 'abc', refresh: null });
    const refreshing = { refresh_token: 'r', client_id: 'c', client_secret: 's', token_uri: 'https://tokens.test' };
    expect(read({ method: 'oauth-secrets', ...refreshing }).login).toEqual({
      by: 'token',
      token: null,
      refresh: { token: 'r', clientId: 'c', clientSecret: 's', uri: 'https://tokens.test' },
    });
  });

  it('knows what must not be told', () => {
    const key = { private_key: 'BEGIN', private_key_id: 'id-1', client_email: 'deploy@shop' };
    expect(secretsOf(read({ method: 'service-account-json', keyfile_json: key }).login)).toEqual(['BEGIN', 'id-1']);
    const refreshing = { refresh_token: 'r', client_id: 'c', client_secret: 's' };
    expect(secretsOf(read({ method: 'oauth-secrets', token: 'abc', ...refreshing }).login)).toEqual(['abc', 'r', 's']);
  });

  it('says what is wrong with it, and no secret', () => {
    expect(problem({ project: undefined })).toContain('no `project:`');
    expect(problem({ dataset: '' })).toContain('no `dataset:`');
    expect(problem({ method: 'external-oauth-wif' })).toContain('external-oauth-wif');
    expect(problem({ method: 'service-account' })).toContain('`keyfile:`');
    expect(problem({ method: 'oauth-secrets' })).toContain('`token:`');
    const broken = problem({ method: 'service-account-json', keyfile_json: '{"private_key": "hush' });
    expect(broken).toContain('no key of a service account');
    expect(broken).not.toContain('hush');
    expect(problem({ method: 'oauth-secrets', token: { hush: 1 } })).not.toContain('hush');
  });
});
