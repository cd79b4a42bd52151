import { describe, expect, it } from 'vitest';
import { rowReader, typeOf } from '../../../../src/warehouse/snowflake/rows.ts';

const read = (type: string, value: unknown): unknown =>
  rowReader([{ getName: () => 'V', getType: () => type }])([value])['V'];
/** As the SDK gives it. */
const moment = (seconds: number, nanoseconds = 0): Date =>
  Object.assign(new Date(seconds * 1000), { getEpochSeconds: () => seconds, getNanoSeconds: () => nanoseconds });

describe('a value of Snowflake', () => {
  it.each([
    ['fixed', '7', 7],
    ['fixed', '-12.50', -12.5],
    ['fixed', '999999999999999', 999_999_999_999_999],
    ['fixed', '9007199254740993', '9007199254740993'],
    ['fixed', '12345678901234567890.5', '12345678901234567890.5'],
    ['real', '1.5e300', 1.5e300],
    ['real', 'NaN', 'NaN'],
    ['real', '-inf', '-inf'],
    ['text', '007', '007'],
    ['boolean', false, false],
    ['variant', '{"a": [1, null]}', { a: [1, null] }],
    ['variant', 'undefined', 'undefined'],
    ['array', '[]', []],
    ['date', moment(1_704_153_600), '2024-01-02'],
    ['date', moment(-86_400), '1969-12-31'],
    ['timestamp_ntz', moment(1_704_153_600), '2024-01-02T00:00:00'],
    ['timestamp_ntz', moment(1_704_153_610, 120_000_000), '2024-01-02T00:00:10.12'],
    ['timestamp_ltz', moment(1_704_153_600, 1), '2024-01-02T00:00:00.000000001Z'],
    ['timestamp_tz', moment(1_704_153_600), '2024-01-02T00:00:00Z'],
    ['time', '10:20:30.000000000', '10:20:30'],
    ['time', '10:20:30.120000000', '10:20:30.12'],
    ['time', '00:00:00', '00:00:00'],
    ['binary', Buffer.from([255, 0]), '/wA='],
    ['geography', 'POINT(1 2)', 'POINT(1 2)'],
    ['fixed', null, null],
    ['variant', null, null],
    ['text', undefined, null],
  ])('of type %s, %j, is plain', (type, value, plain) => {
    expect(read(type, value)).toEqual(plain);
  });

  it('has a name that need be no word', () => {
    const columns = ['__proto__', 'a b', 'a b'].map((name) => ({ getName: () => name, getType: () => 'text' }));
    expect(Object.entries(rowReader(columns)(['1', '2', '3']))).toEqual([
      ['__proto__', '1'],
      ['a b', '3'],
    ]);
  });
});

describe('a type of Snowflake', () => {
  it.each([
    ['fixed', { precision: 38, scale: 0 }, 'NUMBER(38,0)'],
    ['fixed', { precision: 10, scale: 2 }, 'NUMBER(10,2)'],
    ['text', { length: 16_777_216 }, 'VARCHAR(16777216)'],
    ['binary', { length: 8 }, 'BINARY(8)'],
    ['real', {}, 'FLOAT'],
    ['timestamp_ntz', { scale: 9 }, 'TIMESTAMP_NTZ(9)'],
    ['time', { scale: 3 }, 'TIME(3)'],
    ['date', {}, 'DATE'],
    ['variant', {}, 'VARIANT'],
  ])('%s %j is told as DESCRIBE tells it', (type, more, told) => {
    expect(typeOf({ name: 'V', type, nullable: true, precision: null, scale: null, length: null, ...more })).toBe(told);
  });
});
