import { describe, expect, it } from 'vitest';
import { type Change, filled, reverseChanges, type State } from '../../../src/domain/change.ts';
import type { NodeId } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { observe } from '../../../src/domain/observe.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { displayName, isRelation, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import { exchangeContainers } from '../../../src/planning/strategies/exchange-containers.ts';
import type { Traits } from '../../../src/warehouse/port.ts';
import { catalogOf, says, schema, short, statesOf, textsIn, textsOf, type World } from './by-name.ts';
import { carry } from './cutting.ts';
import { ids } from './telling.ts';
import { catalog, facts, named, node, project, release, tableTraits } from './world.ts';

const traits: Traits = { ...tableTraits, exchange: 'schema', viewsBind: 'name' };

describe('the plan of a release whose schemas change places', () => {
  const green = (of: Manifest): Manifest => ({
    ...of,
    nodes: new Map(
      [...of.nodes].map(([id, one]) => [
        id,
        { ...one, relation: one.relation && { ...one.relation, schema: `${one.relation.schema}__green` } },
      ]),
    ),
  });
  const given = (was: Manifest, is: Manifest, idle = green(is)): PlanFacts => {
    const tables = [...was.nodes.values()].flatMap((one) => one.relation ?? []);
    const made = facts(was, is, { traits, locate: (relation) => relation });
    return { ...made, manifests: { live: is, idle, baseline: was }, catalog: catalog({ tables }) };
  };
  const shop = (body: string, more: readonly ReturnType<typeof node>[] = []): Manifest =>
    project([
      node('orders', { body }),
      node('stock', {
        materialized: 'incremental',
        body,
        config: { full_refresh: false, materialized: 'incremental' },
      }),
      node('beside'),
      node('report', { relation: named('report', 'bi') }),
      ...more,
    ]);

  const told = ({ prepare }: Plan): readonly string[] =>
    prepare.map((fill) => {
      const to = displayName(filled(fill)).replace('shop.', '');
      return fill.do === 'copy' ? `copy ${displayName(fill.from).replace('shop.', '')} to ${to}` : `${fill.do} ${to}`;
    });

  it('copies each schema that holds a change, empties what is built anew, and reads the others where they are', () => {
    const plan = makePlan(given(shop('old'), shop('new')));
    expect(told(plan)).toEqual(['copy main to main__green', 'drop main__green.orders']);
    expect(plan).toMatchObject({
      exchange: 'schema',
      live: [{ schema: 'main' }],
      idle: [{ schema: 'main__green' }],
    });
    expect(ids(plan.carried)).toEqual(['beside']);
    expect(ids(plan.deferred)).toEqual(['report']);
  });

  it('copies a schema that only loses relations, too', () => {
    const plan = makePlan(given(shop('old', [node('gone', { relation: named('gone', 'aside') })]), shop('old')));
    expect(told(plan)).toEqual(['copy aside to aside__green', 'drop aside__green.gone']);
    expect(plan.announced.remove).toEqual([named('gone', 'aside')]);
    expect(plan.idle.map(({ schema: name }) => name)).toEqual(['aside__green']);
  });

  it('makes an empty one of what is new', () => {
    const plan = makePlan(given(shop('old'), shop('old', [node('fresh', { relation: named('fresh', 'news') })])));
    expect(told(plan)).toEqual(['create news__green']);
  });

  it('refuses where loaders write to a schema that would change places', () => {
    const is = shop('new');
    const loaded = { ...is, sources: project([], { sources: { raw: named('raw') } }).sources };
    expect(() => makePlan(given(shop('old'), loaded))).toThrow(/Source shop\.main\.raw lies in what changes places/);
  });

  it('refuses where one schema would have to become two', () => {
    const is = shop('new');
    const idle = green(is);
    const id = [...idle.nodes.keys()].find((one) => one.endsWith('.beside')) as NodeId;
    const beside = idle.nodes.get(id) ?? node('beside');
    const split = {
      ...idle,
      nodes: new Map([...idle.nodes, [id, { ...beside, relation: named('beside', 'elsewhere') }]]),
    };
    expect(() => makePlan(given(shop('old'), is, split))).toThrow(/is split between the sides/);
  });
});

