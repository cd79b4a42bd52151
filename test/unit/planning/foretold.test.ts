import { describe, expect, it } from 'vitest';
import type { Mark } from '../../../src/domain/cutover.ts';
import { fence, nodeId, sha } from '../../../src/domain/ids.ts';
import type { Plan, PlannedNode } from '../../../src/domain/plan.ts';
import type { Container, Relation } from '../../../src/domain/relation.ts';
import { foretold, kindIn } from '../../../src/planning/foretold.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { explain } from '../../../src/warehouse/postgres/explain.ts';
import { explain as snowflake } from '../../../src/warehouse/snowflake/explain.ts';
import { shop } from './telling.ts';
import { catalog, facts, fileSides, fileTraits, moveTraits, named, release, tableTraits } from './world.ts';

const schema = (name: string): Container => ({ location: '', database: 'shop', schema: name });
const green = (name: string): Relation => named(name, 'main__green');
const mark: Mark = {
  lineage: 'x',
  fence: fence(4),
  release: release('r4'),
  content: release('r3'),
  sha: sha('a'.repeat(40)),
  back: false,
  previous: null,
  token: null,
  at: '',
};

const first = makePlan(facts(null, shop(), { catalog: catalog() }));
const built = (name: string, materialized: string): PlannedNode => ({
  id: nodeId(`model.shop.${name}`),
  name,
  resource: 'model',
  materialized,
  live: named(name),
  idle: green(name),
  reasons: [],
  history: 'none',
  because: '',
  checkShape: false,
  backfillSince: null,
});
/** A table that was a view, a view that is new, and a table that goes away. */
const plan: Plan = {
  ...first,
  exchange: 'move',
  nodes: [built('orders', 'table'), built('totals', 'view')],
  prepare: [
    { do: 'drop', what: green('orders') },
    { do: 'drop', what: green('totals') },
  ],
  live: [schema('main')],
  idle: [schema('main__green')],
  announced: { replace: [named('orders')], add: [named('totals')], remove: [named('gone')] },
};
const there = catalog({ tables: [named('gone')], views: [named('orders'), green('orders')] });

describe('what a plan says of a cutover', () => {
  const told = (steps: readonly Parameters<typeof kindIn>[0][]) =>
    steps.map((step) => explain(step, kindIn(step, { plan, catalog: there })));

  it('is every exchange and every view where views read what their texts name', () => {
    const standing = { mark, claimed: fence(7) };
    const byName = { ...tableTraits, viewsBind: 'name' } as const;
    const before = catalog({ tables: [named('orders'), named('gone')], views: [named('totals')] });
    const steps = foretold({ plan, catalog: before, standing, traits: byName });
    expect(steps.map((step) => snowflake(step, kindIn(step, { plan, catalog: before })))).toEqual([
      'alter table "shop"."main"."orders" swap with "shop"."main__green"."orders";',
      '-- "shop"."main"."totals": the query of totals, once dbt has compiled it;',
      'alter table "shop"."main"."gone" rename to "shop"."main__green"."gone";',
      'alter schema "shop"."main__green" rename to "shop"."main__r3";',
      '-- the text of "shop"."main__r3"."totals" rests in LASTGREEN.RESTING;',
    ]);
  });

  it('is every move that it announces, by kind, and where what leaves live will rest', () => {
    const standing = { mark, claimed: fence(7) };
    expect(told(foretold({ plan, catalog: there, standing, traits: moveTraits }))).toEqual([
      'create schema if not exists "main__r3";',
      'alter view "main"."orders" set schema "main__r3";',
      'alter table "main__green"."orders" set schema "main";',
      'alter view "main__green"."totals" set schema "main";',
      'alter table "main"."gone" set schema "main__r3";',
    ]);
  });

  it('begins with dropping what an earlier release left, as what it is', () => {
    expect(told(plan.prepare)).toEqual([
      'drop view if exists "main__green"."orders";',
      '-- drop "main__green"."totals", table or view, if it is there by then',
    ]);
  });

  it('is one change where whole files change places, and none where nothing is built', () => {
    const whole = { ...plan, exchange: 'file' as const, live: fileSides.live, idle: fileSides.idle };
    const asked = { catalog: catalog(), standing: { mark: null, claimed: fence(0) }, traits: fileTraits };
    expect(foretold({ ...asked, plan: whole })).toMatchObject([
      { do: 'point', name: fileSides.live[0], to: fileSides.idle[0] },
    ]);
    expect(foretold({ ...asked, plan: { ...whole, kind: 'no-op' } })).toEqual([]);
  });
});
