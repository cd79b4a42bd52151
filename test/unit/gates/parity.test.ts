import { describe, expect, test } from 'vitest';
import { parity } from '../../../src/gates/parity.ts';
import { answersOf } from './asking.ts';
import { contractColumn, manifest, model, onLive } from './world.ts';

const liveOrders = model('orders', {
  relation: { location: '', database: 'shop', schema: 'main', identifier: 'orders' },
  config: {
    materialized: 'table',
    schema: null,
    database: 'shop',
    'post-hook': ['grant select on shop.main.orders to readers'],
  },
});
const idleOrders = model('orders', {
  relation: { location: '', database: 'shop', schema: 'main__green', identifier: 'orders' },
  config: {
    materialized: 'table',
    schema: 'green',
    database: 'shop',
    'post-hook': ['grant select on shop.main__green.orders to readers'],
  },
});

const verdict = async (idle: (typeof idleOrders)[], live = [liveOrders]) =>
  (await answersOf(parity, { at: 'built', manifest: manifest(idle), liveManifest: manifest(live) }))['parity'];

describe('the parity gate', () => {
  test('passes two sides that differ by names only, in texts of the config too', async () => {
    expect(await verdict([idleOrders])).toEqual({
      verdict: 'pass',
      expected: '1 node with the same config on both sides, apart from names',
      observed: 'no difference between the sides',
    });
  });

  test.each([
    [
      'config',
      { config: { ...idleOrders.config, materialized: 'view' }, materialized: 'view' },
      'orders (config: materialized)',
    ],
    ['a hook', { config: { ...idleOrders.config, 'post-hook': [] } }, 'orders (config: post-hook)'],
    ['tags', { tags: ['nightly'] }, 'orders (tags)'],
    ['columns', { columns: [contractColumn('id', 'int')] }, 'orders (columns)'],
    ['a contract', { contract: { enforced: true } }, 'orders (contract)'],
    ['code', { body: 'another' }, 'orders (body)'],
  ])('fails when a side has another %s', async (_, o, observed) => {
    expect(await verdict([model('orders', { ...idleOrders, ...o })])).toMatchObject({ verdict: 'fail', observed });
  });

  test('fails when a node is on one side only', async () => {
    const extra = model('audit', { relation: onLive('audit') });
    expect(await verdict([idleOrders, extra])).toMatchObject({
      verdict: 'fail',
      observed: 'audit (only on the idle side)',
    });
    expect(await verdict([], [liveOrders])).toMatchObject({
      verdict: 'fail',
      observed: 'orders (only on the live side)',
    });
  });

  test('has nothing to ask when nothing is built', async () => {
    expect(await answersOf(parity, { at: 'built', plan: { kind: 'no-op' } })).toEqual({});
  });
});
