import { describe, expect, it } from 'vitest';
import type { Change, State } from '../../../src/domain/change.ts';
import { fence, objectId, sha } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import type { Past } from '../../../src/domain/past.ts';
import { type Name, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { definitionsOf } from '../../../src/planning/definition.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { planRollback, type RollbackFacts, type TravelFacts } from '../../../src/planning/rollback.ts';
import { cutoversSince, momentOf } from '../../../src/planning/time-travel.ts';
import { markOf, record } from './record.ts';
import { catalog, facts, named, node, project, release, settings, tableTraits } from './world.ts';

/** r41 became live at 10:41 and r42 at 10:42, which changed `fact` and the text of `report`; it is 11:00. */
const [r41, r42, r43] = [release('r41'), release('r42'), release('r43')];
const schema = (name: string) => ({ location: '', database: 'shop', schema: name });
const clock = (text: string): string => `2026-11-21T${text}:00.000Z`;

const commit = (body: string): Manifest =>
  project([
    node('fact', { body }),
    node('same'),
    node('kept', { materialized: 'snapshot' }),
    node('report', { materialized: 'view', body }),
  ]);
const onIdle = (manifest: Manifest): Manifest => ({
  ...manifest,
  nodes: new Map([...manifest.nodes].map(([id, one]) => [id, { ...one, relation: named(one.name, 'main__green') }])),
});

const object = (id: string): State => ({ is: 'object', id: objectId(id) });
const view = (text: string): State => ({ is: 'view', text });

/** A table that is there, made long ago and written to before everything, unless it is said otherwise. */
const past = (relation: Relation, id: string, o: Partial<Past> = {}): Past => ({
  relation,
  id: objectId(id),
  created: clock('08:00'),
  since: clock('08:00'),
  until: null,
  written: clock('08:00'),
  ...o,
});

interface World {
  readonly at?: string | null;
  readonly strategy?: RollbackFacts['asked']['strategy'];
  readonly target?: typeof r41;
  readonly acceptLoss?: readonly string[];
  /** What the facts of some tables are, by the name and whether it rests. */
  readonly pasts?: Readonly<Record<string, Partial<Past>>>;
  readonly dropped?: readonly Past[];
  /** What was kept of r41 is not there any more, but can be had back. */
  readonly removed?: boolean;
  readonly cuts?: TravelFacts['cuts'];
}

const claims = (before: readonly (readonly [Name, State])[], after: readonly (readonly [Name, State])[]): Change => ({
  do: 'exchange',
  a: named('fact'),
  b: named('fact', 'main__green'),
  before,
  after,
});
const rests = (name: string): Relation => named(name, 'main__r41');
const mark = markOf(r42);

const cutover42: TravelFacts['cuts'][number] = {
  release: r42,
  plan: {
    release: r42,
    changes: [
      claims([[named('fact'), object('old fact')]], [[named('fact'), object('new fact')]]),
      claims([[named('report'), view('old text')]], [[named('report'), view('new text')]]),
      claims([], [[rests('fact'), object('old fact')]]),
      claims([], [[rests('report'), view('old text')]]),
    ],
    visible: 2,
    kept: [schema('main__r41')],
    mark,
  },
};

function world(o: World = {}): RollbackFacts {
  const [was, is] = [commit('good'), commit('bad')];
  const restsThere = o.removed ? [] : [rests('fact')];
  const there = catalog({
    tables: [named('fact'), named('same'), named('kept'), ...restsThere],
    views: [named('report'), ...(o.removed ? [] : [rests('report')])],
  });
  const states = new Map<string, State>([
    [nameKey(named('fact')), object('new fact')],
    [nameKey(named('report')), view('new text')],
    ...(o.removed
      ? []
      : ([
          [nameKey(rests('fact')), object('old fact')],
          [nameKey(rests('report')), view('old text')],
        ] as const)),
  ]);
  const at = o.at === undefined ? '10:41' : o.at;
  const target = o.target ?? r41;
  const tables = [
    past(named('fact'), 'new fact', { ...o.pasts?.['fact'] }),
    past(named('same'), 'same', { ...o.pasts?.['same'] }),
    past(named('kept'), 'kept', { ...o.pasts?.['kept'] }),
    ...restsThere.map((one) => past(one, 'old fact', { ...o.pasts?.['resting fact'] })),
  ];
  const first = { ...makePlan(facts(null, was, { catalog: catalog() })), live: [schema('main')] };
  const side = { release: r41, sha: sha('r41'), containers: [schema('main__r41')], bytes: null };
  return {
    asked: {
      to: at === null ? target : null,
      at: at === null ? null : new Date(clock(at)),
      strategy: o.strategy ?? null,
      acceptLoss: o.acceptLoss ?? [],
    },
    history: {
      releases: new Map([
        [r41, record(r41)],
        [r42, record(r42)],
      ]),
      order: [r41, r42],
      lastGreen: null,
      runs: [],
    },
    mark,
    target,
    from: { plan: { ...first, definitions: definitionsOf(is) }, manifest: is },
    to: {
      plan: { ...first, definitions: definitionsOf(target === r42 ? is : was) },
      manifest: target === r42 ? is : was,
    },
    kept: o.removed ? [] : [side],
    sides: { live: [schema('main')], idle: [schema('main__green')] },
    settings,
    traits: { ...tableTraits, viewsBind: 'name', timeTravelMs: 1 },
    catalog: { ...there, state: (name) => states.get(nameKey(name)) ?? there.state(name) },
    look: { fingerprints: [], token: 't' },
    ledger: null,
    now: new Date(clock('11:00')),
    travel: {
      at: at === null ? clock('10:42') : clock(at),
      cuts: o.cuts ?? (target === r42 ? [] : [cutover42]),
      past: [...tables, ...(o.dropped ?? [])],
      removed: o.removed ? [{ ...side, until: clock('23:00') }] : [],
      idle: onIdle(was),
    },
  };
}

function travel(o: World = {}) {
  const made = planRollback(world(o));
  if (made.is !== 'time-travel') throw new Error(`${made.is} instead of time travel`);
  return made;
}
/** What is cloned, from where and of when. */
const copies = (o: World) =>
  travel(o).fills.flatMap((fill) =>
    fill.do === 'copy'
      ? [[nameKey(fill.to) === nameKey(named('fact', 'main__green')) ? 'fact' : 'same', fill.id, fill.at]]
      : [],
  );
const none = (...texts: readonly string[]) =>
  expect.objectContaining({
    code: 'NO_WAY_BACK',
    message: expect.stringMatching(
      new RegExp(texts.map((text) => text.replaceAll(/[.*+?()[\]]/g, String.raw`\$&`)).join('[^]*')),
    ),
  });
const late = { written: clock('10:50') };

describe('the rows of an earlier time', () => {
  it('are cloned from the object that had the name then, wherever it rests, and views come back by their texts', () => {
    const made = travel({ pasts: { 'resting fact': { written: clock('10:41') }, same: late } });
    expect(copies({ pasts: { 'resting fact': late } })).toEqual([['fact', 'old fact', clock('10:41')]]);
    expect(made.moves).toEqual([
      { live: named('fact'), from: named('fact', 'main__green') },
      { live: named('same'), from: named('same', 'main__green') },
      { live: named('report'), from: rests('report') },
    ]);
    expect(made.fills.slice(0, 2)).toEqual([
      { do: 'drop', what: schema('main__green') },
      { do: 'create', container: schema('main__green'), like: schema('main') },
    ]);
  });

  it('leave alone what nobody wrote to since', () => {
    expect(copies({ pasts: { 'resting fact': late } }).map(([name]) => name)).toEqual(['fact']);
    expect(copies({ pasts: { same: late } })).toEqual([
      ['fact', 'old fact', undefined],
      ['same', 'same', clock('10:41')],
    ]);
  });

  it('are those that a release left live with when it is asked for by its number', () => {
    expect(copies({ at: null, strategy: 'time-travel', pasts: { same: late } })).toEqual([
      ['fact', 'old fact', undefined],
      ['same', 'same', clock('10:42')],
    ]);
  });

  it('are of what a rebuild in place has dropped since', () => {
    const dropped = past(named('same'), 'same before', { until: clock('10:50') });
    const o: World = {
      pasts: { same: { created: clock('10:50'), since: clock('10:50'), ...late } },
      dropped: [dropped],
    };
    expect(copies(o)).toContainEqual(['same', 'same before', clock('10:41')]);
  });

  it('can be asked for within the time of what is live, and are no way anywhere when nothing was written since', () => {
    const o = { at: '10:45', target: r42 };
    expect(copies({ ...o, pasts: { same: late } })).toEqual([['same', 'same', clock('10:45')]]);
    expect(planRollback(world(o))).toEqual({ is: 'already-back', target: r42 });
  });

  it('do not take back what cannot be made again, unless a person accepts that', () => {
    const o = { pasts: { 'resting fact': late, kept: late } };
    expect(travel(o).staying).toEqual([{ name: 'kept', live: named('kept'), because: 'a snapshot' }]);
    expect(travel({ ...o, acceptLoss: ['kept'] }).goingBack.map(({ name }) => name)).toEqual(['fact', 'kept']);
  });

  it('tell for each relation how far back one could go', () => {
    const { earliest } = travel({ pasts: { 'resting fact': { ...late, since: clock('09:00') } } });
    expect([...earliest]).toEqual([['fact', clock('09:00')]]);
  });
});

describe('which way back is taken to a time', () => {
  it('is swap back where the kept side has exactly the rows of then', () => {
    expect(planRollback(world())).toMatchObject({ is: 'swap', others: [{ because: 'it is slower' }, {}] });
  });

  it('is time travel where rows were written since, with why not the others', () => {
    expect(travel({ pasts: { 'resting fact': late } }).others).toEqual([
      { strategy: 'swap', because: 'rows were written to fact after 2026-11-21T10:41:00Z' },
      { strategy: 'rebuild', because: 'it makes rows anew' },
    ]);
  });

  it('is none where it is too long ago, and says the earliest time and what else there is', () => {
    const o = { pasts: { 'resting fact': { ...late, since: '2026-11-21T10:41:30.250Z' } } };
    expect(() => planRollback(world(o))).toThrowError(
      none(
        'time-travel: the earliest possible time is 2026-11-21T10:41:31Z: rows of fact reach no further back',
        'lastgreen rollback --to r41 gives back what r41 left live with',
        'lastgreen rollback --to r41 --strategy rebuild makes its rows anew',
      ),
    );
  });

  it('begins with what has to be had back, where the kept side was removed', () => {
    const made = travel({ at: null, removed: true });
    expect(made.restores.map(({ release: id, until }) => [id, until])).toEqual([[r41, clock('23:00')]]);
  });

  it('is none where nobody knows any more what a cutover since then changed', () => {
    const o: World = { strategy: 'time-travel', cuts: [{ release: r42, plan: null }] };
    expect(() => planRollback(world(o))).toThrowError(
      none('the store does not say any more what the cutover of r42 changed'),
    );
  });
});

describe('the time that is asked for', () => {
  it('is the one that was said, or the beginning of a refresh that was at work then', () => {
    const runs = [
      { number: fence(50), sha: sha('x'), nodes: 1, ok: true, ms: 60_000, arguments: [], at: clock('10:41'), by: 'ci' },
    ];
    const of = (at: string) => momentOf({ ...world({ at }), history: { ...world().history, runs } });
    expect([of('10:39'), of('10:40'), of('10:41')]).toEqual([clock('10:39'), clock('10:40'), clock('10:41')]);
    const within = { ...world().asked, at: new Date('2026-11-21T10:40:30Z') };
    expect(momentOf({ ...world(), asked: within, history: { ...world().history, runs } })).toBe(clock('10:40'));
  });

  it('has all cutovers since then behind it, without one that stopped in the middle and its reversal', () => {
    const { history } = world();
    const r44 = release('r44');
    const back = { to: r42, from: r43, strategy: 'swap' };
    const releases = new Map([
      ...history.releases,
      [r43, record(r43, { liveAt: null })] as const,
      [r44, record(r44, { kind: 'rollback', content: r42, back })] as const,
    ]);
    const since = cutoversSince({ ...world({ at: '10:40' }), history: { ...history, releases } });
    expect(since.map(({ id }) => id)).toEqual([r41, r42]);
  });
});