const live: World = {
  'MAIN.orders': { table: 'old orders' },
  'MAIN.wide': { table: 'old wide' },
  'MAIN.totals': { view: 'from MAIN.orders' },
  'MAIN.beside': { view: 'from MAIN.orders as ever' },
  'BI.report': { view: 'from MAIN.totals' },
};
const built: World = {
  'MAIN__GREEN.orders': { table: 'new orders' },
  'MAIN__GREEN.wide': { table: 'new wide' },
  'MAIN__GREEN.totals': { view: 'new from MAIN__GREEN.orders' },
  'MAIN__GREEN.widths': { view: 'from MAIN__GREEN.wide' },
  'MAIN__GREEN.beside': { view: 'from MAIN.orders as ever' },
  'BI__GREEN.report': { view: 'from MAIN__GREEN.totals and MAIN__GREEN.widths' },
};
const sides = ['MAIN', 'MAIN__GREEN', 'BI', 'BI__GREEN'].map(schema);
const start = statesOf({ ...live, ...built }, ...sides);
const texts = textsOf({ ...live, ...built });
/** One of the tables has a column more than it had. */
const there = catalogOf(start, texts, { 'MAIN__GREEN.wide': ['ID', 'WIDTH'] });
const pairs = [
  { live: schema('MAIN'), to: schema('MAIN__GREEN') },
  { live: schema('BI'), to: schema('BI__GREEN') },
];
const numbers = { leaves: release('r41'), release: release('r42'), traits };

/** As an engine does it: what lies in a schema goes with it, whether a change claims it or not. */
function carried(states: Map<string, State>, changes: readonly Change[]): Map<string, State> {
  return changes.reduce((before, change) => {
    const [a, b] =
      change.do === 'exchange' ? [change.a, change.b] : change.do === 'move' ? [change.from, change.to] : [];
    if (!a || !b || isRelation(a) || isRelation(b)) return carry(before, [change]);
    const moved = [...before].map(([key, state]): [string, State] => {
      // Keys are made by nameKey.
      const [location, database, side, ...rest] = JSON.parse(key) as [string, string, string, ...string[]];
      const to = side === a.schema ? b.schema : side === b.schema ? a.schema : side;
      return [JSON.stringify([location, database, to, ...rest]), state];
    });
    return carry(new Map(moved), [change]);
  }, states);
}

describe('the cutover of schemas', () => {
  const cut = exchangeContainers(pairs, { catalog: there, ...numbers });

  it('binds views first where live has the same columns, the others once what they read is live, and nothing that needs it not', () => {
    expect(cut.changes.map(says)).toEqual([
      'MAIN__GREEN.totals = new from MAIN.orders',
      'MAIN <-> MAIN__GREEN',
      'BI <-> BI__GREEN',
      'MAIN.widths = from MAIN.wide',
      'BI.report = from MAIN.totals and MAIN.widths',
      'MAIN__GREEN -> MAIN__R41',
      'BI__GREEN -> BI__R41',
    ]);
    expect(cut.visible).toBe(5);
    expect(cut.kept.map(short)).toEqual(['MAIN__R41', 'BI__R41']);
  });

  it('leaves no view that reads another side, neither live nor where it rests', () => {
    const after = catalogOf(carried(start, cut.changes), new Map([...texts, ...textsIn(cut.changes)]));
    const views = after.relations.filter(({ kind }) => kind === 'view');
    expect(views.map(({ relation }) => short(relation)).toSorted()).toContain('MAIN.widths');
    for (const { relation } of views)
      expect(after.readsOf(relation)).toSatisfy((reads: readonly Relation[]) =>
        reads.every((one) => one.schema === 'MAIN' || one.schema === 'BI'),
      );
  });

  it('can be told and taken back from wherever it stopped', () => {
    for (let done = 1; done <= cut.changes.length; done++) {
      const some = cut.changes.slice(0, done);
      const now = carried(start, some);
      const seen = observe(cut.changes, (name) => now.get(nameKey(name)) ?? { is: 'absent' });
      expect(seen.todo).toEqual(cut.changes.slice(done));
      const back = carried(now, reverseChanges(some));
      for (const [name, state] of start) expect(back.get(name)).toEqual(state);
    }
  });

  it('goes back by swaps alone, and sets aside what only the release had', () => {
    const after = carried(start, cut.changes);
    const resting = catalogOf(after, new Map([...texts, ...textsIn(cut.changes)]));
    const back = exchangeContainers(
      [
        { live: schema('MAIN'), to: schema('MAIN__R41') },
        { live: schema('BI'), to: null },
      ],
      { catalog: resting, leaves: release('r42'), release: release('r43'), traits },
    );
    expect(back.changes.map(says)).toEqual(['MAIN <-> MAIN__R41', 'BI -> BI__R42', 'MAIN__R41 -> MAIN__R42']);
    expect(back.visible).toBe(2);
  });
});
