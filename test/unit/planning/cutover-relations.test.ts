import { describe, expect, it } from 'vitest';
import { type Change, type State } from '../../../src/domain/change.ts';
import type { CutoverPlan, Mark } from '../../../src/domain/cutover.ts';
import { fence, objectId } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { observe } from '../../../src/domain/observe.ts';
import {
  type Container,
  displayName,
  isRelation,
  type Name,
  nameKey,
  type Relation,
} from '../../../src/domain/relation.ts';
import { planCutoverBack } from '../../../src/planning/cutover-back.ts';
import { movesBack } from '../../../src/planning/moves-back.ts';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import type { MoveBack } from '../../../src/planning/rollback.ts';
import type { Catalog } from '../../../src/warehouse/port.ts';
import { asCatalog, carry, cut, moved, now, previous, sealAt, statesOf } from './cutting.ts';
import { record } from './record.ts';
import { catalog, facts, moveTraits, named, node, project, release, settings, tableTraits } from './world.ts';

const schema = (name: string): Container => ({ location: '', database: 'shop', schema: name });

describe('the cutover of relations one by one', () => {
  const green = (relation: Relation): Relation => ({ ...relation, schema: `${relation.schema}__green` });
  const given = (was: ReturnType<typeof project>, is: ReturnType<typeof project>, there: Catalog): PlanFacts => ({
    ...facts(was, is, { traits: tableTraits, locate: (relation) => relation, catalog: there }),
    manifests: {
      live: is,
      baseline: was,
      idle: {
        ...is,
        nodes: new Map(
          [...is.nodes].map(([id, one]) => [id, { ...one, relation: one.relation && green(one.relation) }]),
        ),
      },
    },
  });
  const was = project([
    node('changed', { body: 'old' }),
    node('rekinded', { body: 'old' }),
    node('removed'),
    node('same'),
  ]);
  const is = project([node('changed'), node('rekinded', { materialized: 'view' }), node('added'), node('same')]);
  const before = {
    tables: ['changed', 'rekinded', 'removed', 'same'].map((one) => named(one)),
    views: [] as Relation[],
  };
  const idle = { tables: ['changed', 'added'].map((one) => green(named(one))), views: [green(named('rekinded'))] };
  const both = (more: { tables?: readonly Relation[]; containers?: readonly Container[] } = {}): Catalog =>
    catalog({
      tables: [...before.tables, ...idle.tables, ...(more.tables ?? [])],
      views: idle.views,
      containers: more.containers ?? [],
    });
  const plan = makePlan(given(was, is, catalog(before)));
  const cutover = (there = both()): CutoverPlan =>
    cut(plan, { catalog: there, seal: sealAt(...plan.idle), traits: tableTraits });

  const short = (name: Name): string => (isRelation(name) ? displayName(name).replace('shop.', '') : displayName(name));
  const says = (change: Change): string =>
    change.do === 'exchange'
      ? `${short(change.a)} <-> ${short(change.b)}`
      : change.do === 'move'
        ? `${short(change.from)} -> ${short(change.to)}`
        : change.do;

  it('moves one by one where nothing changes places: out of each name, then into it', () => {
    const { changes, visible } = cut(
      { ...plan, exchange: 'move' },
      { catalog: both(), seal: sealAt(...plan.idle), traits: moveTraits },
    );
    expect(changes.map(says)).toEqual([
      'main.changed -> main__r41.changed',
      'main__green.changed -> main.changed',
      'main.rekinded -> main__r41.rekinded',
      'main__green.rekinded -> main.rekinded',
      'main__green.added -> main.added',
      'main.removed -> main__r41.removed',
    ]);
    expect(visible).toBe(changes.length);
  });

  it('exchanges what stays, moves what comes and goes, and sets the old side aside after what readers see', () => {
    const { changes, visible, kept } = cutover();
    expect(changes.map(says)).toEqual([
      'main.changed <-> main__green.changed',
      'main.rekinded -> main__r41.rekinded',
      'main__green.rekinded -> main.rekinded',
      'main__green.added -> main.added',
      'main.removed -> main__r41.removed',
      'main__green.changed -> main__r41.changed',
    ]);
    expect(visible).toBe(5);
    expect(kept.map(({ schema }) => schema)).toEqual(['main__r41']);
  });

  it('claims for every change what the ones before it leave', () => {
    let now = statesOf(both());
    for (const change of cutover().changes) {
      for (const [name, state] of change.before) expect(now.get(nameKey(name)) ?? { is: 'absent' }).toEqual(state);
      now = carry(now, [change]);
    }
    expect(observe(cutover().changes, (name) => now.get(nameKey(name)) ?? { is: 'absent' }).state).toBe('done');
  });

  it('finds another place for the old side where the usual one is taken', () => {
    const taken = both({ tables: [named('leftover', 'main__r41')] });
    expect(cutover(taken).kept.map(({ schema }) => schema)).toEqual(['main__r41_r42']);
  });

  it('refuses to replace what the plan would only add', () => {
    const there = both({ tables: [named('added')] });
    expect(() => cutover(there)).toThrowError(moved('shop.main.added would be replaced'));
  });

  it('puts back what vanished from live meanwhile', () => {
    const there = catalog({
      tables: [...before.tables.filter(({ identifier }) => identifier !== 'changed'), ...idle.tables],
      views: idle.views,
    });
    expect(cutover(there).changes.map(says)).toContain('main__green.changed -> main.changed');
  });

  /** What moves back from the newest release to the first, as the schemas that rest beside live tell. */
  function back(o: { was: Manifest; is: Manifest; there: Catalog; history: readonly string[] }): readonly MoveBack[] {
    const ids = o.history.map(release);
    const [target = release('r0')] = ids;
    const releases = new Map(ids.map((id) => [id, record(id)]));
    const kept = ids.map((id) => ({
      release: id,
      sha: previous.sha,
      containers: [schema(`main__${id}`)],
      bytes: null,
    }));
    const world = {
      asked: { to: null, at: null, strategy: null, acceptLoss: [] },
      history: { releases, order: ids, lastGreen: null, runs: [] },
      mark: previous,
      target,
      from: { plan: null, manifest: o.is },
      to: { plan: null, manifest: o.was },
      kept,
      sides: { live: [schema('main')], idle: [schema('main__green')] },
      settings,
      traits: tableTraits,
      catalog: o.there,
      look: { fingerprints: [], token: '' },
      ledger: null,
      now,
      travel: null,
    };
    return movesBack(
      world,
      (relation) => relation,
      () => false,
    ).moves;
  }

  it('goes back to exactly what readers had', () => {
    const forward = cutover();
    const after = carry(statesOf(both()), forward.changes);
    const there = asCatalog(after, (one) => one.identifier === 'rekinded' && one.schema === 'main');
    const moves = back({ was, is, there, history: ['r41', 'r42'] });
    const backwards = planCutoverBack({ ...way, live: plan.live, catalog: there, moves, previous: forward.mark });
    const then = carry(after, backwards.changes);
    for (const relation of before.tables) expect(then.get(nameKey(relation))).toEqual(both().state(relation));
    expect(then.get(nameKey(named('added')))).toEqual({ is: 'absent' });
    expect(backwards.mark).toMatchObject({ release: 'r44', content: 'r41', back: true, previous: { release: 'r42' } });
    expect(backwards.kept.map(({ schema }) => schema)).toEqual(['main__r42']);
  });

  it('goes back over several releases, each relation to what it was at the target', () => {
    const commit = (a: string, b: string | null) =>
      project([node('a', { body: a }), ...(b === null ? [] : [node('b', { body: b })])]);
    const shipped = (
      from: ReturnType<typeof project>,
      to: ReturnType<typeof project>,
      now: Map<string, State>,
      of: Mark,
      number: string,
    ) => {
      const made = makePlan(given(from, to, asCatalog(now)));
      // dbt has built the change set under the idle names.
      const built = new Map(now);
      for (const one of made.nodes)
        if (one.idle) built.set(nameKey(one.idle), { is: 'object', id: objectId(`${one.name} of ${number}`) });
      const cutover = cut(made, {
        release: release(number),
        content: release(number),
        catalog: asCatalog(built),
        seal: sealAt(...made.idle),
        traits: tableTraits,
        previous: of,
      });
      return { cutover, now: carry(built, cutover.changes) };
    };
    const start = new Map<string, State>([[nameKey(named('a')), { is: 'object', id: objectId('a of r41') }]]);
    const second = shipped(commit('1', null), commit('1', '1'), start, previous, 'r42');
    const third = shipped(commit('1', '1'), commit('2', '2'), second.now, second.cutover.mark, 'r43');
    expect([named('a'), named('b')].map((one) => third.now.get(nameKey(one)))).toMatchObject([
      { id: 'a of r43' },
      { id: 'b of r43' },
    ]);
    const there = asCatalog(third.now);
    const moves = back({ was: commit('1', null), is: commit('2', '2'), there, history: ['r41', 'r42', 'r43'] });
    const backwards = planCutoverBack({ ...way, live: plan.live, catalog: there, moves, previous: third.cutover.mark });
    const then = carry(third.now, backwards.changes);
    expect([named('a'), named('b')].map((one) => then.get(nameKey(one)))).toEqual([
      { is: 'object', id: 'a of r41' },
      { is: 'absent' },
    ]);
    expect(
      [...then.values()]
        .filter((state) => state.is === 'object')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['a of r41', 'a of r43', 'b of r42', 'b of r43']);
  });

  const way = {
    release: release('r44'),
    content: release('r41'),
    sha: previous.sha,
    target: [],
    seal: null,
    traits: tableTraits,
    fence: fence(44),
    lineage: 'abc',
    now,
  };
});
