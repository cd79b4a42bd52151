import { describe, expect, it } from 'vitest';
import type { State } from '../../../src/domain/change.ts';
import { fence, objectId, sha } from '../../../src/domain/ids.ts';
import type { Past } from '../../../src/domain/past.ts';
import { type Container, inContainer, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { definitionsOf } from '../../../src/planning/definition.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { planRollback, type RollbackFacts } from '../../../src/planning/rollback.ts';
import { at } from './cutting.ts';
import { markOf, record } from './record.ts';
import { catalog, facts, fileSides, node, onLive, project, release, settings, tableTraits } from './world.ts';

/** r41 became live at 10:41 in the blue slot and r42 at 10:42 in the grey one; the next is green; it is 11:00. */
const [r41, r42] = [release('r41'), release('r42')];
const clock = (text: string): string => `2026-11-21T${text}:00.000Z`;
const [file] = fileSides.live;
const [green] = fileSides.idle;
const [blue, grey] = [at('blue'), at('grey')];
const inSlot = (slot: Container, name: string): Relation => inContainer(onLive(name), slot);

const commit = (body: string) =>
  project([
    node('fact', { body }),
    node('same'),
    node('precious', { materialized: 'snapshot' }),
    node('shown', { body, materialized: 'view', reads: ['fact'] }),
    node('steady', { materialized: 'view', reads: ['shown'] }),
  ]);
const tables = ['fact', 'same', 'precious', 'loaded'];
const views = ['shown', 'steady'];

interface World {
  readonly at: string;
  /** When rows were written last, by slot and name. */
  readonly written?: Readonly<Record<string, string>>;
  /** Tables that were there before those that have their names, or that were dropped, by slot and name: until when. */
  readonly until?: Readonly<Record<string, string>>;
  /** When tables were made that are not as old as the rest. */
  readonly created?: Readonly<Record<string, string>>;
  /** What the blue slot holds by now. */
  readonly blue?: 'r41' | 'another release' | 'nothing';
  readonly target?: typeof r41;
  readonly said?: boolean;
  readonly sides?: RollbackFacts['sides'];
}

const folder = ({ location }: Container | Relation): string => location.split('/')[3] ?? 'live';

function world(o: World): RollbackFacts {
  const { written = {}, until = {}, created = {}, target = r41, blue: holds = 'r41', said = true } = o;
  const [was, is] = [commit('good'), commit('bad')];
  const slots = holds === 'nothing' ? [grey] : [blue, grey];
  const on = (names: readonly string[]): readonly Relation[] => [
    ...names.map((name) => onLive(name)),
    ...slots.flatMap((slot) => names.map((name) => inSlot(slot, name))),
  ];
  const there = catalog({
    tables: on(tables),
    views: on(views),
    points: [[file, grey], ...[...tables, ...views].map((name) => [onLive(name), inSlot(grey, name)] as const)],
  });
  const stateIn = (slot: Container, name: string): State =>
    views.includes(name)
      ? { is: 'view', text: `${folder(slot)} ${name}` }
      : { is: 'object', id: objectId(`${folder(slot)} ${name}`) };
  const states = new Map<string, State>(
    [...tables, ...views].flatMap((name) => [
      [nameKey(onLive(name)), stateIn(grey, name)] as const,
      [nameKey(inSlot(grey, name)), stateIn(grey, name)] as const,
      ...(holds === 'r41' ? [[nameKey(inSlot(blue, name)), stateIn(blue, name)] as const] : []),
    ]),
  );
  const pastOf = (slot: Container, name: string): Past => {
    const key = `${folder(slot)} ${name}`;
    const made = clock(created[key] ?? '08:00');
    return {
      relation: inSlot(slot, name),
      id: objectId(key),
      created: made,
      since: made,
      until: null,
      written: clock(written[key] ?? '08:00'),
    };
  };
  const past = [
    ...slots.flatMap((slot) => tables.map((name) => pastOf(slot, name))),
    ...Object.entries(until).map(([key, gone]): Past => {
      const [slot = '', name = ''] = key.split(' ');
      const times = { created: clock('08:00'), since: clock('08:00'), until: clock(gone), written: null };
      return { relation: inSlot(at(slot), name), id: objectId(`${key} before`), ...times };
    }),
  ];
  const mark = markOf(r42);
  const changes = [...tables, ...views].map((name) => ({
    do: 'repoint' as const,
    name: onLive(name),
    to: inSlot(grey, name),
    was: inSlot(blue, name),
    before: [[onLive(name), stateIn(blue, name)]] as const,
    after: [[onLive(name), stateIn(grey, name)]] as const,
    ...(said && name === 'shown' ? { said: 'select good from fact' } : {}),
  }));
  const seen = changes.toSorted((a, b) => Number('said' in b) - Number('said' in a));
  const cut = { release: r42, plan: { release: r42, changes: seen, visible: said ? 1 : 0, kept: [blue], mark } };
  const first = makePlan(facts(null, was, { catalog: catalog() }));
  const to = target === r41 ? was : is;
  const prints = tables.map((name) => [onLive(name), written[`grey ${name}`] ?? 'as sealed'] as const);
  const seal = {
    release: r42,
    fence: fence(42),
    sides: [grey],
    token: 't',
    fingerprints: tables.map((name) => [inSlot(grey, name), 'as sealed'] as const),
  };
  return {
    asked: { to: null, at: new Date(clock(o.at)), strategy: null, acceptLoss: [] },
    history: {
      releases: new Map([
        [r41, record(r41)],
        [r42, record(r42, { seal })],
      ]),
      order: [r41, r42],
      lastGreen: null,
      runs: [],
    },
    mark,
    target,
    from: { plan: { ...first, definitions: definitionsOf(is) }, manifest: is },
    to: { plan: { ...first, definitions: definitionsOf(to) }, manifest: to },
    kept: holds === 'r41' ? [{ release: r41, sha: sha('r41'), containers: [blue], bytes: null }] : [],
    sides: o.sides ?? { live: [file], idle: [green] },
    settings,
    traits: { ...tableTraits, cutover: 'each', exchange: 'view', viewsBind: 'name', timeTravelMs: 1 },
    catalog: { ...there, state: (name) => states.get(nameKey(name)) ?? there.state(name) },
    look: { fingerprints: prints, token: 't' },
    ledger: null,
    now: new Date(clock('11:00')),
    travel: { at: clock(o.at), cuts: target === r42 ? [] : [cut], past, removed: [], idle: null },
  };
}

function travel(o: World) {
  const made = planRollback(world(o));
  if (made.is !== 'time-travel') throw new Error(`${made.is} instead of time travel`);
  return made;
}

const short = (name: Container | Relation): string =>
  'identifier' in name ? `${folder(name)} ${name.identifier}` : folder(name);

const told = ({ fills }: ReturnType<typeof travel>): readonly string[] =>
  fills.map((fill) => {
    if (fill.do === 'define')
      return `define ${short(fill.view)} as in ${fill.beside ? short(fill.beside) : ''}: ${fill.sql}`;
    if (fill.do !== 'copy') return fill.do;
    const time = fill.at === undefined ? '' : ` at ${fill.at.slice(11, 16)}`;
    const rest = [
      ...(fill.without ?? []).map((one) => ` -${short(one)}`),
      ...(fill.spared ?? []).map((one) => ` =${short(one)}`),
    ];
    return `copy ${short(fill.from)}${time} to ${short(fill.to)}${rest.join('')}`;
  });

describe('what readers had behind views at an earlier time', () => {
  it('is put together in the next slot: tables from where they lie, then views from where they rest', () => {
    const made = travel({ at: '10:41', written: { 'blue fact': '10:42', 'grey same': '10:50' } });
    expect(told(made)).toEqual([
      'copy live to green -green shown -green steady =green fact =green same',
      'copy blue fact at 10:41 to green fact',
      'copy blue same to green same',
      'copy blue shown to green shown',
      'copy blue steady to green steady',
    ]);
    expect(made.filled).toEqual([green]);
    expect(made.moves).toBeNull();
    expect(made.seen.map((name) => name.identifier)).toEqual(expect.arrayContaining(['fact', 'shown', 'same']));
    expect(made.others).toContainEqual({
      strategy: 'swap',
      because: 'rows were written to fact, same after 2026-11-21T10:41:00Z',
    });
  });

  it('is what is live, but for what was written to since: the rest is carried', () => {
    const made = travel({ at: '10:45', target: r42, written: { 'grey fact': '10:50' } });
    expect(told(made)).toEqual([
      'copy live to green -green shown -green steady =green fact',
      'copy grey fact at 10:45 to green fact',
      'copy live shown to green shown',
      'copy live steady to green steady',
    ]);
    expect(made.goingBack.map(({ name, movedOn }) => [name, movedOn])).toEqual([['fact', true]]);
    expect([...made.earliest]).toEqual([['fact', clock('08:00')]]);
  });

  it('is live already where nothing was written to since', () => {
    expect(planRollback(world({ at: '10:45', target: r42 }))).toEqual({ is: 'already-back', target: r42 });
  });

  it('is swapped back where the kept slot has just those rows', () => {
    expect(planRollback(world({ at: '10:41' })).is).toBe('swap');
  });

  it('comes out of its own slot where that is the next, which keeps what is in it until it is replaced', () => {
    const sides = { live: [file], idle: [blue] };
    const made = travel({ at: '10:41', written: { 'blue fact': '10:42', 'grey same': '10:50' }, sides });
    expect(told(made)).toEqual([
      'copy live to blue =blue fact =blue same =blue shown =blue steady',
      'copy blue fact at 10:41 to blue fact',
    ]);
  });

  it('is had by name from a slot that was used for another release since, views by the texts that the cutover wrote down', () => {
    const until = { 'blue fact': '10:50', 'blue same': '10:50', 'blue precious': '10:50' };
    const created = { 'blue fact': '10:51', 'blue same': '10:51', 'blue precious': '10:51' };
    const made = travel({ at: '10:41', blue: 'another release', until, created });
    expect(told(made)).toEqual([
      'copy live to green -green shown -green steady =green fact =green same',
      'copy blue fact at 10:41 to green fact',
      'copy blue same at 10:41 to green same',
      'define green shown as in blue: select good from fact',
      'copy live steady to green steady',
    ]);
    expect(made.warnings).toEqual([
      'Of shown, a view, only the text of then is left: its descriptions and labels come with its next build.',
    ]);
  });

  it('is had by name from a slot that was emptied', () => {
    const until = { 'blue fact': '10:50', 'blue same': '10:50', 'blue precious': '10:50' };
    const made = travel({ at: '10:41', blue: 'nothing', until });
    expect(told(made)).toContain('copy blue fact at 10:41 to green fact');
  });

  it('stays as live has it where no release builds it, and where nothing can make it again', () => {
    const made = travel({
      at: '10:45',
      target: r42,
      written: { 'grey fact': '10:50', 'grey loaded': '10:50', 'grey precious': '10:50' },
    });
    expect(made.staying.map(({ name }) => name)).toEqual(['precious', 'shop.main.loaded']);
    expect(told(made).filter((fill) => / (loaded|precious)/.test(fill))).toEqual([]);
  });

  it('is no way back where a table is of another time, or a text was not written down, and says which', () => {
    const reason = (o: World): string => {
      try {
        return planRollback(world(o)).is;
      } catch (error) {
        return String(error);
      }
    };
    expect(reason({ at: '10:41', target: r42, created: { 'grey fact': '10:59' } })).toMatch(
      /the earliest possible time is 2026-11-21T10:59:00Z: rows of fact reach no further back/,
    );
    const until = { 'blue fact': '10:50', 'blue same': '10:50', 'blue precious': '10:50' };
    expect(reason({ at: '10:41', blue: 'nothing', until, said: false })).toMatch(
      /shown is a view, whose text of then nobody wrote down/,
    );
    expect(reason({ at: '10:41', blue: 'nothing' })).toMatch(/fact is not kept any more as it was then/);
  });
});
