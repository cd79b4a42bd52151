import type { Fill } from '../domain/change.ts';
import type { LiveLook } from '../domain/cutover.ts';
import type { NodeId } from '../domain/ids.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Manifest } from '../domain/manifest.ts';
import { exchangesRelations, type Plan, type PlannedNode } from '../domain/plan.ts';
import { displayName, isRelation, nameKey, type Relation, sameName } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import { withDownstream } from './graph.ts';
import { place } from './names.ts';
import { stateRule } from './patterns.ts';

export interface DriftFacts {
  readonly plan: Plan;
  /** Of the release's commit. */
  readonly manifest: Manifest;
  /** Live when the release looked at it; null: there was nothing to look at. */
  readonly before: LiveLook | null;
  readonly now: LiveLook;
  readonly settings: Pick<Settings, 'drift' | 'state'>;
  /** What stands behind the live names now. */
  readonly ledger: Ledger | null;
}

/** What brings a sealed side level with live again. */
export interface DriftRound {
  readonly fills: readonly Fill[];
  /** Nodes for dbt to build again, parents first. */
  readonly select: readonly NodeId[];
  readonly warnings: readonly string[];
  /** Relations whose drift the settings do not let pass. */
  readonly refused: readonly string[];
}

/**
 * What live's moving on means for a release that is built. A rebuilt table: its own rows are older, warned of. Seeded
 * history: seeded again, and that node and what is downstream built again. Carried relations, sources and what nobody
 * owns: carried again; what was rebuilt from them is warned of.
 */
export function planDriftRound(facts: DriftFacts): DriftRound {
  const { plan, manifest, settings } = facts;
  const hits = driftOf(facts).map((drift) => ({ ...drift, node: builtFrom(drift.live, plan) }));
  const seeded = hits.filter(({ node }) => node?.history === 'seed');
  const rebuilt = hits.filter(({ node, gone }) => node !== null && node.history !== 'seed' && !gone);
  const leaving = new Set(plan.announced.remove.map(nameKey));
  const beside = hits.filter(({ node, live }) => node === null && !leaving.has(nameKey(live)));
  const again = nodesAgain(
    seeded.flatMap(({ node }) => node ?? []),
    plan,
    manifest,
  );
  const names = (drifts: readonly Drift[]): readonly string[] => drifts.map(({ live }) => displayName(live));
  return {
    fills: [
      ...again.flatMap((node) => preparedAgain(node, plan)),
      ...beside.flatMap((drift) => carriedAgain(drift, plan)),
    ],
    select: again.map((node) => node.id),
    warnings: [
      ...rebuilt
        .filter(({ node }) => !again.some((other) => other === node))
        .map(
          (drift) =>
            `${displayName(drift.live)} was written to${by(drift.live, facts)} since the release was built: it goes live with the rows that it was built with.`,
        ),
      ...staleReaders(beside, again, facts),
    ],
    refused: [
      ...(settings.drift.tables === 'fail' ? names(rebuilt) : []),
      // Live's new rows and the build's own would have to become one: only the writer knows how.
      ...names(beside.filter(({ live }) => stateRule(live, settings) === 'merge')),
      ...names(seeded.filter(({ gone }) => gone || settings.drift.history === 'fail')),
    ],
  };
}

interface Drift {
  readonly live: Relation;
  /** Not there any more. */
  readonly gone: boolean;
}

/** Every relation that was written to, came or went since the first look. */
function driftOf({ before, now }: DriftFacts): readonly Drift[] {
  if (before === null) return [];
  const was = new Map(before.fingerprints.map(([live, text]) => [nameKey(live), text]));
  const is = new Set(now.fingerprints.map(([live]) => nameKey(live)));
  const written = now.fingerprints.filter(([live, text]) => was.get(nameKey(live)) !== text);
  const gone = before.fingerprints.filter(([live]) => !is.has(nameKey(live)));
  return [...written.map(([live]) => ({ live, gone: false })), ...gone.map(([live]) => ({ live, gone: true }))];
}

const copyOf = ({ idle }: PlannedNode, plan: Plan): Extract<Fill, { do: 'copy' }> | undefined =>
  plan.prepare.filter((fill) => fill.do === 'copy').find((copy) => idle !== null && sameName(copy.to, idle));

/** Where a node's history was copied from: its own live name, unless it had another one. */
function seedOf(node: PlannedNode, plan: Plan): Relation | null {
  const copy = copyOf(node, plan);
  return copy && isRelation(copy.from) ? copy.from : node.live;
}

/** What the copy of a node's history refers to at once. */
const refersOf = ({ idle }: PlannedNode, plan: Plan): readonly Fill[] =>
  plan.prepare.filter((fill) => fill.do === 'refer' && idle !== null && sameName(fill.idle, idle));

/** The node of the change set that stands for a live relation, or was seeded from it. */
function builtFrom(live: Relation, plan: Plan): PlannedNode | null {
  const found = plan.nodes.find((node) => {
    const source = node.history === 'seed' ? seedOf(node, plan) : node.live;
    return source !== null && sameName(source, live);
  });
  return found ?? null;
}

/** The seeded nodes that live moved on for, and what the release built from them. */
function nodesAgain(seeded: readonly PlannedNode[], plan: Plan, manifest: Manifest): readonly PlannedNode[] {
  const below = withDownstream(
    seeded.map((node) => node.id),
    manifest,
  );
  return plan.nodes.filter((node) => below.has(node.id));
}

/** The idle side as prepare left it, for one node: its history anew, or nothing. */
function preparedAgain(node: PlannedNode, plan: Plan): readonly Fill[] {
  const from = seedOf(node, plan);
  if (!node.idle || !from) return [];
  if (node.history !== 'seed') return [{ do: 'drop', what: node.idle }];
  const revoked = copyOf(node, plan)?.revoked;
  return [{ do: 'copy', from, id: null, to: node.idle, ...(revoked ? { revoked } : {}) }, ...refersOf(node, plan)];
}

/** Where only the change set has an idle side, the rest is read from live and needs no carrying. */
function carriedAgain({ live, gone }: Drift, plan: Plan): readonly Fill[] {
  const to = place(live, plan.live, plan.idle);
  if (sameName(to, live) || exchangesRelations(plan.exchange)) return [];
  return [gone ? { do: 'drop', what: to } : { do: 'copy', from: live, id: null, to }];
}

/** What the release built from rows that live has newer ones of. */
function staleReaders(beside: readonly Drift[], again: readonly PlannedNode[], facts: DriftFacts): readonly string[] {
  const { plan, manifest } = facts;
  const ids = new Map([...plan.carried, ...plan.deferred].map(({ id, live }) => [nameKey(live), id]));
  return beside.flatMap((drift) => {
    const id = ids.get(nameKey(drift.live));
    const below = id ? withDownstream([id], manifest) : new Set<NodeId>();
    const readers = plan.nodes.filter(
      (node) => below.has(node.id) && node.live && node.materialized !== 'view' && !again.includes(node),
    );
    if (readers.length === 0) return [];
    return [
      `${displayName(drift.live)} was written to${by(drift.live, facts)} since the release was built: ${readers.map((node) => node.name).join(', ')} ${readers.length === 1 ? 'goes' : 'go'} live with what was read before.`,
    ];
  });
}

/** By whom, where the ledger knows of a run since. */
function by(live: Relation, { ledger }: DriftFacts): string {
  const producer = ledger?.entries.find((entry) => sameName(entry.relation, live))?.producedBy ?? '';
  return producer.startsWith('run ') ? ` by ${producer}` : '';
}
