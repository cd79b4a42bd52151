import { describe, expect, test } from 'vitest';
import type { Relation } from '../../../src/domain/relation.ts';
import { references } from '../../../src/gates/references.ts';
import { answersOf } from './asking.ts';
import { catalog, idle, live, model, onIdle, onLive, planned, side, table, view, type World } from './world.ts';

/** The sealed side: the idle file under its release's name. */
const sealed = (identifier: string, schema = 'main'): Relation => ({
  location: '/data/.shop.lastgreen/r42/shop.duckdb',
  database: 'shop',
  schema,
  identifier,
});

const reading = (reads: readonly Relation[] | 'unreadable', o: World = {}): World => ({
  candidate: side(catalog([table(sealed('orders')), view(sealed('totals'))], { totals: reads })),
  current: side(catalog([table(onLive('orders')), table(onLive('raw_orders'))])),
  ...o,
});

const verdict = async (o: World) => (await answersOf(references, o))['references'];

test('a function that goes live may not read another side, either', async () => {
  const fn = { ...table(sealed('priced')), kind: 'function' };
  const reads = { priced: [onIdle('orders')] };
  expect(await verdict({ candidate: side(catalog([fn], reads)), current: null })).toMatchObject({
    verdict: 'fail',
    observed: 'shop.main.priced reads shop.main.orders of the idle side, which is not what goes live',
  });
});

test('where relations go one by one, none may read what is beside it and stays, as what a hook has made', async () => {
  const green = (identifier: string) => ({ location: '', database: 'shop', schema: 'main__green', identifier });
  const there = [view(green('totals')), view(green('left over')), { ...table(green('rate')), kind: 'function' }];
  const of = (direction: 'forward' | 'back', nodes: readonly string[]) =>
    verdict({
      candidate: side(catalog(there, { totals: [green('rate')], 'left over': [green('rate')] })),
      plan: {
        exchange: 'table',
        idle: [{ ...idle, schema: 'main__green' }],
        nodes: nodes.map((name) => planned(model(name))),
      },
      direction,
    });
  expect(await of('forward', ['totals'])).toMatchObject({
    verdict: 'fail',
    observed: 'shop.main__green.totals reads shop.main__green.rate of the idle side, which is not what goes live',
  });
  expect(await of('forward', ['totals', 'rate'])).toMatchObject({ verdict: 'pass' });
  expect(await of('back', ['totals'])).toMatchObject({ verdict: 'pass' });
});

test('where views read what their text names, each must be able to say the same with the names that readers use', async () => {
  const green = (identifier: string) => ({ location: '', database: 'shop', schema: 'main__green', identifier });
  const rewritten = (followed: boolean) => (): string | null => (followed ? 'select 1' : null);
  const of = (followed: boolean, direction: 'forward' | 'back' = 'forward') =>
    verdict({
      candidate: side({ ...catalog([view(green('totals'))], { totals: [] }), rewritten: rewritten(followed) }),
      plan: {
        exchange: 'table',
        idle: [{ ...idle, schema: 'main__green' }],
        nodes: [planned(model('totals'), { idle: green('totals'), live: { ...green('totals'), schema: 'main' } })],
      },
      direction,
    });
  expect(await of(false)).toMatchObject({
    verdict: 'fail',
    observed:
      'shop.main__green.totals names what it reads in a way that cannot be turned into the names that readers use',
  });
  expect(await of(true)).toMatchObject({ verdict: 'pass' });
  // What comes back says what it said.
  expect(await of(false, 'back')).toMatchObject({ verdict: 'pass' });
});

describe('a view that goes live', () => {
  test('may read what goes live with it', async () => {
    expect(await verdict(reading([sealed('orders')]))).toEqual({
      verdict: 'pass',
      expected: '1 view that reads only what will be live',
      observed: 'no view reads another side',
    });
  });

  test('may read what stays live, and what is on no side at all', async () => {
    expect(
      await verdict(
        reading([
          onLive('raw_orders'),
          { location: '/data/ref.duckdb', database: 'ref', schema: 'main', identifier: 'iso' },
        ]),
      ),
    ).toMatchObject({ verdict: 'pass' });
  });

  test.each([
    ['what cannot be found out', 'unreadable' as const, 'shop.main.totals reads what cannot be found out'],
    [
      'the idle side by its name',
      [onIdle('orders')],
      'shop.main.totals reads shop.main.orders of the idle side, which is not what goes live',
    ],
    [
      'what live has and will not have any more',
      [sealed('raw_orders')],
      'shop.main.totals reads shop.main.raw_orders, which live will not have any more',
    ],
  ])('may not read %s', async (_, reads, observed) => {
    expect(await verdict(reading(reads))).toMatchObject({ verdict: 'fail', observed });
  });

  test('may not read what the release takes out of live', async () => {
    const announced = { replace: [onLive('orders')], add: [], remove: [] };
    expect(await verdict(reading([onLive('orders')], { plan: { announced, live: [live] } }))).toMatchObject({
      verdict: 'fail',
      observed: 'shop.main.totals reads shop.main.orders, which this release takes out of live',
    });
  });

  test('may read what is no relation (a file, a system view), or is as broken on live already', async () => {
    expect(await verdict(reading([sealed('data/iso.parquet')]))).toMatchObject({ verdict: 'pass' });
    expect(await verdict(reading([onLive('data/iso.parquet')]))).toMatchObject({ verdict: 'pass' });
    expect(await verdict(reading([sealed('raw_orders')], { current: null }))).toMatchObject({ verdict: 'pass' });
  });

  test('blocks on the way back too', async () => {
    expect(await verdict(reading('unreadable', { direction: 'back' }))).toMatchObject({ verdict: 'fail' });
  });
});
