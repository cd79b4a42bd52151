import { describe, expect, test } from 'vitest';
import type { NodeResult } from '../../../src/dbt/port.ts';
import { nodeId } from '../../../src/domain/ids.ts';
import type { ManifestTest } from '../../../src/domain/manifest.ts';
import { expectAll } from '../../../src/gates/registry.ts';
import { tests } from '../../../src/gates/tests.ts';
import { answersOf } from './asking.ts';
import { dataTest, manifest, model, plan, planned, result, type World, world } from './world.ts';

const orders = model('orders');
const customers = model('customers');

const built = (all: readonly ManifestTest[], o: World = {}): World => ({
  at: 'built',
  liveManifest: manifest([orders, customers], { tests: all }),
  plan: { nodes: [planned(orders)] },
  ...o,
});

const project = (all: readonly ManifestTest[], o: World = {}) => world(built(all, o));

const verdictOf = async (one: ManifestTest, results: readonly NodeResult[] = []) =>
  (await answersOf(tests, built([one], { results })))[`test:${one.name}`];

describe('the tests gate expects', () => {
  test('every test that reads a node that is built, and no other', () => {
    const all = [
      dataTest('orders_ok', ['orders']),
      dataTest('both_ok', ['customers', 'orders']),
      dataTest('customers_ok', ['customers']),
    ];
    expect(tests.expect(project(all)).map(({ id }) => id)).toEqual(['test:orders_ok', 'test:both_ok']);
  });

  test('tests of one name in two packages by names that differ', () => {
    const mine = dataTest('keys', ['orders']);
    const theirs = { ...mine, id: nodeId('test.pack.keys.def') };
    expect(expectAll([tests], project([mine, theirs])).map(({ id }) => id)).toEqual([
      'test:shop.keys.abc123',
      'test:pack.keys.def',
    ]);
  });

  test('only the tests that changed when nothing is built', () => {
    const [kept, changed] = [dataTest('kept', ['orders']), dataTest('changed', ['orders'])];
    const io = project([kept, changed], { plan: plan({ kind: 'no-op', tests: [changed.id] }) });
    expect(tests.expect(io).map(({ id }) => id)).toEqual(['test:changed']);
  });
});

describe('a dbt test', () => {
  const strict = dataTest('ids', ['orders']);
  const lenient = dataTest('ids', ['orders'], { severity: 'warn' });
  const unit = dataTest('sums', ['orders'], { kind: 'unit' });

  test.each([
    ['passes', strict, 'pass', {}, { verdict: 'pass', observed: 'no failing row' }],
    ['fails by its rows', strict, 'fail', { failures: 1204 }, { verdict: 'fail', observed: '1,204 failing rows' }],
    ['warns by its threshold', strict, 'warn', { failures: 1 }, { verdict: 'warn', observed: '1 failing row' }],
    [
      'of severity warn that fails is a warning',
      lenient,
      'fail',
      { failures: 3 },
      { verdict: 'warn', observed: '3 failing rows' },
    ],
    [
      'that cannot run is an error',
      strict,
      'error',
      { message: 'no column id' },
      { verdict: 'error', because: 'dbt could not run the test: no column id' },
    ],
    ['of severity warn that cannot run is an error', lenient, 'error', {}, { verdict: 'error' }],
    [
      'that dbt skipped is inconclusive',
      strict,
      'skipped',
      {},
      { verdict: 'inconclusive', because: 'dbt skipped the test: something before it failed' },
    ],
    ['that dbt had nothing to do for is inconclusive', strict, 'no-op', {}, { verdict: 'inconclusive' }],
    [
      'of one unit shows the difference',
      unit,
      'fail',
      { message: 'actual differs from expected:\n| 2 | 3 |' },
      { verdict: 'fail', observed: 'actual differs from expected:\n| 2 | 3 |' },
    ],
    ['of one unit passes', unit, 'pass', {}, { verdict: 'pass', observed: 'the rows that the unit test gives' }],
  ] as const)('%s', async (_, one, status, o, verdict) => {
    expect(await verdictOf(one, [result(one.id, status, o)])).toMatchObject(verdict);
  });

  test('without a result is inconclusive, whatever else ran', async () => {
    expect(await verdictOf(strict, [result('test.shop.other.1', 'pass')])).toEqual({
      verdict: 'inconclusive',
      because: 'dbt reported no result for this test, so it did not run',
    });
  });

  test('that ran twice counts by its worse result', async () => {
    expect(
      await verdictOf(strict, [result(strict.id, 'fail', { failures: 2 }), result(strict.id, 'pass')]),
    ).toMatchObject({ verdict: 'fail' });
  });
});
