import { describe, expect, it } from 'vitest';
import {
  isAskedTooOften,
  isDuplicate,
  isLost,
  isOutdated,
  mayPass,
  ofJob,
  reasonOf,
  toWarehouseError,
} from '../../../../src/warehouse/bigquery/errors.ts';
import { WarehouseError } from '../../../../src/warehouse/port.ts';

const api = (code: number | string, reason: string, message = 'said so') =>
  toWarehouseError(Object.assign(new Error(message), { code, errors: [{ reason, message }] }));
const node = (code: string) => toWarehouseError(Object.assign(new Error(`connect ${code}`), { code }));

describe('an error of BigQuery', () => {
  it.each([
    [403, 'accessDenied', 'denied'],
    [401, 'authError', 'denied'],
    [403, 'accessNotConfigured', 'denied'],
    [404, 'notFound', 'missing'],
    [403, 'rateLimitExceeded', 'busy'],
    [400, 'jobRateLimitExceeded', 'busy'],
    [403, 'quotaExceeded', 'refused'],
    [503, 'backendError', 'down'],
    [500, 'internalError', 'down'],
    [502, '', 'down'],
    [429, '', 'busy'],
    [501, 'notImplemented', 'refused'],
    [400, 'invalidQuery', 'refused'],
    [400, 'bytesBilledLimitExceeded', 'refused'],
    [409, 'duplicate', 'refused'],
    [412, 'conditionNotMet', 'drifted'],
  ])('%i %s means %s', (code, reason, is) => {
    expect(api(code, reason)).toMatchObject({ name: 'WarehouseError', is, message: 'said so' });
  });

  it('says which permission is missing, and on what', () => {
    const told =
      'Access Denied: Table shop:analytics.orders: Permission bigquery.tables.get denied on table shop:analytics.orders (or it may not exist).';
    expect(api(403, 'accessDenied', told)).toMatchObject({
      detail: { privilege: 'bigquery.tables.get', on: 'Table shop:analytics.orders' },
    });
    const user = 'Access Denied: Project shop: User does not have bigquery.jobs.create permission in project shop.';
    expect(api(403, 'accessDenied', user)).toMatchObject({
      detail: { privilege: 'bigquery.jobs.create', on: 'Project shop' },
    });
  });

  it('tells whether something may have been done', () => {
    expect([api(503, 'backendError'), node('ECONNRESET'), node('ETIMEDOUT')].map(isLost)).toEqual([true, true, true]);
    const certain = [
      api(403, 'rateLimitExceeded'),
      node('ECONNREFUSED'),
      node('ENOTFOUND'),
      api(412, 'conditionNotMet'),
    ];
    expect(certain.map(isLost)).toEqual([false, false, false, false]);
  });

  it('tells whether it is to be asked again', () => {
    expect(isAskedTooOften(api(403, 'rateLimitExceeded'))).toBe(true);
    expect(isAskedTooOften(api(503, 'backendError'))).toBe(false);
    expect(mayPass(api(503, 'backendError'))).toBe(true);
    expect(mayPass(api(400, 'invalidQuery'))).toBe(false);
    expect(isOutdated(api(412, 'conditionNotMet'))).toBe(true);
    expect(isDuplicate(api(409, 'duplicate'))).toBe(true);
    expect(reasonOf(new Error('else'))).toBeNull();
  });

  it('of a job is certain, whatever it says', () => {
    const error = ofJob({ reason: 'backendError', message: 'try\n again' }, 'job-1');
    expect(error).toMatchObject({ is: 'down', message: 'try again', detail: { jobId: 'job-1' } });
    expect(isLost(error)).toBe(false);
  });

  it('that is none stays what it is', () => {
    for (const other of [
      new TypeError('bug'),
      new DOMException('late', 'TimeoutError'),
      new DOMException('x', 'AbortError'),
    ])
      expect(toWarehouseError(other)).toBe(other);
    const known = new WarehouseError('busy', 'known');
    expect(toWarehouseError(known)).toBe(known);
  });

  it('of the login is told without what was sent', () => {
    const sent = Object.assign(new Error('invalid_grant'), { config: { data: 'secret' } });
    const error = toWarehouseError(sent);
    expect(error).toMatchObject({ is: 'denied', message: 'invalid_grant' });
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});
