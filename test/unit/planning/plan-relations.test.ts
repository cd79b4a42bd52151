import { describe, expect, it } from 'vitest';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import type { Tie } from '../../../src/warehouse/port.ts';
import { code, ids, prepared, shop } from './telling.ts';
import { catalog, facts, named, node, project, tableTraits } from './world.ts';

describe('the plan of a release whose relations change places one by one', () => {
  const green = (of: ReturnType<typeof shop>) => ({
    ...of,
    nodes: new Map(
      [...of.nodes].map(([id, one]) => [
        id,
        { ...one, relation: one.relation && { ...one.relation, schema: `${one.relation.schema}__green` } },
      ]),
    ),
  });
  const given = (was: ReturnType<typeof shop> | null, is: ReturnType<typeof shop>): PlanFacts => {
    const made = facts(was, is, { traits: tableTraits, locate: (relation) => relation });
    const tables = [...(was?.nodes.values() ?? [])].flatMap((one) =>
      one.relation && one.materialized !== 'view' ? [one.relation] : [],
    );
    const views = [...(was?.nodes.values() ?? [])].flatMap((one) =>
      one.relation && one.materialized === 'view' ? [one.relation] : [],
    );
    return { ...made, manifests: { live: is, idle: green(is), baseline: was }, catalog: catalog({ tables, views }) };
  };

  it('holds only the change set, seeded where there is history, and defers the rest to live', () => {
    const plan = makePlan(given(shop(), shop({ body: 'new' })));
    expect(prepared(plan)).toEqual([
      'create *',
      'drop main__green.mart',
      'drop main__green.stg',
      'copy main.fact to main__green.fact',
    ]);
    expect(ids(plan.deferred)).toEqual(['other']);
    expect(plan).toMatchObject({ carried: [], live: [{ schema: 'main' }], idle: [{ schema: 'main__green' }] });
  });

  it('lists a schema that only loses relations after those that have an idle side', () => {
    const of = (more: boolean) =>
      project([
        node('a', { body: more ? 'old' : 'new' }),
        ...(more ? [node('b', { relation: named('b', 'aside') })] : []),
      ]);
    const plan = makePlan(given(of(true), of(false)));
    expect(plan.live.map(({ schema }) => schema)).toEqual(['main', 'aside']);
    expect(plan.idle.map(({ schema }) => schema)).toEqual(['main__green']);
    expect(plan.announced.remove).toEqual([named('b', 'aside')]);
  });

  describe('where relations are held by their identity', () => {
    const was = project([node('orders', { body: 'old' }), node('gone'), node('lines', { body: 'old' })]);
    const is = project([node('orders'), node('lines')]);
    const held = (ties: Readonly<Record<string, readonly Tie[]>>) => () => {
      const made = given(was, is);
      const tables = ['orders', 'gone', 'lines'].map((one) => named(one));
      return makePlan({ ...made, catalog: catalog({ tables, ties }) });
    };
    const view: Tie = { what: 'view bi.totals', by: named('totals', 'bi'), follows: true };
    const key: Tie = { what: 'foreign key fk of bi.notes', by: named('notes', 'bi'), follows: false };

    it('is refused with a list of what would stay with the relation that leaves live', () => {
      expect(held({ orders: [key, { what: 'publication feed', by: null, follows: false }] })).toThrow(
        code('PLAN_REFUSED', 'main.orders is held by foreign key fk of bi.notes'),
      );
      expect(held({ orders: [{ what: 'publication feed', by: null, follows: false }] })).toThrow(
        code('PLAN_REFUSED', 'publication feed'),
      );
    });

    it('goes on where a view is bound to what comes, and where both ends move', () => {
      expect(ids(held({ orders: [view] })().nodes)).toEqual(['orders', 'lines']);
      const both = { ...key, by: named('lines') };
      expect(ids(held({ orders: [both] })().nodes)).toEqual(['orders', 'lines']);
    });

    it('is refused where a view would have nothing to read any more', () => {
      expect(held({ gone: [view] })).toThrow(code('PLAN_REFUSED', 'main.gone is held by view bi.totals'));
    });
  });

  it('is refused with a function in it, which does not move yet', () => {
    const of = (body: string) => project([node('fn', { body, resource: 'function', materialized: 'function' })]);
    expect(() => makePlan(given(of('old'), of('new')))).toThrow(code('PLAN_REFUSED', 'fn is a function'));
  });
});
