import { describe, expect, test } from 'vitest';
import type { Smoke } from '../../../src/domain/settings.ts';
import { smoke } from '../../../src/gates/smoke.ts';
import { answersOf } from './asking.ts';
import {
  catalog,
  manifest,
  model,
  onIdle,
  onLive,
  plan,
  settings,
  side,
  source,
  table,
  type World,
  world,
} from './world.ts';

type Row = Readonly<Record<string, unknown>>;
const base = { at: ['sealed'], severity: 'fail', timeoutMs: 60_000 } as const;
const kept: Smoke = { ...base, name: 'orders kept', form: 'rows', node: 'orders', min: -0.02, max: 0.2 };
const revenue: Smoke = {
  ...base,
  name: 'revenue',
  form: 'compare',
  node: 'orders',
  sql: 'select country, sum(amount) as sum from {relation} group by 1',
  within: 0.01,
};
const orphans: Smoke = {
  ...base,
  name: 'no orphans',
  form: 'offending',
  file: 'checks/orphans.sql',
  sql: "select id from {{ ref('orders') }};\n",
};

const project = manifest([model('orders')], { sources: [source('raw', 'payments')] });
const asking = (one: Smoke, here: readonly Row[], there: readonly Row[], o: World = {}): World => ({
  liveManifest: project,
  settings: settings({ smoke: [one] }),
  candidate: side(catalog([table(onIdle('orders')), table(onIdle('payments', 'raw'))]), () => here),
  current: side(catalog([table(onLive('orders'))]), () => there),
  ...o,
});

const verdict = async (one: Smoke, here: readonly Row[], there: readonly Row[], o: World = {}) =>
  Object.values(await answersOf(smoke, asking(one, here, there, o)))[0];

describe('a smoke check is expected', () => {
  test('once at each of its moments, under names that differ', () => {
    const facts = world(asking({ ...kept, at: ['built', 'sealed', 'live'] }, [], []));
    expect(smoke.expect(facts).map(({ id, at }) => [id, at])).toEqual([
      ['smoke:orders kept@built', 'built'],
      ['smoke:orders kept', 'sealed'],
      ['smoke:orders kept@live', 'live'],
    ]);
  });

  test('not where it compares and nothing of the node was live', () => {
    const counted = (o: World) =>
      [kept, revenue, orphans].flatMap((one) => smoke.expect(world(asking(one, [], [], o)))).map(({ id }) => id);
    expect(counted({ baseline: null })).toEqual(['smoke:no orphans']);
    expect(counted({ baseline: manifest([]) })).toEqual(['smoke:no orphans']);
  });

  test('not in a release that builds nothing', () => {
    expect(smoke.expect(world(asking(kept, [], [], { plan: plan({ kind: 'no-op' }) })))).toEqual([]);
  });

  test('also of a node that nobody knows, and then says so', async () => {
    expect(await verdict({ ...kept, node: 'ordres' }, [], [])).toEqual({
      verdict: 'error',
      because: 'this commit has no node ordres',
    });
    expect(await verdict({ ...kept, node: 'ordres' }, [], [], { baseline: null })).toMatchObject({ verdict: 'error' });
  });
});

describe('a count of rows', () => {
  const counting = (here: unknown, there: unknown, o: World = {}) =>
    verdict(kept, [{ row_count: here }], [{ ROW_COUNT: there }], o);

  test('says how far it is from live', async () => {
    expect(await counting(71_204n, 100_000n)).toEqual({
      verdict: 'fail',
      expected: 'between 2 % fewer and 20 % more',
      observed: "71,204 rows, 28.8 % fewer than live's 100,000",
      sql: 'select count(*) as row_count from "shop"."main"."orders"',
    });
  });

  test.each([
    [100, 100, 'pass', '100 rows, as many as before'],
    [98, 100, 'pass', "98 rows, 2 % fewer than live's 100"],
    [97, 100, 'fail', "97 rows, 3 % fewer than live's 100"],
    [120, 100, 'pass', "120 rows, 20 % more than live's 100"],
    [121, '100', 'fail', "121 rows, 21 % more than live's 100"],
    [999_999, 1_000_000, 'pass', "999,999 rows, 0.0001 % fewer than live's 1,000,000"],
    [0, 1, 'fail', "0 rows, 100 % fewer than live's 1"],
    [0, 0, 'pass', '0 rows, as many as before'],
  ])('of %s against %s: %s', async (here, there, is, observed) => {
    expect(await counting(here, there)).toMatchObject({ verdict: is, observed });
  });

  test('against an empty live is for a person', async () => {
    expect(await counting(5, 0)).toEqual({
      verdict: 'inconclusive',
      because: 'what is live has no rows, so that a change in percent says nothing; now there are 5 rows',
    });
  });

  test('after the cutover speaks of what was there before', async () => {
    const answers = await answersOf(
      smoke,
      asking({ ...kept, at: ['live'] }, [{ n: 90 }], [{ n: 100 }], { at: 'live' }),
    );
    expect(answers['smoke:orders kept@live']).toMatchObject({
      verdict: 'fail',
      observed: '90 rows, 10 % fewer than the 100 before',
    });
  });

  test('has no verdict without a side to compare with, and is an error without a number', async () => {
    expect(await counting(1, 1, { current: null })).toMatchObject({ verdict: 'inconclusive' });
    expect(await verdict(kept, [], [{ n: 1 }])).toMatchObject({
      verdict: 'error',
      because: expect.stringContaining('this commit did not answer select count(*)'),
    });
  });

  test('has no verdict when live lacks what its project has', async () => {
    expect(
      await counting(1, 1, { current: side(catalog([]), undefined, { relationOf: () => onLive('orders') }) }),
    ).toEqual({
      verdict: 'inconclusive',
      because: 'what is live does not hold orders, so that there is nothing to compare with',
    });
  });

  test('of severity warn warns', async () => {
    expect(await verdict({ ...kept, severity: 'warn' }, [{ n: 1 }], [{ n: 9 }])).toMatchObject({ verdict: 'warn' });
  });
});

