import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { WarehouseError } from '../../../../src/warehouse/port.ts';
import { isLost, speaking, sqlStateOf, toWarehouseError } from '../../../../src/warehouse/postgres/errors.ts';

function server(code: string, fields: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  const error = new pg.DatabaseError('as the server says', 1, 'error');
  return Object.assign(error, { code, severity: 'ERROR', ...fields });
}

const system = (code: string, fields: object = {}): Error =>
  Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect', ...fields });

describe('what Postgres says', () => {
  it.each([
    ['55P03', 'busy'],
    ['40P01', 'busy'],
    ['40001', 'busy'],
    ['53300', 'busy'],
    ['55006', 'busy'],
    ['08006', 'down'],
    ['08P01', 'down'],
    ['57P01', 'down'],
    ['57P02', 'down'],
    ['57P03', 'down'],
    ['53100', 'refused'],
    ['42501', 'denied'],
    ['28P01', 'denied'],
    ['28000', 'denied'],
    ['3D000', 'missing'],
    ['3F000', 'missing'],
    ['42P01', 'missing'],
    ['42704', 'missing'],
    ['42883', 'missing'],
    ['42601', 'refused'],
    ['57014', 'refused'],
    ['53200', 'refused'],
    ['LG001', 'fenced'],
    ['LG002', 'drifted'],
    ['LG003', 'refused'],
  ] as const)('%s is %s, in its own words', (state, is) => {
    const cause = server(state);
    const told = toWarehouseError(cause);
    expect(told).toBeInstanceOf(WarehouseError);
    expect(told).toMatchObject({ is, message: 'as the server says', detail: { sqlState: state }, cause });
    expect(sqlStateOf(told)).toBe(state);
  });

  it('keeps what explains it', () => {
    expect(toWarehouseError(server('23505', { detail: 'Key (id)=(1)', hint: 'another' }))).toMatchObject({
      detail: { detail: 'Key (id)=(1)', hint: 'another' },
    });
    const guard = server('LG002', { detail: '{"relations": ["shop.orders"], "sqlState": "x"}' });
    expect(toWarehouseError(guard)).toMatchObject({ detail: { relations: ['shop.orders'], sqlState: 'LG002' } });
    expect(toWarehouseError(server('LG003', { detail: 'no JSON' }))).toMatchObject({ detail: { detail: 'no JSON' } });
  });
});

describe('the way to Postgres', () => {
  it.each([
    ['ECONNREFUSED', 'down'],
    ['ECONNRESET', 'down'],
    ['ENOTFOUND', 'down'],
    ['ETIMEDOUT', 'down'],
    ['EAI_AGAIN', 'down'],
    ['ENOENT', 'down'],
    ['EACCES', 'denied'],
  ] as const)('%s is %s', (code, is) => {
    expect(toWarehouseError(system(code))).toMatchObject({ is, message: `connect ${code}` });
  });

  it('tells of every address that was tried', () => {
    const both = Object.assign(new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')], ''), {
      code: 'ECONNREFUSED',
    });
    expect(toWarehouseError(both)).toMatchObject({ is: 'down', message: '::1 refused; 127.0.0.1 refused' });
  });

  it.each([
    ['Connection terminated unexpectedly', 'down'],
    ['timeout expired', 'down'],
    ['Client has encountered a connection error and is not queryable', 'down'],
    ['The server does not support SSL connections', 'denied'],
    ['SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match', 'denied'],
  ] as const)('%s: %s', (message, is) => {
    expect(toWarehouseError(new Error(message))).toMatchObject({ is, message });
  });

  it('has a certificate that is not accepted', () => {
    const error = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(toWarehouseError(error)).toMatchObject({ is: 'denied', message: 'self-signed certificate' });
  });
});

it('a session that ended may have done what was sent last; a server that was not reached has not', () => {
  expect(isLost(toWarehouseError(new Error('Connection terminated unexpectedly')))).toBe(true);
  expect(isLost(toWarehouseError(server('57P01')))).toBe(true);
  expect(isLost(toWarehouseError(Object.assign(new Error('read'), { code: 'ECONNRESET', syscall: 'read' })))).toBe(
    true,
  );
  expect(isLost(toWarehouseError(server('57P03')))).toBe(false);
  expect(isLost(toWarehouseError(system('ECONNREFUSED')))).toBe(false);
  expect(isLost(toWarehouseError(new Error('timeout expired')))).toBe(false);
  expect(isLost(toWarehouseError(server('40001')))).toBe(false);
});

it('what none of them said is a bug and stays as it is', async () => {
  const bug = new TypeError('x is undefined');
  await expect(speaking(() => Promise.reject(bug))).rejects.toBe(bug);
  const told = new WarehouseError('busy', 'already told');
  expect(toWarehouseError(told)).toBe(told);
});
