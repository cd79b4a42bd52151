import type { NodeId } from '../domain/ids.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { ManifestNode } from '../domain/manifest.ts';
import { followsPointers, type Plan, type PlannedNode } from '../domain/plan.ts';
import { type Container, nameKey, type Relation } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import type { Catalog, Traits } from '../warehouse/port.ts';
import type { Changes } from './changes.ts';
import { givenBeside } from './grants.ts';
import type { HistorySource } from './history.ts';
import type { Locate, NameMap } from './names.ts';
import { stateRule } from './patterns.ts';
import type { Placed, Strategy } from './strategies/strategy.ts';

export interface SideFacts {
  readonly sides: { readonly live: readonly Container[]; readonly idle: readonly Container[] };
  readonly locate: Locate;
  readonly traits: Traits;
  /** Of the live side. */
  readonly catalog: Catalog;
  readonly ledger: Ledger | null;
  readonly sources?: ReadonlyMap<NodeId, HistorySource>;
  readonly nodeOf: (id: NodeId) => ManifestNode | undefined;
  readonly settings: Pick<Settings, 'state'>;
}

/** What goes into the idle side, once the change set is known. */
export interface Parts {
  readonly names: NameMap;
  readonly strategy: Strategy;
  readonly changes: Changes;
  readonly nodes: readonly PlannedNode[];
  readonly removed: Plan['removed'];
}

export type SideWork = Pick<Plan, 'carried' | 'deferred' | 'prepare' | 'settle' | 'idle' | 'live' | 'announced'>;

/** The fills that make the idle side ready for dbt, and what the cutover may change. */
export function prepareSide(
  facts: SideFacts,
  { names, strategy, changes, nodes, removed }: Parts,
): { plan: SideWork; problems: readonly string[] } {
  const { locate, catalog, sides, traits } = facts;
  const planned = new Set(nodes.map((node) => node.id));
  const leaving = [...removed.map(({ live }) => live), ...orphans(facts, names, removed)].filter(
    (live) => !isSharedAway(live, facts),
  );
  const moving = nodes.filter((node) => node.live && !names.nodes.get(node.id)?.shared);
  const placed = moving.map((node): Placed => {
    const [before, now] = [changes.before.get(node.id), facts.nodeOf(node.id)];
    const revoked = before && now ? givenBeside(before, now) : [];
    if (node.history !== 'seed') return { node, seedFrom: null, revoked };
    const source = facts.sources?.get(node.id);
    const old = before?.relation;
    return { node, seedFrom: source?.is === 'copy' ? source.from : old ? locate(old, 'live') : null, revoked };
  });
  const { problems, ...work } = strategy.prepare({
    names,
    traits,
    sides,
    placed,
    unchanged: [...names.nodes.values()].filter((node) => !planned.has(node.id)),
    leaving,
    nodeName: (id) => facts.nodeOf(id)?.name ?? id,
    state: (relation) => stateRule(relation, facts.settings),
    catalog,
  });
  const lives = moving.flatMap(({ live }) => live ?? []);
  const replace = lives.filter((live) => catalog.find(live) !== null);
  const announced = { replace, add: lives.filter((live) => catalog.find(live) === null), remove: leaving };
  return { plan: { ...work, announced }, problems };
}

/** What a past release built and no node has any more. Nothing else is ever taken away. */
function orphans({ ledger, catalog }: SideFacts, names: NameMap, removed: Plan['removed']): readonly Relation[] {
  const known = new Set(
    [...names.nodes.values(), ...names.sources.values(), ...removed].map(({ live }) => nameKey(live)),
  );
  return (ledger?.entries ?? [])
    .map((entry) => entry.relation)
    .filter((live) => !known.has(nameKey(live)) && catalog.find(live) !== null);
}

/** Removed, but in a place that is the same on all sides: left alone. */
const isSharedAway = (live: Relation, { sides, traits }: SideFacts): boolean =>
  followsPointers(traits.exchange) && !sides.live.some((side) => side.location === live.location);

/** Where everything is when nothing is built. */
export function noWork(
  facts: Pick<SideFacts, 'sides'>,
  names: NameMap,
  strategy: Strategy,
): { plan: SideWork; problems: readonly string[] } {
  const named = [...names.nodes.values()];
  const carried = named.filter((node) => !node.shared).map(({ id, live, idle }) => ({ id, live, idle }));
  const deferred = named.filter((node) => node.shared).map(({ id, live }) => ({ id, live }));
  const sides = strategy.sides(carried, facts.sides);
  return {
    plan: {
      carried,
      deferred,
      prepare: [],
      settle: [],
      idle: sides.idle,
      live: sides.live,
      announced: { replace: [], add: [], remove: [] },
    },
    problems: [],
  };
}
