import { fail } from '../domain/errors.ts';
import type { NodeId } from '../domain/ids.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import {
  type Container,
  contains,
  displayName,
  inContainer,
  nameKey,
  type Relation,
  sameName,
} from '../domain/relation.ts';

export type SideOf = 'live' | 'idle';

/** Gives a relation as dbt has it the place that the side's connection fixes outside SQL. */
export type Locate = (relation: Relation, side: SideOf) => Relation;

export interface NamedNode {
  readonly id: NodeId;
  readonly live: Relation;
  readonly idle: Relation;
  /** The same on every side: never built, seeded or moved by a release. */
  readonly shared: boolean;
}

export interface NameMap {
  /** Without ephemeral models, which have no relation. */
  readonly nodes: ReadonlyMap<NodeId, NamedNode>;
  /** Sources say the same on every side; those that lie in what changes places have another place there. */
  readonly sources: ReadonlyMap<NodeId, NamedNode>;
}

/** Of the two manifests of one commit. */
export interface Sides {
  readonly live: Manifest;
  readonly idle: Manifest;
}

/**
 * Where each node and source is on each side. Throws SIDES_COLLIDE when the sides are one place, PLAN_REFUSED when the
 * map is not one-to-one or a source says something else on the idle side.
 */
export function mapNames(sides: Sides, locate: Locate): NameMap {
  const problems: string[] = [];
  const nodes = new Map<NodeId, NamedNode>();
  for (const node of sides.live.nodes.values()) {
    const named = nameOf(node, sides.idle, locate, problems);
    if (named) nodes.set(node.id, named);
  }
  for (const node of sides.idle.nodes.values())
    if (!sides.live.nodes.has(node.id))
      problems.push(`${node.name} is enabled for the idle side and not for the live side.`);
  const all = [...nodes.values()];
  const [first] = all;
  if (first && all.every((node) => node.shared)) fail('SIDES_COLLIDE', { what: `${displayName(first.live)} on both` });
  problems.push(...collisions(all, sides.live));
  const sources = mapSources(sides, locate, problems);
  if (problems.length > 0)
    fail('PLAN_REFUSED', {
      problems,
      next: 'make every name differ between the sides and from every other, then lastgreen plan',
    });
  return { nodes, sources };
}

function nameOf(node: ManifestNode, idle: Manifest, locate: Locate, problems: string[]): NamedNode | null {
  const twin = idle.nodes.get(node.id);
  if (!twin) problems.push(`${node.name} is enabled for the live side and not for the idle side.`);
  else if ((node.relation === null) !== (twin.relation === null))
    problems.push(`${node.name} has a relation on one side and is ephemeral on the other.`);
  if (!node.relation || !twin?.relation) return null;
  const [live, there] = [locate(node.relation, 'live'), locate(twin.relation, 'idle')];
  return { id: node.id, live, idle: there, shared: sameName(live, there) };
}

function collisions(nodes: readonly NamedNode[], manifest: Manifest): readonly string[] {
  const name = (id: NodeId): string => manifest.nodes.get(id)?.name ?? id;
  const owners = new Map<string, NamedNode>();
  const problems: string[] = [];
  for (const node of nodes)
    for (const relation of node.shared ? [node.live] : [node.live, node.idle]) {
      const owner = owners.get(nameKey(relation));
      if (owner)
        problems.push(`${name(owner.id)} and ${name(node.id)} have the same relation: ${displayName(relation)}.`);
      else owners.set(nameKey(relation), node);
    }
  return problems;
}

function mapSources(sides: Sides, locate: Locate, problems: string[]): ReadonlyMap<NodeId, NamedNode> {
  const sources = new Map<NodeId, NamedNode>();
  for (const source of sides.live.sources.values()) {
    const twin = sides.idle.sources.get(source.id);
    if (twin && !sameName(source.relation, twin.relation))
      problems.push(
        `Source ${source.name} is ${displayName(source.relation)} on the live side and ${displayName(twin.relation)} on the idle side.`,
      );
    const [live, idle] = [locate(source.relation, 'live'), locate(source.relation, 'idle')];
    sources.set(source.id, { id: source.id, live, idle, shared: sameName(live, idle) });
  }
  return sources;
}

/** The relation of the same name, once its container has another place: at the seal, or kept. Same order on both lists. */
export function place(relation: Relation, from: readonly Container[], to: readonly Container[]): Relation {
  const target = to[from.findIndex((container) => contains(container, relation))];
  return target ? inContainer(relation, target) : relation;
}

/** dbt's unique ids begin with the resource type. */
export const isSource = (id: NodeId): boolean => id.startsWith('source.');

/** `orders` of `model.shop.orders`, `orders.v2` of `model.shop.orders.v2`. */
export const shortNodeName = (id: NodeId): string => id.split('.').slice(2).join('.') || id;
