import { describe, expect, it } from 'vitest';
import { type Change, reverseChanges } from '../../../src/domain/change.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { observe } from '../../../src/domain/observe.ts';
import { type Container, inContainer, type Relation } from '../../../src/domain/relation.ts';
import { planCutoverBack } from '../../../src/planning/cutover-back.ts';
import { foretold } from '../../../src/planning/foretold.ts';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import type { Traits } from '../../../src/warehouse/port.ts';
import { asCatalog, at, carry, cut, file, now, previous, sealAt, statesOf } from './cutting.ts';
import { catalog, facts, fileSides, node, onIdle, onLive, project, release, tableTraits } from './world.ts';

const traits: Traits = { ...tableTraits, cutover: 'each', exchange: 'view', viewsBind: 'name' };
const [green] = fileSides.idle;
const [blue, grey] = [at('blue'), at('grey')];

const inSlot = (slot: Container, ...names: readonly string[]): readonly Relation[] =>
  names.map((name) => inContainer(onLive(name), slot));

/** Readers' views and the slot that they point to, beside what the next slot holds. */
const there = (lives: readonly string[], comes: readonly string[] = []) =>
  catalog({
    tables: [...lives.map((name) => onLive(name)), ...inSlot(blue, ...lives), ...inSlot(green, ...comes)],
    points: [[file, blue], ...lives.map((name) => [onLive(name), inContainer(onLive(name), blue)] as const)],
  });

const shop = (body: string, ...more: readonly string[]): Manifest =>
  project([node('orders', { body }), node('stock'), ...more.map((name) => node(name))]);

const given = (was: Manifest | null, is: Manifest): PlanFacts =>
  facts(was, is, {
    traits,
    catalog: there([...(was?.nodes.values() ?? [])].map(({ name }) => name)),
  });

const told = (changes: readonly Change[]): readonly string[] =>
  changes.map((change) =>
    change.do === 'repoint'
      ? `${change.name.identifier}: ${change.was?.location.split('/')[3] ?? 'nothing'} -> ${change.to?.location.split('/')[3] ?? 'nothing'}`
      : change.do,
  );

describe('the plan of a release behind views', () => {
  it('makes the slot what live is, without what is built anew or goes', () => {
    const plan = makePlan(given(shop('old', 'gone'), shop('new')));
    expect(plan.prepare).toMatchObject([
      { do: 'copy', from: file, to: green, without: [onIdle('orders'), onIdle('gone')] },
    ]);
    expect(plan.carried.map(({ live }) => live)).toEqual([onLive('stock')]);
    expect(plan.deferred).toEqual([]);
  });

  it('empties the slot also where nothing is live yet', () => {
    const plan = makePlan({ ...given(null, shop('new')), catalog: catalog() });
    expect(plan.prepare).toMatchObject([{ do: 'copy', from: file, to: green }]);
  });

  it('refuses a function, which no view can stand for', () => {
    const is = project([node('orders'), node('tax', { resource: 'function', materialized: 'function' })]);
    expect(() => makePlan(given(shop('old'), is))).toThrow(/tax is a function: on this warehouse readers use views/);
  });

  it('foretells that each view is repointed, whatever the slot holds by now', () => {
    const plan = makePlan(given(shop('old'), shop('new', 'fresh')));
    const steps = foretold({
      plan,
      catalog: there(['orders', 'stock'], ['left over']),
      standing: { mark: previous, claimed: previous.fence },
      traits,
    });
    expect(steps.map((step) => (step.do === 'repoint' ? step.name.identifier : step.do)).toSorted()).toEqual([
      'fresh',
      'orders',
      'stock',
    ]);
  });
});

describe('a cutover of views', () => {
  const plan = makePlan(given(shop('old', 'gone'), shop('new', 'fresh')));
  const full = there(['orders', 'stock', 'gone'], ['fresh', 'orders', 'stock']);
  const planned = () => cut(plan, { catalog: full, traits, seal: sealAt(green) });

  it('repoints first what readers can tell, takes away what goes, then the rest', () => {
    const { changes, visible, kept } = planned();
    expect(told(changes)).toEqual([
      'fresh: nothing -> green',
      'orders: blue -> green',
      'gone: blue -> nothing',
      'stock: blue -> green',
    ]);
    expect([visible, kept]).toEqual([3, [blue]]);
  });

  it('writes down what a view said that readers can tell from what comes', () => {
    const views = [onLive('orders'), onLive('stock')];
    const lives = catalog({
      views: [...views, ...inSlot(blue, 'orders', 'stock'), ...inSlot(green, 'orders', 'stock')],
      points: [[file, blue], ...views.map((name) => [name, inContainer(name, blue)] as const)],
    });
    const shown = makePlan({ ...given(shop('old'), shop('new')), catalog: lives });
    const { changes } = cut(shown, { catalog: lives, traits, seal: sealAt(green) });
    expect(changes.map((change) => change.do === 'repoint' && [change.name.identifier, change.said])).toEqual([
      ['orders', 'select from orders'],
      ['stock', undefined],
    ]);
    expect(reverseChanges(changes).some((change) => 'said' in change)).toBe(false);
  });

  it('is done in any part and observed, and reversed leaves all as it was', () => {
    const { changes } = planned();
    const states = statesOf(full);
    for (let n = 0; n <= changes.length; n++) {
      const half = carry(states, changes.slice(0, n));
      const seen = observe(changes, (name) => asCatalog(half).state(name));
      expect([n, seen.todo]).toEqual([n, changes.slice(n)]);
      const back = carry(half, reverseChanges(seen.done));
      const names = changes.flatMap(({ before }) => before.map(([name]) => name));
      expect(names.map((name) => asCatalog(back).state(name))).toEqual(names.map((name) => full.state(name)));
    }
  });

  it('changes nothing where a view points to the right place already', () => {
    const nothing = makePlan(given(shop('old'), shop('old')));
    expect(cut(nothing, { catalog: full, traits, seal: null }).changes).toEqual([]);
  });

  it('leaves a table alone that somebody made beside the views', () => {
    const beside = catalog({ tables: [onLive('theirs'), ...inSlot(green, 'orders')], points: [] });
    const { changes } = cut(makePlan(given(null, project([node('orders')]))), {
      catalog: beside,
      traits,
      seal: sealAt(green),
    });
    expect(told(changes)).toEqual(['orders: nothing -> green']);
  });
});

describe('the way back of views', () => {
  const back = (seen?: readonly Relation[]) =>
    planCutoverBack({
      release: release('r43'),
      content: release('r41'),
      sha: previous.sha,
      target: [grey],
      seal: null,
      live: [file],
      catalog: catalog({
        tables: [
          onLive('orders'),
          onLive('stock'),
          ...inSlot(blue, 'orders', 'stock'),
          ...inSlot(grey, 'orders', 'stock'),
        ],
        points: [
          [file, blue],
          ...['orders', 'stock'].map((name) => [onLive(name), inContainer(onLive(name), blue)] as const),
        ],
      }),
      moves: null,
      ...(seen ? { seen } : {}),
      traits,
      previous,
      fence: previous.fence,
      lineage: 'abc',
      now,
    });

  it('repoints to the kept slot, first what differs, and keeps the one that is left', () => {
    const { changes, visible, kept } = back([onLive('stock')]);
    expect(told(changes)).toEqual(['stock: blue -> grey', 'orders: blue -> grey']);
    expect([visible, kept]).toEqual([1, [blue]]);
  });

  it('counts all as seen where nobody can tell', () => {
    expect(back().visible).toBe(2);
  });
});
