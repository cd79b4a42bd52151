import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { detectChanges } from '../../../src/planning/changes.ts';
import { decideHistories, type HistoryFacts } from '../../../src/planning/history.ts';
import { inputs, macro, model, type NodeText, named, node, project, settings } from './world.ts';

const incremental: NodeText = { materialized: 'incremental' };

function decide(
  was: Manifest | null,
  is: Manifest,
  o: Partial<HistoryFacts> & { readonly selectedByDbt?: readonly NodeId[] } = {},
) {
  const { selectedByDbt = [], ...rest } = o;
  const changes = detectChanges({
    baseline: was,
    current: is,
    selectedByDbt,
    asked: false,
    baselineInputs: inputs,
    inputs,
    baselineDefinitions: null,
    missing: [],
  });
  const seedable = new Set(changes.before.keys());
  return decideHistories({ manifest: is, changes, settings, excluded: new Set(), bytes: new Map(), seedable, ...rest });
}

/** A changed fact, as `decide` told. */
const fact = (was: NodeText, is: NodeText, o: Parameters<typeof decide>[2] = {}) =>
  decide(
    project([node('fact', { ...incremental, ...was })]),
    project([node('fact', { ...incremental, ...is })]),
    o,
  ).decisions.get(model('fact'));

/** A fact below a view below a table, which changed as told. */
const below = (was: NodeText, is: NodeText, o: Parameters<typeof decide>[2] = {}, own: NodeText = {}) => {
  const of = (text: NodeText) =>
    project([
      node('base', text),
      node('step', { materialized: 'view', reads: ['base'] }),
      node('fact', { ...incremental, ...own, reads: ['step'] }),
    ]);
  return decide(of(was), of(is), o).decisions.get(model('fact'));
};

describe('the history of an incremental', () => {
  it.each<[string, NodeText, NodeText, 'full' | 'seed']>([
    ['is built in full when it was a table before', { materialized: 'table' }, {}, 'full'],
    ['is built in full when its body changed', {}, { body: 'new' }, 'full'],
    ['is built in full when its contract changed', {}, { contract: { enforced: true } }, 'full'],
    ['is built in full when its keys changed', {}, { config: { unique_key: 'id' } }, 'full'],
    ['is built in full when its partitions changed', {}, { config: { partition_by: ['day'] } }, 'full'],
    ['is built in full when its strategy changed', {}, { config: { incremental_strategy: 'merge' } }, 'full'],
    ['is seeded when only a hook changed', {}, { config: { 'post-hook': ['x'] } }, 'seed'],
    ['is seeded when only grants changed', {}, { config: { grants: { select: ['x'] } } }, 'seed'],
    ['is seeded when only tags changed', {}, { tags: ['x'] }, 'seed'],
    ['is seeded when only its docs changed', {}, { config: { docs: { show: false } } }, 'seed'],
  ])('%s', (_, was, is, history) => {
    expect(fact(was, is)?.history).toBe(history);
  });

  it('is built in full when it is new', () => {
    expect(decide(null, project([node('fact', incremental)])).decisions.get(model('fact'))).toMatchObject({
      history: 'full',
      because: 'new',
    });
  });

  it('is built in full when its live relation is gone', () => {
    expect(fact({}, { tags: ['x'] }, { seedable: new Set() })).toMatchObject({
      history: 'full',
      because: 'its live relation is not there',
    });
  });

  it.each<[string, NodeText, NodeText, 'full' | 'seed']>([
    ['is built in full when an ancestor changed in body', {}, { body: 'new' }, 'full'],
    [
      'is built in full when a seed file above changed',
      { resource: 'seed', materialized: 'seed' },
      { resource: 'seed', materialized: 'seed', body: 'new' },
      'full',
    ],
    ['is built in full when an ancestor changed in contract', {}, { contract: { enforced: true } }, 'full'],
    ['is seeded when only the layout of an ancestor changed', {}, { config: { cluster_by: ['x'] } }, 'seed'],
    ['is seeded when an ancestor only moved', {}, { relation: named('base', 'elsewhere') }, 'seed'],
  ])('%s', (_, was, is, history) => {
    expect(below(was, is)?.history).toBe(history);
  });

  it('is seeded when an ancestor got a tag only', () => {
    expect(below({}, { tags: ['x'] }, { selectedByDbt: [model('base'), model('step'), model('fact')] })?.history).toBe(
      'seed',
    );
  });

  it('says which ancestor changed, and how', () => {
    expect(below({}, { body: 'new' })?.because).toBe('base changed (body)');
  });

  it('is seeded below a changed parent where the config says so, and tells', () => {
    const o = { settings: { ...settings, history: { fact: { onParentChange: 'seed' as const } } } };
    expect(below({}, { body: 'new' }, o)).toMatchObject({
      history: 'seed',
      because: 'on_parent_change: seed, although base changed (body)',
      checkShape: false,
    });
  });

  it('is built in full below an incremental that is built in full, and seeded below one that is seeded', () => {
    const of = (o: NodeText) =>
      project([
        node('base', o),
        node('upper', { ...incremental, reads: ['base'], config: o.config ?? {} }),
        node('fact', { ...incremental, reads: ['upper'] }),
      ]);
    expect(decide(of({}), of({ body: 'new' })).decisions.get(model('fact'))?.history).toBe('full');
    const kept = { config: { full_refresh: false } };
    expect(decide(of(kept), of({ ...kept, body: 'new' })).decisions.get(model('fact'))?.history).toBe('seed');
  });

  it.each<[string, NodeText, Parameters<typeof decide>[2]]>([
    ['full_refresh: false', { config: { full_refresh: false } }, {}],
    ['the selector of the config', {}, { excluded: new Set([model('fact')]) }],
    [
      'its size',
      {},
      { bytes: new Map([[model('fact'), 11]]), settings: { ...settings, build: { ...settings.build, maxBytes: 10 } } },
    ],
  ])('stays, and has its shape checked, when %s protects it from a changed body or parent', (_, text, o) => {
    expect(fact(text, { ...text, body: 'new' }, o)).toMatchObject({ history: 'seed', checkShape: true });
    expect(below({}, { body: 'new' }, o, text)).toMatchObject({ history: 'seed', checkShape: true });
    expect(fact(text, { ...text, tags: ['x'] }, o)).toMatchObject({ history: 'seed', checkShape: false });
  });

  it('is built in full when a macro that it reaches changed', () => {
    const of = (text: string) =>
      project([node('fact', { ...incremental, calls: ['macro.shop.m'] })], { macros: [macro('shop.m', text)] });
    expect(decide(of('old'), of('new')).decisions.get(model('fact'))).toMatchObject({
      history: 'full',
      because: 'its own definition changed (macro: m)',
    });
  });

  it("is seeded on an upgrade of dbt: its own macros are not the project's logic", () => {
    const of = (text: string) =>
      project([node('fact', { ...incremental, calls: ['macro.dbt.m'] })], { macros: [macro('dbt.m', text)] });
    expect(decide(of('old'), of('new')).decisions.get(model('fact'))?.history).toBe('seed');
  });

  it('keeps its history under a new id and under a new name', () => {
    const was = project([node('old', { ...incremental, relation: named('fact'), body: 'same' })]);
    expect(
      decide(was, project([node('fact', { ...incremental, body: 'same' })])).decisions.get(model('fact'))?.history,
    ).toBe('seed');
    expect(fact({}, { relation: named('fact', 'marts') })?.history).toBe('seed');
  });
});

