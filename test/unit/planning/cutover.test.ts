import { describe, expect, it } from 'vitest';
import { type Change, observe, type State } from '../../../src/domain/change.ts';
import type { CutoverPlan, Mark, Seal } from '../../../src/domain/cutover.ts';
import { fence, objectId, sha } from '../../../src/domain/ids.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import {
  type Container,
  displayName,
  isRelation,
  type Name,
  nameKey,
  type Relation,
} from '../../../src/domain/relation.ts';
import { type CutoverFacts, planCutover } from '../../../src/planning/cutover.ts';
import { planCutoverBack } from '../../../src/planning/cutover-back.ts';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import type { Catalog } from '../../../src/warehouse/port.ts';
import { catalog, facts, fileSides, fileTraits, named, node, onLive, project, release, tableTraits } from './world.ts';

const [file] = fileSides.live;
const at = (folder: string): Container => ({ ...file, location: `/data/.shop.lastgreen/${folder}/shop.db` });
const now = new Date('2026-11-21T10:00:00Z');
const previous: Mark = {
  lineage: 'abc',
  fence: fence(41),
  release: release('r41'),
  content: release('r41'),
  sha: sha('a'.repeat(40)),
  back: false,
  previous: null,
  token: 'old',
  at: now.toISOString(),
};
const sealAt = (...sides: readonly Container[]): Seal => ({
  release: release('r42'),
  fence: fence(42),
  sides,
  fingerprints: [],
  token: 'sealed',
});

const cut = (plan: Plan, o: Partial<CutoverFacts> & Pick<CutoverFacts, 'catalog'>): CutoverPlan =>
  planCutover({
    plan,
    release: release('r42'),
    content: release('r42'),
    seal: sealAt(at('r42')),
    traits: fileTraits,
    previous,
    fence: fence(42),
    lineage: 'abc',
    back: false,
    now,
    ...o,
  });

/** What is under each name, as a catalog. */
function asCatalog(states: ReadonlyMap<string, State>, isView: (relation: Relation) => boolean = () => false): Catalog {
  const held = [...states].flatMap(([key, state]) => {
    // Keys of relations are made by nameKey from exactly these.
    const [location, database, schema, identifier] = JSON.parse(key) as [string, string, string, string];
    return state.is === 'object' ? [[{ location, database, schema, identifier }, state.id] as const] : [];
  });
  const names = held.map(([relation]) => relation);
  return catalog({ tables: names.filter((one) => !isView(one)), views: names.filter(isView), ids: held });
}

const moved = (message: string) =>
  expect.objectContaining({ code: 'PLAN_MOVED', message: expect.stringContaining(message) });

