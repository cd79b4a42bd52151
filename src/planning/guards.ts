import type { NodeId } from '../domain/ids.ts';
import type { Ledger } from '../domain/ledger.ts';
import { type Container, displayName, nameKey, type Relation } from '../domain/relation.ts';
import type { Catalog } from '../warehouse/port.ts';
import type { NameMap } from './names.ts';

export interface HeldNamesFacts {
  readonly names: NameMap;
  readonly catalog: Catalog;
  /** Where whole containers change places: what readers open. Empty elsewhere. */
  readonly pointers: readonly Container[];
  /** null: nothing was ever released here. */
  readonly released: { readonly relations: readonly Relation[]; readonly ledger: Ledger | null } | null;
}

/** Live names that are held by something no release built, for people; a release would overwrite it. */
export function heldNames({ names, catalog, pointers, released }: HeldNamesFacts): readonly string[] {
  const known = new Set((released?.relations ?? []).map(nameKey));
  for (const entry of released?.ledger?.entries ?? []) known.add(nameKey(entry.relation));
  const nodes = [...names.nodes.values()].filter((node) => !node.shared && !known.has(nameKey(node.live)));
  const held = nodes.filter((node) => catalog.find(node.live) !== null).map((node) => displayName(node.live));
  if (released !== null || held.length > 0) return held;
  return pointers
    .filter((pointer) => catalog.state(pointer).is !== 'absent')
    .map((pointer) => pointer.location || displayName(pointer));
}

/** Nodes of the baseline whose live relation is gone, whoever took it away. */
export const missingNodes = (names: NameMap, before: ReadonlySet<NodeId>, catalog: Catalog): readonly NodeId[] =>
  [...names.nodes.values()]
    .filter((node) => !node.shared && before.has(node.id) && catalog.find(node.live) === null)
    .map((node) => node.id);
