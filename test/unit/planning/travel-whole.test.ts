import { describe, expect, it } from 'vitest';
import type { State } from '../../../src/domain/change.ts';
import { fence, objectId, sha } from '../../../src/domain/ids.ts';
import type { Past } from '../../../src/domain/past.ts';
import { type Container, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { definitionsOf } from '../../../src/planning/definition.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { planRollback, type RollbackFacts, type TravelFacts } from '../../../src/planning/rollback.ts';
import { markOf, record } from './record.ts';
import { catalog, facts, named, node, project, release, settings, tableTraits } from './world.ts';

/** r41 became live at 10:41 in one database and r42 at 10:42 in another; it is 11:00. */
const [r41, r42] = [release('r41'), release('r42')];
const clock = (text: string): string => `2026-11-21T${text}:00.000Z`;
const database = (name: string): Container => ({ location: '', database: name, schema: null });
const [live, idle, kept] = [database('shop'), database('shop__green'), database('shop__r41')];
const inside = ({ database: name }: Container, identifier: string): Relation => ({
  ...named(identifier),
  database: name,
});
const object = (id: string): State => ({ is: 'object', id: objectId(id) });

const commit = (body: string) =>
  project([node('fact', { body }), node('same'), node('precious', { materialized: 'snapshot' })]);

interface World {
  readonly at: string;
  /** When rows were written last, by database and name. */
  readonly written?: Readonly<Record<string, string>>;
  /** Since when rows can be had, by the same. */
  readonly since?: Readonly<Record<string, string>>;
  readonly removed?: TravelFacts['removed'];
  readonly gone?: boolean;
  readonly target?: typeof r41;
}

const names = ['fact', 'same', 'precious', 'loaded'];

function world({ at, written = {}, since = {}, removed = [], gone = false, target = r41 }: World): RollbackFacts {
  const [was, is] = [commit('good'), commit('bad')];
  const sides = gone ? [live] : [live, kept];
  const there = catalog({ tables: sides.flatMap((side) => names.map((name) => inside(side, name))) });
  const states = new Map<string, State>([
    [nameKey(live), object('new')],
    ...(gone ? [] : ([[nameKey(kept), object('old')]] as const)),
  ]);
  const past = sides.flatMap((side) =>
    names.map((name): Past => {
      const relation = inside(side, name);
      const last = written[`${side.database} ${name}`];
      const times = {
        created: clock('08:00'),
        since: clock(since[`${side.database} ${name}`] ?? '08:00'),
        written: clock(last ?? '08:00'),
      };
      return { relation, id: objectId(`${side.database} ${name}`), until: null, ...times };
    }),
  );
  const first = { ...makePlan(facts(null, was, { catalog: catalog() })), live: [live] };
  const described = { r41: { was, definitions: definitionsOf(was) }, r42: { was: is, definitions: definitionsOf(is) } };
  const to = target === r41 ? described.r41 : described.r42;
  const mark = markOf(r42);
  const claims = [
    [live, object('old')],
    [idle, object('new')],
  ] as const;
  const swapped = { do: 'exchange', a: live, b: idle, before: claims, after: [[live, object('new')]] } as const;
  const aside = { do: 'move', what: 'container', from: idle, to: kept, before: [] } as const;
  const changes = [swapped, { ...aside, after: [[kept, object('old')]] }] as const;
  const cut = { release: r42, plan: { release: r42, changes, visible: 1, kept: [kept], mark } };
  const side = { release: r41, sha: sha('r41'), containers: [kept], bytes: null };
  const prints = names.map((name) => [inside(live, name), written[`shop ${name}`] ?? 'as sealed'] as const);
  const seal = {
    release: r42,
    fence: fence(42),
    sides: [live],
    token: 't',
    fingerprints: names.map((name) => [inside(live, name), 'as sealed'] as const),
  };
  const history = {
    releases: new Map([
      [r41, record(r41)],
      [r42, record(r42, { seal })],
    ]),
    order: [r41, r42],
    lastGreen: null,
    runs: [],
  };
  return {
    asked: { to: null, at: new Date(clock(at)), strategy: null, acceptLoss: [] },
    history,
    mark,
    target,
    from: { plan: { ...first, definitions: definitionsOf(is) }, manifest: is },
    to: { plan: { ...first, definitions: to.definitions }, manifest: to.was },
    kept: gone ? [] : [side],
    sides: { live: [live], idle: [idle] },
    settings,
    traits: { ...tableTraits, exchange: 'database', viewsBind: 'name', timeTravelMs: 1 },
    catalog: { ...there, state: (name) => states.get(nameKey(name)) ?? there.state(name) },
    look: { fingerprints: prints, token: 't' },
    ledger: null,
    now: new Date(clock('11:00')),
    travel: { at: clock(at), cuts: target === r42 ? [] : [cut], past, removed, idle: null },
  };
}

function travel(o: World) {
  const made = planRollback(world(o));
  if (made.is !== 'time-travel') throw new Error(`${made.is} instead of time travel`);
  return made;
}

describe('whole databases of an earlier time', () => {
  it('are cloned as they were from what was live then, and bound to their own names', () => {
    const made = travel({
      at: '10:41',
      written: { 'shop__r41 fact': '10:41', 'shop__r41 same': '10:42' },
    });
    expect(made.fills[0]).toEqual({ do: 'copy', from: kept, id: 'old', at: clock('10:41'), to: idle });
    expect(made.fills.at(-1)).toEqual({ do: 'bind', container: idle, away: [live, idle, kept] });
    expect(made.moves).toBeNull();
  });

  it('leave what no release builds, and what cannot be made again, as live has it', () => {
    const made = travel({
      at: '10:45',
      target: r42,
      written: { 'shop fact': '10:50', 'shop loaded': '10:50', 'shop precious': '10:50' },
    });
    expect(made.staying.map(({ name, because }) => [name, because])).toEqual([
      ['precious', 'a snapshot'],
      ['shop.main.loaded', 'no release builds it'],
    ]);
    expect(made.goingBack.map(({ name }) => name)).toEqual(['fact']);
  });

  it('are what rests where only live was written to since, in what a swap back would leave as it is', () => {
    const made = travel({ at: '10:41', written: { 'shop same': '10:50' } });
    expect(made.fills[0]).toEqual({ do: 'copy', from: kept, id: 'old', to: idle });
  });

  it('are no way where a swap back gives the same, or nothing was written since', () => {
    expect(planRollback(world({ at: '10:41' })).is).toBe('swap');
    expect(planRollback(world({ at: '10:45', target: r42 })).is).toBe('already-back');
  });

  it('are had back first where they were removed, and are gone where nobody holds them', () => {
    const side = { release: r41, sha: sha('r41'), containers: [kept], bytes: null, until: clock('23:00') };
    expect(travel({ at: '10:41', gone: true, removed: [side] }).restores).toEqual([side]);
    expect(() => planRollback(world({ at: '10:41', gone: true }))).toThrowError(
      /what was shop then is not kept any more/,
    );
  });

  it('say the earliest time where they reach no further back', () => {
    const o: World = { at: '10:43', target: r42, since: { 'shop fact': '10:44' }, written: { 'shop fact': '10:50' } };
    expect(() => planRollback(world(o))).toThrowError(
      /the earliest possible time is 2026-11-21T10:44:00Z: rows of fact reach no further back/,
    );
  });

  it('are completed by what keeps less of its past and was not written to since', () => {
    const made = travel({
      at: '10:43',
      target: r42,
      since: { 'shop same': '10:44' },
      written: { 'shop fact': '10:50' },
    });
    expect(made.fills[1]).toEqual({
      do: 'copy',
      from: inside(live, 'same'),
      id: 'shop same',
      to: inside(idle, 'same'),
    });
    expect(made.fills.map((fill) => fill.do)).toEqual(['copy', 'copy', 'bind']);
  });
});
