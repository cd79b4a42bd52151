import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveLook, Mark, Seal } from '../../../src/domain/cutover.ts';
import type { ReleaseRecord } from '../../../src/domain/fold.ts';
import { fence, sha } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { type Container, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { definitionsOf } from '../../../src/planning/definition.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { planRebuild } from '../../../src/planning/rebuild.ts';
import { planRollback, type RollbackFacts, type RollbackPlan } from '../../../src/planning/rollback.ts';
import {
  catalog,
  facts,
  fileSides,
  fileTraits,
  model,
  named,
  node,
  onIdle,
  onLive,
  project,
  release,
  settings,
} from './world.ts';

const [file] = fileSides.live;
const at = (folder: string): Container => ({ ...file, location: `/data/.shop.lastgreen/${folder}/shop.db` });
const [r41, r42] = [release('r41'), release('r42')];
const kept = (name: string): Relation => ({ ...named(name), location: at('r41').location });

/** The commit before and the bad one: `stg` differs, so that `fact`, `table` and `kept` were built again. */
const commit = (body: string, more: Manifest['nodes'] = new Map()): Manifest => {
  const made = project(
    [
      node('stg', { materialized: 'view', body }),
      node('fact', { materialized: 'incremental', reads: ['stg'] }),
      node('table', { reads: ['stg'] }),
      node('kept', { materialized: 'snapshot', reads: ['stg'] }),
      node('aside'),
      node('aside_fact', { materialized: 'incremental' }),
      node('aside_kept', { materialized: 'snapshot' }),
    ],
    { sources: { orders: named('orders') } },
  );
  return { ...made, nodes: new Map([...made.nodes, ...more]) };
};
const tables = ['fact', 'table', 'kept', 'aside', 'aside_fact', 'aside_kept', 'orders', 'handmade'];

const record = (id: typeof r41, o: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  id,
  kind: 'deploy',
  sha: sha(id),
  subject: id,
  command: 'deploy',
  by: 'ci',
  back: null,
  content: id,
  state: { state: 'green', keptUntil: '' },
  startedAt: `at ${id}`,
  liveAt: `2026-11-21T10:${id.slice(1)}:00Z`,
  greenAt: `at ${id}`,
  watchUntil: null,
  keptUntil: null,
  built: null,
  seal: null,
  answers: [],
  cutover: null,
  because: null,
  failure: null,
  entries: [],
  ...o,
});

interface World {
  /** Relations that were written to since the cutover. */
  readonly written?: readonly string[];
  readonly acceptLoss?: readonly string[];
  readonly strategy?: 'swap' | 'time-travel' | 'rebuild';
  /** Columns of live's relations, where they are not those of the kept side. */
  readonly liveColumns?: Readonly<Record<string, readonly string[]>>;
  readonly is?: Manifest;
  readonly was?: Manifest;
  /** Relations that only live has. */
  readonly more?: readonly string[];
  readonly keptSide?: boolean;
  readonly sealKnown?: boolean;
  readonly irreplaceable?: readonly string[];
  readonly target?: typeof r41;
}

