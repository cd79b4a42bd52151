import type { NodeId } from '../domain/ids.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Manifest } from '../domain/manifest.ts';
import { type Container, displayName, nameKey, type Relation } from '../domain/relation.ts';
import type { Catalog, Traits } from '../warehouse/port.ts';
import type { Locate, NameMap } from './names.ts';

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
  return released !== null || held.length > 0 ? held : heldPointers(pointers, catalog);
}

/** What a commit's nodes are called where readers look. */
export const liveNamesOf = (manifest: Manifest | null, locate: Locate): readonly Relation[] =>
  [...(manifest?.nodes.values() ?? [])].flatMap((node) => (node.relation ? [locate(node.relation, 'live')] : []));

/** What readers open, where something is there: without a release, nobody needs to know the project to tell. */
export const heldPointers = (pointers: readonly Container[], catalog: Pick<Catalog, 'state'>): readonly string[] =>
  pointers
    .filter((pointer) => catalog.state(pointer).is !== 'absent')
    .map((pointer) => pointer.location || displayName(pointer));

/** What readers open, where whole files change places. */
export const pointersOf = (traits: Pick<Traits, 'exchange'>, live: readonly Container[]): readonly Container[] =>
  traits.exchange === 'file' ? live : [];

/** Nodes of the baseline whose live relation is gone, whoever took it away. */
export const missingNodes = (names: NameMap, before: ReadonlySet<NodeId>, catalog: Catalog): readonly NodeId[] =>
  [...names.nodes.values()]
    .filter((node) => !node.shared && before.has(node.id) && catalog.find(node.live) === null)
    .map((node) => node.id);
