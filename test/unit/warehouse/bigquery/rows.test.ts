import { describe, expect, it } from 'vitest';
import type { Field } from '../../../../src/warehouse/bigquery/resources.ts';
import { columnOf, rowOf } from '../../../../src/warehouse/bigquery/rows.ts';

const value = (type: string, text: unknown, more: Partial<Field> = {}): unknown =>
  rowOf([{ name: 'x', type, ...more }])([text])['x'];

describe('a value of BigQuery', () => {
  it.each([
    ['a small integer', 'INTEGER', '42', 42],
    ['one that no double holds', 'INT64', '9007199254740993', '9007199254740993'],
    ['a decimal', 'NUMERIC', '10.25', 10.25],
    ['one of many digits', 'BIGNUMERIC', '1.23456789012345678901', '1.23456789012345678901'],
    ['a double', 'FLOAT', '1.5E3', 1500],
    ['no number', 'FLOAT64', 'NaN', 'NaN'],
    ['a truth', 'BOOLEAN', 'true', true],
    ['an instant in seconds', 'TIMESTAMP', '1.700000000123456E9', '2023-11-14T22:13:20.123456Z'],
    ['an instant in microseconds', 'TIMESTAMP', '1700000000500000', '2023-11-14T22:13:20.5Z'],
    ['an instant before 1970', 'TIMESTAMP', '-1500000', '1969-12-31T23:59:58.5Z'],
    ['a time without a zone', 'DATETIME', '2024-02-29T10:00:00.120000', '2024-02-29T10:00:00.12'],
    ['a date', 'DATE', '2024-02-29', '2024-02-29'],
    ['a time of day', 'TIME', '10:00:00', '10:00:00'],
    ['bytes', 'BYTES', 'AAH/', 'AAH/'],
    ['JSON', 'JSON', '{"a":[1,null]}', { a: [1, null] }],
    ['JSON with a long number', 'JSON', '{"a":9007199254740993}', '{"a":9007199254740993}'],
    ['text', 'STRING', '042', '042'],
    ['nothing', 'STRING', null, null],
  ])('is %s', (_, type, text, plain) => {
    expect(value(type, text)).toEqual(plain);
  });

  it('is a list of structs of lists', () => {
    const fields: readonly Field[] = [
      { name: 'n', type: 'INTEGER' },
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    ];
    const cells = [{ v: { f: [{ v: '1' }, { v: [{ v: 'a' }, { v: 'b' }] }] } }, { v: { f: [{ v: null }, { v: [] }] } }];
    expect(value('RECORD', cells, { mode: 'REPEATED', fields })).toEqual([
      { n: 1, tags: ['a', 'b'] },
      { n: null, tags: [] },
    ]);
  });
});

describe('a column of BigQuery', () => {
  it.each<[string, Partial<Field>, string]>([
    ['INTEGER', {}, 'INT64'],
    ['FLOAT', {}, 'FLOAT64'],
    ['BOOLEAN', {}, 'BOOL'],
    ['NUMERIC', { precision: '10', scale: '2' }, 'NUMERIC(10, 2)'],
    ['STRING', { maxLength: '20' }, 'STRING(20)'],
    ['RANGE', { rangeElementType: { type: 'DATE' } }, 'RANGE<DATE>'],
    [
      'RECORD',
      {
        mode: 'REPEATED',
        fields: [
          { name: 'a', type: 'INTEGER' },
          { name: 'b', type: 'STRING', mode: 'REPEATED' },
        ],
      },
      'ARRAY<STRUCT<a INT64, b ARRAY<STRING>>>',
    ],
  ])('of the type %s has the name that SQL has for it', (type, more, name) => {
    expect(columnOf({ name: 'x', type, ...more })).toEqual({ name: 'x', type: name, nullable: true });
  });

  it('may be required', () => {
    expect(columnOf({ name: 'x', type: 'STRING', mode: 'REQUIRED' }).nullable).toBe(false);
  });
});
