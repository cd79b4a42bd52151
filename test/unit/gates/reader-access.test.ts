import { expect, test } from 'vitest';
import type { Lack } from '../../../src/domain/lack.ts';
import { readerAccess } from '../../../src/gates/reader-access.ts';
import { answersOf } from './asking.ts';
import { plan, settings, world } from './world.ts';

const ann = settings({ readers: ['user:ann@shop.test'] });
const verdict = async (lacks: readonly Lack[] | null, o: { settings?: typeof ann } = {}) =>
  (
    await answersOf(readerAccess, {
      ...o,
      plan: { exchange: 'view' },
      readerAccess: lacks && (() => Promise.resolve(lacks)),
    })
  )['reader access'];

test('whoever would be kept out is named, with what would let them in', async () => {
  const lack = {
    severity: 'bad',
    what: 'user:ann@shop.test may not read analytics.orders',
    next: 'GRANT ...;',
  } as const;
  expect(await verdict([lack], { settings: ann })).toMatchObject({
    verdict: 'fail',
    expected: 'nobody kept out (1 listed reader)',
    observed: 'user:ann@shop.test may not read analytics.orders -> GRANT ...',
  });
});

test('nobody is kept out, somebody should know, or nobody can tell', async () => {
  expect(await verdict([])).toMatchObject({ verdict: 'pass', observed: 'nobody is kept out' });
  expect(await verdict([{ severity: 'warn', what: 'x', next: 'y' }])).toMatchObject({ verdict: 'warn' });
  expect(await verdict(null)).toMatchObject({ verdict: 'inconclusive' });
});

test('it is asked where readers use views, and listing them elsewhere is refused', () => {
  const facts = (exchange: 'view' | 'table', of = settings()) => world({ plan: plan({ exchange }), settings: of });
  expect(readerAccess.expect(facts('table'))).toEqual([]);
  expect(readerAccess.unaskable?.(facts('table'))).toEqual([]);
  expect(readerAccess.unaskable?.(facts('view', ann))).toEqual([]);
  expect(readerAccess.unaskable?.(facts('table', ann))).toEqual([expect.stringContaining('reader_access')]);
});
