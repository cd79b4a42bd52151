import { describe, expect, it } from 'vitest';
import { toText } from '../../../src/cli/render/blocks.ts';
import { plannedBlocks, plannedOf } from '../../../src/cli/render/plan.ts';
import { billOf, builtInFull, refuseTooDear } from '../../../src/planning/bill.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { facts, model, node, project } from './world.ts';

const TIB = 1_099_511_627_776;

const history = (name: string, full_refresh: boolean | null) =>
  node(name, {
    materialized: 'incremental',
    config: { materialized: 'incremental', ...(full_refresh === null ? {} : { full_refresh }) },
  });
const shop = (body: string) =>
  project([
    { ...node('orders'), body },
    { ...node('names', { materialized: 'view' }), body },
    { ...history('rebuilt', null), body },
    { ...history('seeded', false), body },
    node('unchanged'),
  ]);
const plan = makePlan(facts(shop('old'), shop('new')));

describe('what building in full will read', () => {
  it('is asked of tables and of histories that start anew; not of views, of what is seeded, of what stays', () => {
    expect(builtInFull(plan).map(({ name }) => name)).toEqual(['orders', 'rebuilt']);
  });

  const bill = billOf(builtInFull(plan), new Map([[model('rebuilt'), TIB]]), {
    maxBytes: null,
    price: { perTib: 6.25, currency: 'EUR' },
  });

  it('is told by node, largest first, with its price, and what cannot be told beforehand', () => {
    expect(bill).toEqual({
      nodes: [
        { id: model('rebuilt'), name: 'rebuilt', bytes: TIB },
        { id: model('orders'), name: 'orders', bytes: null },
      ],
      bytes: TIB,
      price: { amount: 6.25, currency: 'EUR' },
    });
    const said = toText(plannedBlocks(plannedOf({ ...plan, bill })), false);
    expect(said).toContain('Reads 1 TB to build in full, about 6.25 EUR: rebuilt 1 TB.');
    expect(said).toContain('What orders will read cannot be told before a parent is built.');
  });

  it('stops the plan where it is more than the settings allow, and names what reads most', () => {
    expect(() => refuseTooDear(bill, { maxBytes: TIB, price: null })).not.toThrow();
    expect(() => refuseTooDear(bill, { maxBytes: TIB - 1, price: null })).toThrowError(
      expect.objectContaining({ code: 'TOO_DEAR', exit: 8, message: expect.stringContaining(`rebuilt ${TIB} bytes`) }),
    );
  });
});