describe('the cutover to a file', () => {
  const [was, is] = [project([node('a'), node('b')]), project([node('a', { body: 'new' }), node('b')])];
  const inside = (folder: string, ...names: readonly string[]): readonly Relation[] =>
    names.map((name) => ({ ...onLive(name), location: at(folder).location }));
  const plan = makePlan(facts(was, is));
  const there = (...sealed: readonly string[]): Catalog =>
    catalog({
      tables: [onLive('a'), onLive('b'), ...inside('r42', ...sealed)],
      containers: [at('r42')],
      points: [[file, at('r41')]],
    });

  it('turns one pointer, from what is live to what was sealed, and keeps the old file', () => {
    const { changes, visible, kept } = cut(plan, { catalog: there('a', 'b') });
    expect(changes).toMatchObject([{ do: 'point', name: file, to: at('r42'), was: at('r41') }]);
    expect(visible).toBe(1);
    expect(kept).toEqual([at('r41')]);
    expect(changes[0]?.before).toEqual([[file, { is: 'object', id: expect.stringContaining('/r41/') }]]);
    expect(changes[0]?.after).toEqual([[file, { is: 'object', id: expect.stringContaining('/r42/') }]]);
  });

  it('marks the release with what it displaced', () => {
    expect(cut(plan, { catalog: there('a', 'b') }).mark).toEqual({
      lineage: 'abc',
      fence: 42,
      release: 'r42',
      content: 'r42',
      sha: 'b'.repeat(40),
      back: false,
      previous: { release: 'r41', content: 'r41', sha: 'a'.repeat(40) },
      token: 'sealed',
      at: now.toISOString(),
    });
  });

  it('creates the pointer on a first release, and keeps nothing', () => {
    const first = makePlan(facts(null, is, { catalog: catalog() }));
    const { changes, kept, mark } = cut(first, {
      catalog: catalog({ tables: inside('r42', 'a', 'b') }),
      previous: null,
    });
    expect(changes).toMatchObject([{ do: 'point', was: null, before: [[file, { is: 'absent' }]] }]);
    expect([kept, mark.previous]).toEqual([[], null]);
  });

  it('refuses to let vanish what the plan carries', () => {
    expect(() => cut(plan, { catalog: there('a') })).toThrowError(moved('shop.main.b would vanish from live'));
  });

  it('changes the mark alone for a commit that changes nothing', () => {
    const nothing = makePlan(facts(was, was));
    const { changes, visible, mark } = cut(nothing, { catalog: there(), seal: null, content: release('r41') });
    expect([changes, visible]).toEqual([[], 0]);
    expect(mark).toMatchObject({ release: 'r42', content: 'r41', sha: 'b'.repeat(40), token: 'old' });
  });
});

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

  /** Names and what is under them, as an engine carries the changes out. */
  const carry = (to: Map<string, State>, changes: readonly Change[]): Map<string, State> => {
    const next = new Map(to);
    for (const change of changes) for (const [name, state] of change.after) next.set(nameKey(name), state);
    return next;
  };
  const states = (there: Catalog): Map<string, State> =>
    new Map(there.relations.map(({ relation }) => [nameKey(relation), there.state(relation)]));

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
    let now = states(both());
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

  it('goes back to exactly what readers had', () => {
    const forward = cutover();
    const after = carry(states(both()), forward.changes);
    const there = asCatalog(after, (one) => one.identifier === 'rekinded' && one.schema === 'main');
    const back = planCutoverBack({
      ...way,
      live: plan.live,
      catalog: there,
      cutovers: [forward],
      previous: forward.mark,
    });
    const then = carry(after, back.changes);
    for (const relation of before.tables) expect(then.get(nameKey(relation))).toEqual(both().state(relation));
    expect(then.get(nameKey(named('added')))).toEqual({ is: 'absent' });
    expect(back.mark).toMatchObject({ release: 'r44', content: 'r41', back: true, previous: { release: 'r42' } });
    expect(back.kept.map(({ schema }) => schema)).toEqual(['main__r42']);
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
    const back = planCutoverBack({
      ...way,
      live: [{ location: '', database: 'shop', schema: 'main' }],
      catalog: asCatalog(third.now),
      cutovers: [third.cutover, second.cutover],
      previous: third.cutover.mark,
    });
    const then = carry(third.now, back.changes);
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

describe('the cutover back to a file', () => {
  const back = (there: Catalog) =>
    planCutoverBack({
      release: release('r43'),
      content: release('r41'),
      sha: previous.sha,
      target: [at('r41')],
      seal: null,
      live: [file],
      catalog: there,
      cutovers: [],
      traits: fileTraits,
      previous: { ...previous, release: release('r42'), content: release('r42') },
      fence: fence(43),
      lineage: 'abc',
      now,
    });

  it('turns the pointer to the kept file and keeps what it leaves', () => {
    const plan = back(catalog({ containers: [at('r41'), at('r42')], points: [[file, at('r42')]] }));
    expect(plan.changes).toMatchObject([{ do: 'point', name: file, to: at('r41'), was: at('r42') }]);
    expect(plan).toMatchObject({ visible: 1, kept: [at('r42')], mark: { release: 'r43', content: 'r41', back: true } });
  });

  it('says so when the kept file is gone', () => {
    expect(() => back(catalog({ points: [[file, at('r42')]] }))).toThrowError(
      expect.objectContaining({ code: 'NO_WAY_BACK' }),
    );
  });
});
