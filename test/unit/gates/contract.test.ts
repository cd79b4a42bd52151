import { describe, expect, test } from 'vitest';
import { contract } from '../../../src/gates/contract.ts';
import type { CatalogRelation } from '../../../src/warehouse/port.ts';
import { answersOf } from './asking.ts';
import {
  catalog,
  column,
  contractColumn,
  manifest,
  model,
  onIdle,
  planned,
  side,
  table,
  view,
  world,
} from './world.ts';

const promised = [
  contractColumn('order_id', 'integer', [{ type: 'not_null' }]),
  contractColumn('country', 'text'),
  contractColumn('note', null),
];
const orders = model('orders', { contract: { enforced: true }, columns: promised });
const kept = [column('order_id', 'INTEGER', false), column('country', 'VARCHAR'), column('note', 'JSON')];

const verdictOn = async (built: readonly CatalogRelation[], node = orders) =>
  (
    await answersOf(contract, {
      liveManifest: manifest([node]),
      plan: { nodes: [planned(node)] },
      candidate: side(catalog(built)),
    })
  )['contract:orders'];

describe('the contract gate', () => {
  test('asks about the built nodes whose contract is enforced', () => {
    const all = [orders, model('customers'), model('unbuilt', { contract: { enforced: true } })];
    const facts = world({ liveManifest: manifest(all), plan: { nodes: all.slice(0, 2).map((node) => planned(node)) } });
    expect(contract.expect(facts).map(({ id }) => id)).toEqual(['contract:orders']);
  });

  test('passes a relation with exactly the columns of its contract', async () => {
    expect(await verdictOn([table(onIdle('orders'), kept)])).toEqual({
      verdict: 'pass',
      expected: 'the 3 columns of its contract',
      observed: 'the 3 columns of its contract',
    });
  });

  test('passes names that the engine folded to upper case', async () => {
    const folded = kept.map((one) => ({ ...one, name: one.name.toUpperCase() }));
    expect(await verdictOn([table(onIdle('orders'), folded)])).toMatchObject({ verdict: 'pass' });
  });

  test.each([
    ['a missing column', kept.slice(1), 'order_id is missing'],
    ['a column too many', [...kept, column('secret', 'VARCHAR')], 'secret is not in the contract'],
    ['another type', [column('order_id', 'VARCHAR', false), ...kept.slice(1)], 'order_id is VARCHAR, not integer'],
    ['a column that may be null', [column('order_id', 'INTEGER'), ...kept.slice(1)], 'order_id may be null'],
    ['several at once', [column('order_id', 'INTEGER', false)], 'country is missing; note is missing'],
  ])('fails %s', async (_, columns, observed) => {
    expect(await verdictOn([table(onIdle('orders'), columns)])).toMatchObject({ verdict: 'fail', observed });
  });

  test('does not ask a view for not null, which engines do not keep there', async () => {
    const nullable = kept.map((one) => ({ ...one, nullable: true }));
    expect(await verdictOn([view(onIdle('orders'), nullable)])).toMatchObject({ verdict: 'pass' });
  });

  test('tells columns apart that differ by case only', async () => {
    const both = model('orders', {
      contract: { enforced: true },
      columns: [contractColumn('id', 'integer'), contractColumn('Id', 'text')],
    });
    expect(
      await verdictOn([table(onIdle('orders'), [column('id', 'INTEGER'), column('Id', 'VARCHAR')])], both),
    ).toMatchObject({ verdict: 'pass' });
    expect(
      await verdictOn([table(onIdle('orders'), [column('id', 'INTEGER'), column('ID', 'VARCHAR')])], both),
    ).toMatchObject({ verdict: 'fail' });
  });

  test('fails a relation that is not there', async () => {
    expect(await verdictOn([])).toMatchObject({
      verdict: 'fail',
      observed: 'no relation for orders on the side that is to go live',
    });
  });
});