function world(o: World): RollbackFacts {
  const { was = commit('good'), is = commit('bad'), written = [], keptSide = true, more = [] } = o;
  const live = [...tables, ...more].map((name) => onLive(name));
  const side = at('r42');
  const seal: Seal = {
    release: r42,
    fence: fence(42),
    sides: [side],
    token: 't',
    fingerprints: [...tables, ...more].map((name) => [{ ...named(name), location: side.location }, 'same']),
  };
  const look: LiveLook = {
    token: 't',
    fingerprints: live.map((one) => [one, written.includes(one.identifier) ? 'written' : 'same']),
  };
  const there = catalog({
    tables: [...live, ...(keptSide ? tables.map(kept) : [])],
    views: [onLive('stg'), kept('stg')],
    points: [[file, side]],
    ids: [[at('r41'), 'file of r41']],
  });
  const withColumns = there.relations.map((one) => {
    const columns = one.relation.location === file.location ? o.liveColumns?.[one.relation.identifier] : undefined;
    return columns ? { ...one, columns: columns.map((name) => ({ name, type: 'INTEGER', nullable: true })) } : one;
  });
  const mark: Mark = {
    lineage: 'x',
    fence: fence(42),
    release: r42,
    content: r42,
    sha: sha('r42'),
    back: false,
    previous: { release: r41, content: r41, sha: sha('r41') },
    token: 't',
    at: '',
  };
  const releases = new Map([
    [r41, record(r41)],
    [r42, record(r42, o.sealKnown === false ? {} : { seal })],
  ]);
  const given = facts(was, is);
  return {
    asked: { to: null, at: null, strategy: o.strategy ?? null, acceptLoss: o.acceptLoss ?? [] },
    history: { releases, order: [r41, r42], lastGreen: record(r42), runs: [] },
    mark,
    target: o.target ?? r41,
    from: { plan: { ...makePlan(given), definitions: definitionsOf(is) }, manifest: is },
    to: {
      plan: { ...makePlan(facts(null, was, { catalog: catalog() })), definitions: definitionsOf(was) },
      manifest: was,
    },
    kept: keptSide ? [{ release: r41, sha: sha('r41'), containers: [at('r41')], bytes: 1 }] : [],
    sides: fileSides,
    settings: { ...settings, irreplaceable: o.irreplaceable ?? [] },
    traits: fileTraits,
    catalog: {
      ...there,
      relations: withColumns,
      find: (relation) => withColumns.find((one) => nameKey(one.relation) === nameKey(relation)) ?? null,
    },
    look,
    ledger: null,
    now: new Date('2026-11-21T11:00:00Z'),
  };
}

const plan = (o: World = {}): RollbackPlan => planRollback(world(o));
const swap = (o: World = {}): Extract<RollbackPlan, { is: 'swap' }> => {
  const made = plan(o);
  if (made.is !== 'swap') throw new Error(`${made.is} instead of swap`);
  return made;
};
const rebuild = (o: World = {}): Extract<RollbackPlan, { is: 'rebuild' }> => {
  const made = plan({ strategy: 'rebuild', ...o });
  if (made.is !== 'rebuild') throw new Error(`${made.is} instead of rebuild`);
  return made;
};
const staying = (o: World): readonly string[] => swap(o).staying.map(({ name }) => name);
const wouldLose = (text: string) =>
  expect.objectContaining({ code: 'WOULD_LOSE', message: expect.stringContaining(text) });
/** The bad release changed its columns, so that live's rows do not fit what is gone back to. */
const others = { liveColumns: { kept: ['other'], aside_kept: ['other'], orders: ['other'] } };

