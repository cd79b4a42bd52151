import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { WarehouseError } from '../../../../src/warehouse/port.ts';
import { codeOf, isLost, speaking, toWarehouseError } from '../../../../src/warehouse/snowflake/errors.ts';
import { scriptOf } from '../../../../src/warehouse/snowflake/script.ts';

/** How the SDK makes its errors; it has no types for that. */
interface Making {
  createOperationFailedError(code: string, data: object, message: string, sqlState?: string): Error;
  createNetworkError(code: number, cause: Error): Error;
  createRequestFailedError(code: number, response: object): Error;
  createClientError(code: number, fatal?: boolean): Error;
  externalize(error: Error): Error;
}
// require() has no types.
const made = createRequire(import.meta.url)('snowflake-sdk/dist/lib/errors.js') as Making;

const server = (code: string, message = 'as the server says', data: object = {}, sqlState = '42000'): Error =>
  made.externalize(made.createOperationFailedError(code, data, message, sqlState));
const way = (code: string, more: object = {}): Error =>
  made.externalize(made.createNetworkError(401_001, Object.assign(new Error(`connect ${code}`), { code, ...more })));
const http = (status: number): Error =>
  made.externalize(made.createRequestFailedError(401_002, { status, statusCode: status }));
const client = (code: number): Error => made.externalize(made.createClientError(code, true));

describe('what Snowflake says', () => {
  it.each([
    ['002003', 'missing'],
    ['002043', 'missing'],
    ['003001', 'denied'],
    ['000625', 'busy'],
    ['390100', 'denied'],
    ['390144', 'denied'],
    ['390186', 'denied'],
    ['390303', 'denied'],
    ['390318', 'denied'],
    ['390422', 'denied'],
    ['390104', 'down'],
    ['390111', 'down'],
    ['390112', 'down'],
    ['390114', 'down'],
    ['001003', 'refused'],
    ['000904', 'refused'],
    ['002002', 'refused'],
    ['000606', 'refused'],
    ['000604', 'refused'],
    ['000630', 'refused'],
    ['100051', 'refused'],
    ['100132', 'refused'],
  ] as const)('%s is %s, in its own words', (code, is) => {
    const told = toWarehouseError(server(code));
    expect(told).toBeInstanceOf(WarehouseError);
    expect(told).toMatchObject({ is, message: 'as the server says', detail: { code, sqlState: '42000' } });
    expect(codeOf(told)).toBe(code);
  });

  it('is told on one line, with the id of the query, and without rows', () => {
    const said = 'Duplicate row detected during DML action\nRow Values: [12, "Ada"]; Duplicate field key \'ada\'';
    expect(toWarehouseError(server('100090', said, { queryId: '01b2', rowset: [['Ada']] }))).toMatchObject({
      message: "Duplicate row detected during DML action Row Values: [...]; Duplicate field key '...'",
      detail: { code: '100090', queryId: '01b2' },
    });
  });

  it('is busy when lastgreen itself limited the time', () => {
    expect(toWarehouseError(server('000630'), { limited: true })).toMatchObject({ is: 'busy' });
  });

  it.each([
    ['alter table a swap with b', 'OWNERSHIP'],
    ['-- sides\n/* both */ drop view a', 'OWNERSHIP'],
    ['create or replace transient table a as select 1', 'CREATE TABLE'],
    ['CREATE OR REPLACE SECURE VIEW a AS SELECT 1', 'CREATE VIEW'],
    ['create schema a', 'CREATE SCHEMA'],
    ['create database a clone b', 'CREATE DATABASE'],
    ['update a set b = 1', 'UPDATE'],
    ['with a as (select 1) select * from a', 'SELECT'],
    ['use warehouse wh', 'USAGE'],
  ])('says which privilege is missing for %j, and on what', (sql, privilege) => {
    const said = "SQL access control error:\nInsufficient privileges to operate on schema 'LIVE'";
    expect(toWarehouseError(server('003001', said, {}, '42501'), { sql })).toMatchObject({
      is: 'denied',
      detail: { on: "schema 'LIVE'", privilege },
    });
  });
});

