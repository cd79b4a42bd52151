import { describe, expect, it } from 'vitest';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import type { Tie } from '../../../src/warehouse/port.ts';
import { code, ids, prepared, says, shop } from './telling.ts';
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
    const view: Tie = { what: 'view bi.totals', by: named('totals', 'bi'), does: 'follows' };
    const key: Tie = { what: 'foreign key fk of bi.notes', by: named('notes', 'bi'), does: 'holds' };

    it('is refused with a list of what would stay with the relation that leaves live', () => {
      expect(held({ orders: [key, { what: 'publication feed', by: null, does: 'holds' }] })).toThrow(
        code('PLAN_REFUSED', 'main.orders is held by foreign key fk of bi.notes'),
      );
      expect(held({ orders: [{ what: 'publication feed', by: null, does: 'holds' }] })).toThrow(
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

    it('goes on where it is the relation itself that refers to what stays, also when it goes away', () => {
      const own: Tie = { what: 'foreign key fk to bi.notes', by: named('notes', 'bi'), does: 'refers' };
      expect(ids(held({ orders: [own], gone: [own] })().nodes)).toEqual(['orders', 'lines']);
    });
  });

  describe('where history is copied that refers to others', () => {
    const key = (to: string): Tie => ({ what: `foreign key fk to ${to}`, by: named(to), does: 'refers' });
    const referring = (...to: readonly string[]) => {
      const made = given(shop(), shop({ body: 'new' }));
      const tables = ['fact', 'mart', 'other'].map((one) => named(one));
      const views = [named('stg')];
      return makePlan({
        ...made,
        catalog: catalog({ tables, views, ties: { fact: to.map(key), mart: [key('other')] } }),
      });
    };

    it('refers to what stays before dbt writes to it, and to what is built once it is', () => {
      const plan = referring('other', 'mart', 'other');
      expect(prepared(plan).slice(-2)).toEqual([
        'copy main.fact to main__green.fact',
        'refer main__green.fact to main.other',
      ]);
      expect(plan.settle.map(says)).toEqual(['refer main__green.fact to main__green.mart']);
    });

    it('is left to its definition where it refers to nothing, or is built anew', () => {
      const plan = referring();
      expect([...plan.prepare, ...plan.settle].filter((fill) => fill.do === 'refer')).toEqual([]);
    });

    it('is refused where what it refers to goes away', () => {
      const of = (more: readonly string[]) =>
        project([
          node('up', { body: more.length > 0 ? 'old' : 'new' }),
          node('fact', { materialized: 'incremental', reads: ['up'], config: { full_refresh: false } }),
          ...more.map((name) => node(name)),
        ]);
      const made = given(of(['gone']), of([]));
      const tables = ['up', 'fact', 'gone'].map((one) => named(one));
      expect(() => makePlan({ ...made, catalog: catalog({ tables, ties: { fact: [key('gone')] } }) })).toThrow(
        code('PLAN_REFUSED', 'main.fact keeps its rows and has foreign key fk to gone, which goes away.'),
      );
    });
  });

  describe('where functions change', () => {
    const fn = (body: string) => node('fn', { body, resource: 'function', materialized: 'function' });
    const of = (body: string) =>
      project([
        fn(body),
        node('priced', { reads: ['fn'], materialized: 'view' }),
        node('fact', { materialized: 'incremental', reads: ['fn'], config: { full_refresh: false } }),
      ]);
    const [live, rows] = [named('fn'), { tables: [named('fact')], views: [named('priced')] }];
    const planned = (o: Parameters<typeof catalog>[0]) =>
      makePlan({
        ...given(of('old'), of('new')),
        catalog: catalog({ ...rows, functions: [[live, 'function']], ...o }),
      });

    it('drops what is left of them on the idle side, and replaces them with what calls them', () => {
      const plan = planned({});
      expect(plan.prepare).toContainEqual({ do: 'drop', what: named('fn', 'main__green'), kind: 'function' });
      expect(plan.prepare).toContainEqual({ do: 'drop', what: named('priced', 'main__green') });
      expect(plan.announced.replace).toEqual([live, named('priced'), named('fact')]);
    });

    it.each([
      ['aggregate', 'live has an aggregate'],
      ['overloaded function', 'live has an overloaded function'],
      ['procedure', 'live has a procedure'],
    ])('is refused where live has another kind of function (%s) under the name', (kind, told) => {
      expect(() => planned({ functions: [[live, kind]] })).toThrow(
        code('PLAN_REFUSED', `fn is a function, and ${told}`),
      );
    });

    it('is refused where a table and a function would take each other’s place', () => {
      expect(() => planned({ tables: [live, named('fact')], functions: [] })).toThrow(
        code('PLAN_REFUSED', 'fn is a function, and live has a table shop.main.fn'),
      );
      expect(() =>
        planned({
          views: [],
          functions: [
            [live, 'function'],
            [named('priced'), 'function'],
          ],
        }),
      ).toThrow(code('PLAN_REFUSED', 'priced is no function, and live has a function shop.main.priced'));
    });

    it('is refused where rows are kept whose table calls the function that leaves', () => {
      const tie = (by: string): Tie => ({ what: `default of price of main.${by}`, by: named(by), does: 'holds' });
      expect(() => planned({ ties: { fn: [tie('fact')] } })).toThrow(
        code('PLAN_REFUSED', 'main.fn is held by default of price of main.fact, which keeps its rows'),
      );
      expect(ids(planned({ ties: { fn: [tie('priced')] } }).nodes)).toEqual(['fn', 'priced', 'fact']);
    });
  });
});