describe('a microbatch model', () => {
  const batch = { config: { incremental_strategy: 'microbatch' } };

  it('is seeded, backfilled from where the config says, and checked: dbt adds no column to what is there', () => {
    const o = { settings: { ...settings, build: { ...settings.build, backfill: { fact: '2026-01-01' } } } };
    expect(fact(batch, { ...batch, body: 'new' }, o)).toMatchObject({
      history: 'seed',
      backfillSince: '2026-01-01',
      checkShape: true,
    });
  });

  it('keeps its earlier batches, tells so and is checked where the config says nothing', () => {
    expect(fact(batch, { ...batch, body: 'new' })).toMatchObject({
      history: 'seed',
      backfillSince: null,
      checkShape: true,
    });
  });

  it('is not backfilled when nothing of it changed', () => {
    const o = { settings: { ...settings, build: { ...settings.build, backfill: { fact: '2026-01-01' } } } };
    expect(fact(batch, { ...batch, tags: ['x'] }, o)).toMatchObject({ history: 'seed', backfillSince: null });
  });
});

describe('a snapshot', () => {
  const snapshot: NodeText = { materialized: 'snapshot' };
  const of = (text: NodeText) => project([node('kept', text)]);

  it('is always seeded, whatever changed', () => {
    const { decisions, problems } = decide(
      of(snapshot),
      of({ ...snapshot, body: 'new', config: { strategy: 'check' } }),
    );
    expect(decisions.get(model('kept'))?.history).toBe('seed');
    expect(problems).toEqual([]);
  });

  it('begins when it is new', () => {
    expect(decide(null, of(snapshot)).decisions.get(model('kept'))?.history).toBe('full');
  });

  it.each<[string, NodeText, Partial<HistoryFacts>]>([
    ['its live relation is gone', { ...snapshot }, { seedable: new Set() }],
    ['it was a table before', { materialized: 'table' }, {}],
  ])('is refused by name when %s', (_, was, o) => {
    const { problems } = decide(of(was), of({ ...snapshot, body: 'new' }), o);
    expect(problems).toEqual([expect.stringContaining('Snapshot kept cannot be seeded')]);
  });
});

it('has nothing to seed for tables, views and seeds', () => {
  const of = (body: string) =>
    project([
      node('a', { body }),
      node('b', { materialized: 'view', body }),
      node('c', { resource: 'seed', materialized: 'seed', body }),
    ]);
  expect([...decide(of('old'), of('new')).decisions.values()].map(({ history }) => history)).toEqual([
    'none',
    'none',
    'none',
  ]);
});

it('is careful with a materialization that it does not know: it may keep history', () => {
  const of = (o: NodeText) => project([node('a', { materialized: 'insert_by_period', ...o })]);
  expect(decide(of({}), of({ tags: ['x'] })).decisions.get(model('a'))?.history).toBe('seed');
});