describe('a request of several statements', () => {
  const script = scriptOf([
    { sql: 'select 1 / 1', guards: 'fenced' },
    { sql: 'select 2 / 2', guards: 'drifted' },
    'alter table a swap with b',
  ]);
  const failed = (line: number, inner: string): Error =>
    server(
      '100132',
      `JavaScript execution error: Uncaught Execution of multiple statements failed on statement "x" (at line ${line}, position 0).\n${inner} in SYSTEM$MULTISTMT at 'throw'`,
      { queryId: '01b2' },
      'P0000',
    );

  it('is fenced, or drifted, only where its own guard says so', () => {
    const zero = 'Division by zero';
    expect(toWarehouseError(failed(1, zero), { script })).toMatchObject({ is: 'fenced', detail: { statement: 0 } });
    expect(toWarehouseError(failed(3, zero), { script })).toMatchObject({ is: 'drifted', detail: { statement: 1 } });
    expect(toWarehouseError(failed(5, zero), { script })).toMatchObject({ is: 'refused', detail: { statement: 2 } });
    expect(toWarehouseError(server('100051', zero), { script })).toMatchObject({ is: 'unknown' });
    const other = "Object 'A.LASTGREEN.MARKS' does not exist or not authorized.";
    expect(toWarehouseError(failed(1, other), { script })).toMatchObject({ is: 'missing', detail: { statement: 0 } });
  });

  it.each([
    ["SQL compilation error:\nTable 'A' does not exist or not authorized.", 'missing', '002003'],
    ['Object does not exist, or operation cannot be performed.', 'missing', '002043'],
    ["SQL access control error:\nInsufficient privileges to operate on table 'A'", 'denied', '003001'],
    ['SQL execution canceled', 'refused', '000604'],
    ['the number of waiters for this lock exceeds the 20 statements limit.', 'busy', '000625'],
    ['SQL compilation error:\nsyntax error line 1 at position 0', 'refused', '100132'],
  ] as const)('that failed with %j is %s', (inner, is, code) => {
    const told = toWarehouseError(failed(5, inner), { script });
    expect(told).toMatchObject({
      is,
      message: inner.replace('\n', ' '),
      detail: { code, statement: 2, queryId: '01b2', ...(is === 'denied' ? { privilege: 'OWNERSHIP' } : {}) },
    });
  });

  it.each([
    ['000008', 'refused'],
    ['001003', 'refused'],
    ['390100', 'denied'],
    ['390112', 'down'],
    ['000604', 'unknown'],
    ['000630', 'unknown'],
    ['000603', 'unknown'],
    ['002003', 'unknown'],
  ] as const)('that failed with %s and names no statement is %s', (code, is) => {
    expect(toWarehouseError(server(code), { script, limited: true })).toMatchObject({ is, detail: { code } });
  });

  it('that took longer than lastgreen lets it is busy', () => {
    const said = 'Statement reached its statement or warehouse timeout of 2 second(s) and was canceled.';
    expect(toWarehouseError(failed(5, said), { script, limited: true })).toMatchObject({ is: 'busy' });
    expect(toWarehouseError(failed(5, said), { script })).toMatchObject({ is: 'refused', detail: { code: '000630' } });
  });
});

describe('the way to Snowflake', () => {
  it.each([
    [way('ECONNREFUSED'), 'down', false],
    [way('ENOTFOUND'), 'down', false],
    [way('ETIMEDOUT', { cause: Object.assign(new Error(), { syscall: 'connect' }) }), 'down', false],
    [way('SELF_SIGNED_CERT_IN_CHAIN'), 'denied', false],
    [way('CERT_HAS_EXPIRED'), 'denied', false],
    [way('ECONNRESET'), 'down', true],
    [way('ECONNABORTED'), 'down', true],
    [way('ERR_CANCELED'), 'down', true],
    [http(502), 'down', true],
    [http(503), 'down', true],
    [http(429), 'down', true],
    [http(403), 'denied', false],
    [http(404), 'denied', false],
    [client(407_002), 'down', true],
    [client(401_003), 'down', true],
    [server('390112'), 'down', true],
    [server('390100'), 'denied', false],
    [server('002003'), 'missing', false],
  ] as const)('%s is %s, and its answer lost: %s', (error, is, lost) => {
    const told = toWarehouseError(error);
    expect(told).toMatchObject({ is });
    expect(isLost(told)).toBe(lost);
  });

  it('tells no secret, and nothing of an answer', () => {
    const told = toWarehouseError(server('390100', 'user dbt with hunter22 or ab was refused', { token: 'hunter33' }), {
      secrets: ['hunter22', 'ab'],
    });
    expect(told).toMatchObject({ message: 'user dbt with ***** or ab was refused' });
    expect(JSON.stringify([told, told instanceof Error && told.cause])).not.toContain('hunter');
  });
});

describe('anything else', () => {
  it('is a bug, and comes back as it is', async () => {
    const bug = new TypeError('no');
    await expect(speaking(() => Promise.reject(bug))).rejects.toBe(bug);
    const told = new WarehouseError('busy', 'held');
    await expect(speaking(() => Promise.reject(told))).rejects.toBe(told);
    expect(codeOf(bug)).toBeNull();
    expect(isLost(bug)).toBe(false);
  });
});
