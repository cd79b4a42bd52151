import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences, type Row } from '../../../src/gates/smoke/result-set.ts';

const value = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.double({ noDefaultInfinity: true }),
  fc.constant(null),
);
const rows = fc.array(
  fc.record({
    country: fc.constantFrom('de', 'fr', 'it', null),
    day: fc.constantFrom('mon', 'tue'),
    n: fc.bigInt({ min: -9n, max: 9n }),
    sum: value,
  }),
  { maxLength: 12 },
);
const unique = fc.uniqueArray(fc.record({ country: fc.string(), sum: fc.double({ min: 1, max: 1e6, noNaN: true }) }), {
  minLength: 1,
  selector: ({ country }) => country,
});
const shuffled = (all: readonly Row[]) =>
  fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length });

describe('two results of one query', () => {
  test('are equal to themselves in any order, at any tolerance', () => {
    const sample = rows.chain((all) =>
      fc.tuple(fc.constant(all), shuffled(all), fc.double({ min: 0, max: 1, noNaN: true })),
    );
    fc.assert(
      fc.property(sample, ([all, mixed, within]) => {
        expect(differences(mixed, all, within)).toEqual([]);
      }),
    );
  });

  test('agree as long as each number is within the fraction of live, and no further', () => {
    const sample = fc.tuple(
      unique,
      fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      fc.double({ min: -0.99, max: 0.99, noNaN: true }),
    );
    fc.assert(
      fc.property(sample, ([live, within, part]) => {
        const near = live.map((row) => ({ ...row, sum: row.sum * (1 + within * part) }));
        const far = live.map((row) => ({ ...row, sum: row.sum * (1 + within * 1.01) }));
        expect(differences(near, live, within)).toEqual([]);
        expect(differences(far, live, within)).toHaveLength(live.length);
      }),
    );
  });

  test('differ by every key that only one of them has', () => {
    const sample = unique.chain((all) => fc.tuple(fc.constant(all), fc.subarray(all)));
    fc.assert(
      fc.property(sample, ([all, some]) => {
        fc.pre(some.length > 0);
        expect(differences(some, all, 1)).toHaveLength(all.length - some.length);
        expect(differences(all, some, 1)).toHaveLength(all.length - some.length);
      }),
    );
  });

  test.each([
    [
      'a number out of bounds',
      [{ c: 'de', n: 712 }],
      [{ c: 'de', n: 1000 }],
      "c de: n is 712, 28.8 % less than live's 1,000",
    ],
    [
      'a big number',
      [{ c: 'de', n: 2n ** 60n }],
      [{ c: 'de', n: 2n ** 59n }],
      "c de: n is 1,152,921,504,606,846,976, 100 % more than live's 576,460,752,303,423,488",
    ],
    [
      'a key that is gone',
      [{ c: 'de', n: 1 }],
      [
        { c: 'de', n: 1 },
        { c: 'fr', n: 1 },
      ],
      'c fr is gone',
    ],
    [
      'a key that is new',
      [
        { c: 'de', n: 1 },
        { c: null, n: 1 },
      ],
      [{ c: 'de', n: 1 }],
      'c null is new',
    ],
    [
      'a number that became null',
      [
        { c: 'de', n: null },
        { c: 'fr', n: 1 },
      ],
      [
        { c: 'de', n: 1 },
        { c: 'fr', n: 1 },
      ],
      "c de: n is null, live's 1",
    ],
    ['a number that was 0', [{ n: 1 }], [{ n: 0 }], "the result: n is 1, live's 0"],
    ['not a number', [{ n: Number.NaN }], [{ n: 5 }], "the result: n is NaN, live's 5"],
    ['a text', [{ c: 'x' }], [{ c: 'y' }], 'c x is new'],
    [
      'the number of rows of a key',
      [
        { c: 'x', n: 1 },
        { c: 'x', n: 2 },
      ],
      [{ c: 'x', n: 1 }],
      'c x has 2 rows, live has 1',
    ],
    ['the columns', [{ a: 1 }], [{ b: 1 }], 'only one side has the column a, b'],
  ])('differ by %s', (_, candidate, live, says) => {
    expect(differences(candidate, live, 0.1)).toContain(says);
  });

  test('are compared by value whatever the type of their numbers and dates', () => {
    const day = '2026-01-01T00:00:00.000Z';
    expect(differences([{ d: new Date(day), n: 3n }], [{ d: new Date(day), n: 3 }], 0)).toEqual([]);
    expect(differences([{ d: new Date(0), n: 3n }], [{ d: new Date(day), n: 3 }], 0)).toHaveLength(2);
  });

  test('are numbers also where an adapter hands them over as text, and text where all of it is text', () => {
    const exact = '12345678901234567890';
    expect(differences([{ n: exact }, { n: 5 }], [{ n: 12345678901234567000 }, { n: '5' }], 0.01)).toEqual([]);
    expect(differences([{ n: `${exact}.25` }, { n: null }], [{ n: exact }, { n: 1 }], 0.01)).toEqual([
      "the result: n is null, live's 1",
    ]);
    expect(differences([{ code: '01067' }], [{ code: '1067' }], 1)).toEqual(['code 01067 is new', 'code 1067 is gone']);
  });

  test('keep their differences however small when nothing is tolerated', () => {
    expect(differences([{ n: 1.0001 }], [{ n: 1 }], 0)).toEqual(["the result: n is 1, 0.01 % more than live's 1"]);
  });
});
