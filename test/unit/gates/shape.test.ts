import { describe, expect, test } from 'vitest';
import { shape } from '../../../src/gates/shape.ts';
import type { Column } from '../../../src/warehouse/port.ts';
import { answersOf } from './asking.ts';
import { catalog, column, manifest, model, onIdle, planned, result, side, table, world } from './world.ts';

const orders = model('orders', { materialized: 'incremental' });
const id = column('id', 'BIGINT');
const kept = [id, column('amount', 'DOUBLE')];

const verdictOn = async (
  gives: readonly Column[],
  { compiled = 'select 1', was = orders }: { compiled?: string | null; was?: typeof orders } = {},
) =>
  (
    await answersOf(shape, {
      at: 'built',
      liveManifest: manifest([orders]),
      baseline: manifest([was]),
      plan: { nodes: [planned(orders, { history: 'seed', checkShape: true })] },
      candidate: side(catalog([table(onIdle('orders'), kept)]), () => [], { describe: async () => gives }),
      results: [result(orders.id, 'success', compiled === null ? {} : { compiled })],
    })
  )['shape:orders'];

describe('the shape gate', () => {
  test('asks only about nodes that kept their rows although their definition changed', () => {
    const facts = world({
      liveManifest: manifest([orders, model('customers')]),
      plan: { nodes: [planned(orders, { history: 'seed', checkShape: true }), planned(model('customers'))] },
    });
    expect(shape.expect(facts).map(({ id }) => id)).toEqual(['shape:orders']);
  });

  test('passes when the kept rows have the columns that the query gives', async () => {
    expect(await verdictOn(kept)).toMatchObject({ verdict: 'pass' });
  });

  test.each([
    ['a column that is new', [...kept, column('country', 'VARCHAR')], 'country is missing'],
    ['a column of another type', [id, column('amount', 'BIGINT')], 'amount is DOUBLE, its query gives BIGINT'],
    ['a column that is gone', [id], 'amount is not in its query any more'],
  ] as const)('leaves %s to a person', async (_, gives, says) => {
    const verdict = await verdictOn(gives);
    expect(verdict).toMatchObject({ verdict: 'inconclusive', because: expect.stringContaining(says) });
  });

  test('leaves rows that lie otherwise than the config now says to a person', async () => {
    const was = model('orders', { materialized: 'incremental', config: { partition_by: { field: 'day' } } });
    const verdict = await verdictOn(kept, { was });
    expect(verdict).toMatchObject({ verdict: 'inconclusive', because: expect.stringContaining('its partition_by is') });
  });

  test('does not pass when dbt left nothing to compare with', async () => {
    expect(await verdictOn(kept, { compiled: null })).toMatchObject({ verdict: 'inconclusive' });
  });
});
