import type { NodeId } from '../domain/ids.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import type { PlannedNode } from '../domain/plan.ts';
import type { Relation } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import type { Changes } from './changes.ts';
import type { OwnChange } from './difference.ts';
import { parentsFirst, parentsOf } from './graph.ts';

type HistoryDecision = Pick<PlannedNode, 'history' | 'because' | 'checkShape' | 'backfillSince'>;

/** Where a node's history comes from when an earlier commit is built again. */
export type HistorySource =
  | { readonly is: 'copy'; readonly from: Relation; readonly because: string }
  | { readonly is: 'full'; readonly because: string }
  /** Neither copied nor made anew: a person decides. */
  | { readonly is: 'refuse'; readonly because: string };

export interface HistoryFacts {
  /** Of this commit, for the live side. */
  readonly manifest: Manifest;
  readonly changes: Changes;
  readonly settings: Pick<Settings, 'build' | 'history'>;
  /** Nodes that `full_refresh: {except}` selects. */
  readonly excluded: ReadonlySet<NodeId>;
  /** Size of live relations, bytes, where it is known. */
  readonly bytes: ReadonlyMap<NodeId, number>;
  /** Nodes with a live table to seed from. */
  readonly seedable: ReadonlySet<NodeId>;
  /** A way back decides otherwise than a way forward. */
  readonly sources?: ReadonlyMap<NodeId, HistorySource>;
}

/** What happens to each node's history, with what cannot be as a sentence for a refusal. */
export interface Histories {
  readonly decisions: ReadonlyMap<NodeId, HistoryDecision>;
  readonly problems: readonly string[];
}

/** Built from nothing each time, so that there is no history to lose. Custom materializations may keep some. */
const WITHOUT_HISTORY = new Set(['table', 'view', 'ephemeral', 'seed', 'materialized_view', 'function']);

/** Whether a relation's rows outlive a build. */
export const keepsHistory = (node: Pick<ManifestNode, 'resource' | 'materialized'>): boolean =>
  node.resource === 'snapshot' || (node.resource === 'model' && !WITHOUT_HISTORY.has(node.materialized));

/** Decides for the nodes of the change set, parents first: a parent that is made anew makes those below it anew. */
export function decideHistories(facts: HistoryFacts): Histories {
  const decisions = new Map<NodeId, HistoryDecision>();
  const problems: string[] = [];
  // Nodes whose rows differ for the past too, with why.
  const remade = new Map<NodeId, string>();
  for (const node of parentsFirst(facts.manifest)) {
    if (!facts.changes.reasons.has(node.id)) continue;
    const own = rowChange(facts.changes.own.get(node.id) ?? []);
    const above = parentsOf(node, facts.manifest).flatMap((parent) => remade.get(parent.id) ?? [])[0] ?? null;
    const decision = decide(node, facts, own, above, problems);
    decisions.set(node.id, decision);
    const passes = keepsHistory(node) ? decision.history === 'full' : own !== null || above !== null;
    if (passes)
      remade.set(
        node.id,
        own !== null || above === null ? `${node.name} changed${own === null ? '' : ` (${own})`}` : above,
      );
  }
  return { decisions, problems };
}

/** The first change that may mean other rows, in words. */
const rowChange = (own: readonly OwnChange[]): string | null => {
  const found = own.find((change) => change.weight === 'rows');
  return found ? (found.detail === null ? found.why : `${found.why}: ${found.detail}`) : null;
};

const full = (because: string): HistoryDecision => ({
  history: 'full',
  because,
  checkShape: false,
  backfillSince: null,
});
const seed = (because: string, o: { checkShape?: boolean; backfillSince?: string | null } = {}): HistoryDecision => ({
  history: 'seed',
  because,
  checkShape: o.checkShape ?? false,
  backfillSince: o.backfillSince ?? null,
});

function decide(
  node: ManifestNode,
  facts: HistoryFacts,
  own: string | null,
  above: string | null,
  problems: string[],
): HistoryDecision {
  if (!keepsHistory(node)) return { ...full('it has no history'), history: 'none' };
  const source = facts.sources?.get(node.id);
  if (source) return fromSource(node, source, problems);
  const before = facts.changes.before.get(node.id);
  if (node.resource === 'snapshot') return snapshot(node, before, facts, problems);
  if (!before) return full('new');
  if (!keepsHistory(before)) return full(`was a ${before.materialized} before`);
  if (!facts.seedable.has(node.id)) return full('its live relation is not there');
  // Layout is kept with the relation: a seed would bring the old one along.
  const changed = own ?? layoutChange(facts.changes.own.get(node.id) ?? []);
  const guarded = protection(node, facts);
  const cause = changed === null ? above : `its own definition changed (${changed})`;
  if (cause === null) return seed(guarded ?? 'its rows stay as they are');
  if (guarded !== null) return seed(`${guarded}, although ${cause}`, { checkShape: true });
  if (isMicrobatch(node)) return microbatch(node, facts, cause);
  if (changed !== null) return full(cause);
  if (facts.settings.history[node.name]?.onParentChange === 'seed')
    return seed(`on_parent_change: seed, although ${cause}`);
  return full(cause);
}

function fromSource(node: ManifestNode, source: HistorySource, problems: string[]): HistoryDecision {
  if (source.is === 'refuse') problems.push(`${node.name} has no history to go back to: ${source.because}.`);
  return source.is === 'full' ? full(source.because) : seed(source.because);
}

const layoutChange = (own: readonly OwnChange[]): string | null => {
  const found = own.find((change) => change.weight === 'layout');
  return found ? `${found.why}: ${found.detail ?? ''}` : null;
};

/** A snapshot's rows are made by nothing else: they are copied, or nothing happens. */
function snapshot(
  node: ManifestNode,
  before: ManifestNode | undefined,
  facts: HistoryFacts,
  problems: string[],
): HistoryDecision {
  if (!before) return full('new: it has no history yet');
  const because =
    before.resource !== 'snapshot'
      ? `it was a ${before.materialized} before`
      : facts.seedable.has(node.id)
        ? null
        : 'its live relation is not there';
  if (because !== null) problems.push(`Snapshot ${node.name} cannot be seeded: ${because}. It is never built in full.`);
  return seed('a snapshot is always seeded');
}

/** Why a node is never rebuilt in full; null when it may be. */
function protection(node: ManifestNode, { excluded, bytes, settings }: HistoryFacts): string | null {
  if (node.config['full_refresh'] === false) return 'full_refresh: false';
  if (excluded.has(node.id)) return 'excluded from full refresh';
  const size = bytes.get(node.id);
  const limit = settings.build.maxBytes;
  return size !== undefined && limit !== null && size > limit
    ? `over the size limit (${size} of ${limit} bytes)`
    : null;
}

const isMicrobatch = (node: ManifestNode): boolean => node.config['incremental_strategy'] === 'microbatch';

function microbatch(node: ManifestNode, { settings }: HistoryFacts, cause: string): HistoryDecision {
  const since = settings.build.backfill[node.name] ?? null;
  return since === null
    ? seed(`microbatch without \`backfill: {since}\`: earlier batches stay as they are, although ${cause}`, {
        checkShape: true,
      })
    : seed(`microbatch: backfilled from ${since}, because ${cause}`, { backfillSince: since, checkShape: true });
}
