import { expect } from 'vitest';
import type { LiveLook, Seal } from '../../../src/domain/cutover.ts';
import { fence, sha } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { type Container, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { definitionsOf } from '../../../src/planning/definition.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { planRollback, type RollbackFacts, type RollbackPlan } from '../../../src/planning/rollback.ts';
import { markOf, record } from './record.ts';
import { catalog, facts, fileSides, fileTraits, named, node, onLive, project, release, settings } from './world.ts';

/** A bad release that is live, and the good one before it. */

const [file] = fileSides.live;
export const at = (folder: string): Container => ({ ...file, location: `/data/.shop.lastgreen/${folder}/shop.db` });
export const [r41, r42] = [release('r41'), release('r42')];
export const kept = (name: string): Relation => ({ ...named(name), location: at('r41').location });

/** The commit before and the bad one: `stg` differs, so that `fact`, `table` and `kept` were built again. */
export const commit = (body: string, more: Manifest['nodes'] = new Map()): Manifest => {
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
export const tables = ['fact', 'table', 'kept', 'aside', 'aside_fact', 'aside_kept', 'orders', 'handmade'];

export interface World {
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

export function world(o: World): RollbackFacts {
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
  const mark = markOf(r42, { previous: { release: r41, content: r41, sha: sha('r41') }, token: 't' });
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
    travel: null,
  };
}

export const plan = (o: World = {}): RollbackPlan => planRollback(world(o));
export const swap = (o: World = {}): Extract<RollbackPlan, { is: 'swap' }> => {
  const made = plan(o);
  if (made.is !== 'swap') throw new Error(`${made.is} instead of swap`);
  return made;
};
export const rebuild = (o: World = {}): Extract<RollbackPlan, { is: 'rebuild' }> => {
  const made = plan({ strategy: 'rebuild', ...o });
  if (made.is !== 'rebuild') throw new Error(`${made.is} instead of rebuild`);
  return made;
};
export const staying = (o: World): readonly string[] => swap(o).staying.map(({ name }) => name);
export const wouldLose = (text: string) =>
  expect.objectContaining({ code: 'WOULD_LOSE', message: expect.stringContaining(text) });
/** The bad release changed its columns, so that live's rows do not fit what is gone back to. */
export const others = { liveColumns: { kept: ['other'], aside_kept: ['other'], orders: ['other'] } };
