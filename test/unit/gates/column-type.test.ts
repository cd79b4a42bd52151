import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepsContract, typeChange } from '../../../src/gates/column-type.ts';

const scalars = fc.oneof(
  fc.constantFrom(
    'tinyint',
    'smallint',
    'integer',
    'bigint',
    'hugeint',
    'uinteger',
    'ubigint',
    'real',
    'double',
    'text',
    'varchar',
  ),
  fc.constantFrom(
    'boolean',
    'date',
    'timestamp',
    'timestamp_ns',
    'timestamp with time zone',
    'bytea',
    'uuid',
    'integer[]',
    "enum('a')",
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 38 }), fc.integer({ min: 0, max: 38 }))
    .map(([p, s]) => `decimal(${p},${Math.min(p, s)})`),
  fc.integer({ min: 1, max: 4000 }).map((n) => `varchar(${n})`),
);

describe('a column that changes its type', () => {
  test.each([
    ['INTEGER', 'BIGINT', 'widened'],
    ['BIGINT', 'INTEGER', 'narrowed'],
    ['UINTEGER', 'BIGINT', 'widened'],
    ['INTEGER', 'UINTEGER', 'narrowed'],
    ['DECIMAL(18,2)', 'DECIMAL(18,4)', 'narrowed'],
    ['DECIMAL(18,2)', 'DECIMAL(20,4)', 'widened'],
    ['numeric', 'numeric(10,2)', 'narrowed'],
    ['DOUBLE', 'FLOAT', 'narrowed'],
    ['character varying(20)', 'character varying(10)', 'narrowed'],
    ['character varying(20)', 'text', 'widened'],
    ['VARCHAR', 'TEXT', 'same'],
    ['TIMESTAMP_NS', 'TIMESTAMP', 'narrowed'],
    ['timestamp without time zone', 'timestamp(3) without time zone', 'narrowed'],
    ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'retyped'],
    ['DATE', 'VARCHAR', 'retyped'],
    ['INTEGER', 'DOUBLE', 'retyped'],
    ['STRUCT(a INTEGER)', 'STRUCT(a INTEGER, b DATE)', 'retyped'],
    ['STRUCT(a  INTEGER)', 'struct(a integer)', 'same'],
    ["ENUM('a', 'b')", "ENUM('a')", 'retyped'],
  ] as const)('%s to %s is %s', (was, is, change) => {
    expect(typeChange(was, is)).toBe(change);
  });

  test('is the same for the same type, in any case and spacing', () => {
    fc.assert(fc.property(scalars, (type) => typeChange(type, ` ${type.toUpperCase()} `) === 'same'));
  });

  test('and back: what was widened is narrowed, what was retyped is retyped again', () => {
    fc.assert(
      fc.property(scalars, scalars, (a, b) => {
        const [there, back] = [typeChange(a, b), typeChange(b, a)];
        const meant = there === 'widened' ? 'narrowed' : there === 'narrowed' ? back : there;
        expect(back).toBe(meant);
      }),
    );
  });

  test('never loses anything by two widenings', () => {
    fc.assert(
      fc.property(scalars, scalars, scalars, (a, b, c) => {
        fc.pre(typeChange(a, b) === 'widened' && typeChange(b, c) === 'widened');
        expect(typeChange(a, c)).toBe('widened');
      }),
      { numRuns: 300, maxSkipsPerRun: 1000 },
    );
  });
});

describe('a column under contract', () => {
  test.each([
    ['int', 'INTEGER', 'yes'],
    ['integer', 'BIGINT', 'no'],
    ['string', 'VARCHAR', 'yes'],
    ['varchar(10)', 'VARCHAR', 'yes'],
    ['decimal(10,2)', 'DECIMAL(18,3)', 'yes'],
    ['integer', 'NUMBER(38,0)', 'yes'],
    ['integer', 'NUMBER(38,2)', 'no'],
    ['float', 'DOUBLE', 'yes'],
    ['text', 'INTEGER', 'no'],
    ['money_amount', 'DECIMAL(18,2)', 'unknown'],
  ] as const)('of %s that was built as %s keeps it: %s', (contract, built, answer) => {
    expect(keepsContract(contract, built)).toBe(answer);
  });
});