describe('swap back', () => {
  it('is the flip alone when only the snapshot that was built again has rows to keep and the config lets them go', () => {
    const { fills, side } = swap({ acceptLoss: ['kept'], ...others });
    expect(fills).toEqual([]);
    expect(side.containers).toEqual([at('r41')]);
  });

  it('copies the kept file and brings it level from live, so that the kept one stays whole', () => {
    const { fills } = swap({ written: ['orders'] });
    expect(fills).toEqual([
      { do: 'copy', from: at('r41'), id: 'file of r41', to: fileSides.idle[0] },
      { do: 'copy', from: onLive('kept'), id: expect.anything(), to: onIdle('kept') },
      { do: 'copy', from: onLive('orders'), id: expect.anything(), to: onIdle('orders') },
    ]);
  });

  it('does not take back what the release had not changed and was written to since', () => {
    expect(staying({ written: ['aside', 'aside_fact', 'aside_kept', 'orders', 'handmade'] })).toEqual([
      'kept',
      'aside',
      'aside_fact',
      'aside_kept',
      'shop.main.orders',
      'shop.main.handmade',
    ]);
  });

  it('takes with it what nobody had before the cutover', () => {
    expect(staying({ more: ['loaded'], written: ['loaded'] })).toEqual(['kept', 'shop.main.loaded']);
  });

  it('lists what goes back, to when, and what was written to it since', () => {
    const { goingBack, backTo } = swap({ written: ['fact'] });
    expect(goingBack.map(({ name, materialized, movedOn }) => [name, materialized, movedOn])).toEqual([
      ['fact', 'incremental', true],
      ['table', 'table', false],
    ]);
    expect(backTo).toBe('2026-11-21T10:42:00Z');
  });

  it("keeps live's rows of what is irreplaceable, by name or pattern", () => {
    expect(staying({ irreplaceable: ['fa*'] })).toEqual(['fact', 'kept']);
  });

  it("keeps live's rows where live has more columns", () => {
    expect(staying({ liveColumns: { kept: ['id', 'more'] } })).toEqual(['kept']);
  });

  it.each([
    ['a snapshot that the release changed', [], 'kept (a snapshot): what is gone back to needs id'],
    ['a snapshot that it had not', ['aside_kept'], 'aside_kept (a snapshot)'],
    ['a source', ['orders'], 'shop.main.orders (no release builds it)'],
  ])('asks a person when the columns do not let the rows of %s stay', (_, written, text) => {
    expect(() => plan({ ...others, written })).toThrowError(wouldLose(text));
  });

  it('says what to type to lose them, and does as told', () => {
    expect(() => plan(others)).toThrowError(
      expect.objectContaining({ next: 'lastgreen rollback --to r41 --accept-loss kept' }),
    );
    expect(staying({ ...others, acceptLoss: ['kept'] })).toEqual([]);
    expect(staying({ ...others, written: ['orders'], acceptLoss: ['all'] })).toEqual([]);
  });

  it('asks a person before rows go that were written to a model which only the release has', () => {
    const added = new Map([[model('log'), node('log', { config: { full_refresh: false } })]]);
    const o = { is: commit('bad', added), more: ['log'] };
    expect(() => plan({ ...o, written: ['log'] })).toThrowError(
      wouldLose('log (full_refresh: false): only what is live has it'),
    );
    expect(staying(o)).toEqual(['kept']);
  });

  it('keeps everything that may have been written to when nobody knows', () => {
    expect(staying({ sealKnown: false })).toEqual([
      'kept',
      'aside',
      'aside_fact',
      'aside_kept',
      'shop.main.orders',
      'shop.main.handmade',
    ]);
  });

  it('never loses a row of what cannot be made again, whatever was written', () => {
    fc.assert(
      fc.property(
        fc.subarray([...tables]),
        fc.subarray(['kept', 'aside_kept', 'orders', 'handmade']),
        (written, unfit) => {
          const o = { written, liveColumns: Object.fromEntries(unfit.map((name) => [name, ['other']])) };
          const precious = ['kept', 'aside_kept', 'orders', 'handmade'].filter(
            (name) => name === 'kept' || written.includes(name),
          );
          const attempt = () => staying(o).map((name) => name.replace('shop.main.', ''));
          if (precious.some((name) => unfit.includes(name))) expect(attempt).toThrowError(wouldLose('cannot stay'));
          else expect(attempt()).toEqual(expect.arrayContaining(precious));
        },
      ),
    );
  });
});

