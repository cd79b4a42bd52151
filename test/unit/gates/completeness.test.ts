import { describe, expect, test } from 'vitest';
import { completeness } from '../../../src/gates/completeness.ts';
import { answersOf } from './asking.ts';
import { catalog, idle, live, manifest, model, onIdle, onLive, planned, side, table, type World } from './world.ts';

const [orders, customers] = [model('orders'), model('customers')];
const copyWhole = [{ do: 'copy', from: live, id: null, to: idle }] as const;

const shipping = (there: readonly string[], o: World = {}): World => ({
  liveManifest: manifest([orders, customers]),
  candidate: side(catalog(there.map((name) => table(onIdle(name)))), undefined, {
    relationOf: (node) => onIdle(node.split('.').at(-1) ?? ''),
  }),
  current: side(catalog(['orders', 'customers', 'export_daily'].map((name) => table(onLive(name))))),
  ...o,
  plan: {
    nodes: [planned(orders)],
    carried: [{ id: customers.id, live: onLive('customers'), idle: onIdle('customers') }],
    prepare: copyWhole,
    ...o.plan,
  },
});

const verdict = async (o: World) => (await answersOf(completeness, o))['completeness'];

describe('the completeness gate', () => {
  test('passes when all that is built and carried is there, and all that nobody manages', async () => {
    expect(await verdict(shipping(['orders', 'customers', 'export_daily']))).toEqual({
      verdict: 'pass',
      expected: '1 relation built and 1 carried, and nothing else gone',
      observed: 'all relations are there',
    });
  });

  test.each([
    ['what was built', ['customers', 'export_daily'], 'missing: shop.main.orders'],
    ['what was carried', ['orders', 'export_daily'], 'missing: shop.main.customers'],
    [
      'what no manifest names',
      ['orders', 'customers'],
      'missing: shop.main.export_daily (nothing in the plan removes it)',
    ],
  ])('lists %s when it is missing', async (_, there, observed) => {
    expect(await verdict(shipping(there))).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining(observed),
    });
  });

  test('lets go what the plan announces', async () => {
    const announced = { replace: [], add: [], remove: [onLive('export_daily')] };
    expect(await verdict(shipping(['orders', 'customers'], { plan: { announced } }))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('asks for the rest of live only where whole containers change places', async () => {
    expect(await verdict(shipping(['orders', 'customers'], { plan: { prepare: [] } }))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('where readers use views, asks for those, and not for what somebody has beside them', async () => {
    const found = catalog(['orders', 'customers', 'budget'].map((name) => table(onLive(name))));
    const pointsTo: typeof found.pointsTo = (name) =>
      'identifier' in name && name.identifier !== 'budget' ? onIdle(name.identifier) : null;
    const current = side({ ...found, pointsTo });
    const plan = { exchange: 'view' } as const;
    expect(await verdict(shipping(['orders', 'customers'], { current, plan }))).toMatchObject({ verdict: 'pass' });
    expect(await verdict(shipping(['orders'], { current, plan }))).toMatchObject({ verdict: 'fail' });
  });

  test('asks for what is in other schemas too, under the name that the schema has on the idle side', async () => {
    const loaded = table(onLive('payments', 'raw'));
    const current = side(catalog([table(onLive('orders')), loaded]));
    expect(await verdict(shipping(['orders', 'customers'], { current }))).toMatchObject({
      verdict: 'fail',
      observed: 'missing: shop.raw.payments (nothing in the plan removes it)',
    });
  });

  test('does not ask for what is built in place, which no cutover moves', async () => {
    const iso = { location: '/data/ref.duckdb', database: 'ref', schema: 'main', identifier: 'iso' };
    const nodes = [planned(orders), planned(model('iso'), { live: iso, idle: iso })];
    expect(await verdict(shipping(['orders', 'customers', 'export_daily'], { plan: { nodes } }))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('passes a first release', async () => {
    expect(await verdict(shipping(['orders', 'customers'], { current: null, baseline: null }))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('on the way back does not ask for what only the release has that is left, but for what nobody manages', async () => {
    const newer = side(catalog(['orders', 'customers', 'fresh'].map((name) => table(onLive(name)))));
    const back = {
      direction: 'back',
      current: newer,
      baseline: manifest([orders, customers, model('fresh')]),
    } as const;
    expect(await verdict(shipping(['orders', 'customers'], back))).toMatchObject({ verdict: 'pass' });
    expect(await verdict(shipping(['orders', 'customers'], { ...back, baseline: manifest([orders]) }))).toMatchObject({
      verdict: 'fail',
    });
  });
});
