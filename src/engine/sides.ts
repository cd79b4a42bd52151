import type { LiveLook, Seal } from '../domain/cutover.ts';
import type { Manifest } from '../domain/manifest.ts';
import { exchangesAll, exchangesRelations, type Plan } from '../domain/plan.ts';
import { type Container, contains, homed, nameKey, type Relation } from '../domain/relation.ts';
import type { Check } from '../domain/verdict.ts';
import type { Side } from '../gates/gate.ts';
import { restingPlaces } from '../planning/moves-back.ts';
import { place } from '../planning/names.ts';
import { schemasOf } from '../planning/strategies/strategy.ts';
import type { Catalog } from '../warehouse/port.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';

/** Longest a gate's own query may run when its check says nothing shorter, ms. */
const QUERY_MS = 10 * 60_000;

/** One side as gates ask it: a catalog read once, queries that name the side. */
export async function openSide(
  ports: Ports,
  o: {
    containers: readonly Container[];
    relationOf: (node: string) => Relation | null;
    /** Where it was read just now. */
    catalog?: Catalog | null;
    look: LiveLook | null;
    /** When it was looked at. */
    lookedAt?: Date;
    signal: AbortSignal;
  },
): Promise<Side> {
  const catalog = o.catalog ?? (await retrying(ports, () => ports.warehouse.catalog(o.containers), o.signal));
  const [first] = o.containers;
  if (!first) throw new RangeError('a side has at least one container');
  let again: Promise<LiveLook> | null = null;
  return {
    catalog,
    relationOf: o.relationOf,
    look: o.look,
    lookedAt: o.lookedAt ?? null,
    lookAgain: () => (again ??= lookAgain(ports, o)),
    quote: (relation) => ports.warehouse.quote(relation),
    describe: (sql, signal = o.signal) => ports.warehouse.describe(sql, { in: first, timeoutMs: QUERY_MS, signal }),
    query: (sql, signal = o.signal) => ports.warehouse.query(sql, { in: first, timeoutMs: QUERY_MS, signal }),
  };
}

/** The cheap token first: a whole look reads every row where the engine keeps no count of changes. */
async function lookAgain(
  ports: Ports,
  o: { containers: readonly Container[]; look: LiveLook | null; signal: AbortSignal },
): Promise<LiveLook> {
  const { containers, look, signal } = o;
  if (look && (await retrying(ports, () => ports.warehouse.unchanged(containers, look), signal))) return look;
  return retrying(ports, () => ports.warehouse.look(containers), signal);
}

/** Containers that a release changes, and those of whatever else its checks ask about. */
export function withAsked(
  containers: readonly Container[],
  checks: readonly Check[],
  relationOf: (node: string) => Relation | null,
): readonly Container[] {
  const asked = checks.flatMap(({ node }) => (node === null ? [] : (relationOf(node) ?? [])));
  return [...containers, ...schemasOf(asked.filter((one) => !containers.some((home) => contains(home, one))))];
}

/**
 * Where nodes lay before a release was cut over. Where it did not replace all of live, only what it replaced rests on the kept
 * side: the rest is what it was.
 */
export function earlierRelations(
  plan: Plan,
  baseline: Manifest,
  kept: readonly Container[],
): (node: string) => Relation | null {
  if (exchangesAll(plan.exchange)) return liveRelations(baseline, plan.live, kept);
  const gone = new Set([...plan.announced.replace, ...plan.announced.remove].map(nameKey));
  const isGone = (relation: Relation): boolean =>
    exchangesRelations(plan.exchange)
      ? gone.has(nameKey(relation))
      : plan.live.some((container) => contains(container, relation));
  const onLive = liveRelations(baseline, plan.live);
  return (node) => {
    const found = onLive(node);
    return found && isGone(found) ? (restingPlaces(kept, found)[0] ?? null) : found;
  };
}

/** Where the plan's nodes and sources lie on the sealed (or still open) idle side. */
export function idleRelations(plan: Plan, manifest: Manifest, seal: Seal | null): (node: string) => Relation | null {
  const sides = seal?.sides ?? plan.idle;
  const known = new Map<string, Relation>();
  for (const node of plan.nodes) if (node.idle) known.set(node.id, place(node.idle, plan.idle, sides));
  for (const node of plan.carried) known.set(node.id, place(node.idle, plan.idle, sides));
  for (const node of plan.deferred) known.set(node.id, node.live);
  return byIdOrName(known, manifest, (relation) => place(homed(relation, plan.live), plan.live, sides));
}

/** Where a manifest's nodes lie on live, or on a kept side that was live. */
export function liveRelations(
  manifest: Manifest,
  live: readonly Container[],
  now: readonly Container[] = live,
): (node: string) => Relation | null {
  return byIdOrName(new Map(), manifest, (relation) => place(homed(relation, live), live, now));
}

/** A node may be asked for by its unique_id or, in configs that people write, by its name. */
function byIdOrName(
  known: ReadonlyMap<string, Relation>,
  manifest: Manifest,
  lying: (relation: Relation) => Relation,
): (node: string) => Relation | null {
  const all = new Map<string, Relation>(known);
  for (const node of [...manifest.nodes.values(), ...manifest.sources.values()]) {
    const relation = all.get(node.id) ?? (node.relation ? lying(node.relation) : null);
    if (!relation) continue;
    all.set(node.id, relation);
    if (!all.has(node.name)) all.set(node.name, relation);
  }
  return (node) => all.get(node) ?? null;
}