describe('which way back is taken', () => {
  it('is swap back, with why not the others', () => {
    expect(swap().others).toEqual([
      { strategy: 'time-travel', because: 'this engine has no time travel beyond its kept sides, which hold r41' },
      { strategy: 'rebuild', because: 'it is slower' },
    ]);
  });

  it('is rebuild where no kept side holds the target', () => {
    const made = plan({ keptSide: false });
    expect(made).toMatchObject({
      is: 'rebuild',
      others: [{ strategy: 'swap', because: 'no kept side holds r41' }, { strategy: 'time-travel' }],
    });
  });

  it('is none when the one that was asked for cannot be', () => {
    const none = (because: string) =>
      expect.objectContaining({ code: 'NO_WAY_BACK', message: expect.stringContaining(because) });
    expect(() => plan({ strategy: 'swap', keptSide: false })).toThrowError(none('no kept side holds r41'));
    expect(() => plan({ strategy: 'time-travel' })).toThrowError(none('no time travel beyond its kept sides'));
  });

  it('is none when nobody knows what the target was', () => {
    const unknown = { ...world({}), to: { plan: null, manifest: null } };
    expect(() => planRollback(unknown)).toThrowError(
      expect.objectContaining({
        code: 'NO_WAY_BACK',
        message: expect.stringContaining('the manifest of r41 is not in the store'),
      }),
    );
  });

  it('is not needed when live has the content already', () => {
    expect(plan({ target: r42 })).toEqual({ is: 'already-back', target: 'r42' });
  });
});

describe('rebuild', () => {
  const sources = (o: World = {}) =>
    Object.fromEntries(
      [...rebuild(o).history].map(([id, source]) => [
        id.split('.').at(-1),
        source.is === 'copy' ? source.from : source.is,
      ]),
    );

  it("takes history from the kept side, and live's rows of what cannot be made again", () => {
    expect(sources()).toEqual({ fact: kept('fact'), kept: onLive('kept') });
  });

  it('builds in full what no side holds as the commit makes it', () => {
    expect(sources({ keptSide: false })).toMatchObject({ fact: 'full' });
  });

  it('refuses by name what can neither be copied nor made again, until its loss is accepted', () => {
    const changed = (body: string) =>
      commit('same', new Map([[model('kept'), node('kept', { materialized: 'snapshot', body })]]));
    const o: World = { keptSide: false, was: changed('good'), is: changed('bad') };
    expect(sources(o)).toEqual({ kept: 'refuse' });
    const { history, changed: nodes, again } = rebuild(o);
    const given = facts(changed('bad'), changed('good'));
    expect(() => planRebuild(given, { history, changed: nodes, again })).toThrowError(
      expect.objectContaining({
        code: 'PLAN_REFUSED',
        message: expect.stringContaining('kept has no history to go back to'),
      }),
    );
    expect(sources({ ...o, acceptLoss: ['kept'] })).toEqual({ kept: 'full' });
  });

  it('becomes a plan that copies history from where it was found and builds what differs', () => {
    const { history, changed, again } = rebuild();
    const made = planRebuild(facts(commit('bad'), commit('good')), { history, changed, again });
    expect(made.nodes.map(({ name, history: kind }) => [name, kind])).toEqual([
      ['stg', 'none'],
      ['fact', 'seed'],
      ['table', 'none'],
      ['kept', 'seed'],
    ]);
    expect(made.prepare).toContainEqual({ do: 'copy', from: kept('fact'), id: null, to: onIdle('fact') });
    expect(made.prepare.filter((fill) => 'to' in fill && nameKey(fill.to) === nameKey(onIdle('kept')))).toEqual([]);
  });

  it("builds everything once more, from live's own history, when live has that content", () => {
    const again = rebuild({ target: r42, was: commit('bad') });
    expect(again.again).toBe(true);
    const made = planRebuild(facts(commit('bad'), commit('bad')), again);
    expect(made.nodes.map(({ name, history }) => [name, history])).toEqual([
      ['stg', 'none'],
      ['fact', 'seed'],
      ['table', 'none'],
      ['kept', 'seed'],
      ['aside', 'none'],
      ['aside_fact', 'seed'],
      ['aside_kept', 'seed'],
    ]);
  });

  it('asks a person before rows go that only live has', () => {
    const added = new Map([[model('log'), node('log', { materialized: 'snapshot' })]]);
    const o: World = { is: commit('bad', added), more: ['log'], written: ['log'], strategy: 'rebuild' };
    expect(() => plan(o)).toThrowError(wouldLose('log (a snapshot): only what is live has it'));
  });
});