describe('a comparison', () => {
  test('passes within its fraction', async () => {
    expect(await verdict(revenue, [{ country: 'de', sum: 100.5 }], [{ country: 'de', sum: 100 }])).toMatchObject({
      verdict: 'pass',
      expected: 'the same result on both sides within 1 %',
      observed: '1 row without a difference',
    });
  });

  test('fails beyond it, with what differs', async () => {
    expect(
      await verdict(
        revenue,
        [{ country: 'de', sum: 90 }],
        [
          { country: 'de', sum: 100 },
          { country: 'fr', sum: 1 },
        ],
      ),
    ).toMatchObject({
      verdict: 'fail',
      observed: "country de: sum is 90, 10 % less than live's 100; country fr is gone",
    });
  });

  test('tells the first two differences, and how many more there are', async () => {
    const here = ['de', 'fr', 'gb', 'pt'].map((country) => ({ country, sum: 90 }));
    const there = here.map(({ country }) => ({ country, sum: 100 }));
    expect(await verdict(revenue, here, there)).toMatchObject({
      observed:
        "country de: sum is 90, 10 % less than live's 100; country fr: sum is 90, 10 % less than live's 100 and 2 more",
    });
  });

  test('of nothing with nothing is no pass', async () => {
    expect(await verdict(revenue, [], [])).toMatchObject({ verdict: 'inconclusive' });
  });

  test('fails when one side has no rows', async () => {
    expect(await verdict(revenue, [], [{ country: 'de', sum: 1 }])).toMatchObject({
      verdict: 'fail',
      observed: 'country de is gone',
    });
  });

  test('says when live does not know what it asks for', async () => {
    const other: Smoke = { ...revenue, sql: "select 1 from {relation} join {{ ref('payments') }} using (id)" };
    const both = manifest([model('orders'), model('payments')]);
    expect(await verdict(other, [{ n: 1 }], [{ n: 1 }], { liveManifest: both, baseline: project })).toEqual({
      verdict: 'error',
      because: 'what is live has no node payments',
    });
  });
});

describe('a search for offending rows', () => {
  test('passes when there is none', async () => {
    expect(await verdict(orphans, [], [])).toEqual({
      verdict: 'pass',
      expected: 'no offending row',
      observed: 'no offending row',
      sql: 'select * from (\nselect id from "shop"."main"."orders"\n) as offending limit 101',
    });
  });

  test('shows the first ones', async () => {
    const rows = [1n, 2n, 3n, 4n].map((id) => ({ id, why: null }));
    expect(await verdict(orphans, rows, [])).toMatchObject({
      verdict: 'fail',
      observed: '4 rows, such as id 1, why null; id 2, why null; id 3, why null',
    });
  });

  test('does not count beyond a hundred', async () => {
    const rows = Array.from({ length: 101 }, (_, id) => ({ id }));
    expect(await verdict(orphans, rows, [])).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('more than 100 rows'),
    });
  });

  test('that the engine refuses is an error', async () => {
    const refusing = side(catalog([table(onIdle('orders'))]), () => {
      throw new Error('Binder Error: no column id');
    });
    expect(await verdict(orphans, [], [], { candidate: refusing })).toEqual({
      verdict: 'error',
      because: 'Binder Error: no column id',
    });
  });
});
