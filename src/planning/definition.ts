import type { NodeId } from '../domain/ids.ts';
import type { Manifest, ManifestColumn, ManifestNode } from '../domain/manifest.ts';
import { hashOf, withoutEmpty } from './hash.ts';
import { isInternal, macroGraph } from './reach.ts';

/** Config that says where a relation lies: it differs between sides, and a move is seen from the relation itself. */
export const PLACE_KEYS: ReadonlySet<string> = new Set([
  'schema',
  'database',
  'alias',
  'target_schema',
  'target_database',
]);

/** Config that changes neither rows nor rights: not part of what a node is. */
const DOCS_KEYS: ReadonlySet<string> = new Set(['docs', 'enabled', 'persist_docs']);

/**
 * Hash of a node's own definition: body, config, contract, columns and the macros it reaches, not its parents. The
 * same on every side, and across dbt's patch releases (dbt's own macros are left out); descriptions do not count.
 */
export function definitionHash(node: ManifestNode, manifest: Manifest): string {
  const config = Object.entries(node.config).filter(([key]) => !PLACE_KEYS.has(key) && !DOCS_KEYS.has(key));
  return hashOf({
    resource: node.resource,
    materialized: node.materialized,
    body: node.body,
    ...(node.signature === undefined ? {} : { signature: withoutEmpty(node.signature) }),
    config: withoutEmpty(Object.fromEntries(config)),
    contract: node.contract.enforced,
    constraints: withoutEmpty(node.constraints),
    tags: node.tags.toSorted(),
    meta: withoutEmpty(node.meta),
    columns: describedColumns(node),
    macros: macrosHash(macroGraph(manifest).closure(node), manifest),
  });
}

// Pure memory: thousands of nodes share a closure.
const hashes = new WeakMap<ReadonlySet<string>, string>();

function macrosHash(closure: ReadonlySet<string>, manifest: Manifest): string {
  const known = hashes.get(closure);
  if (known !== undefined) return known;
  const own = [...closure].filter((id) => !isInternal(id, manifest)).toSorted();
  const hash = hashOf(own.map((id) => [id, manifest.macros.get(id)?.body ?? null]));
  hashes.set(closure, hash);
  return hash;
}

/** Columns that say something beside their name and description; with an enforced contract every one does. */
export const describedColumns = (node: ManifestNode): readonly unknown[] =>
  node.columns
    .filter((column) => node.contract.enforced || saysSomething(column))
    .map(({ description: _, ...rest }) => withoutEmpty(rest));

const saysSomething = ({ type, constraints, tags, meta }: ManifestColumn): boolean =>
  type !== null || constraints.length > 0 || tags.length > 0 || Object.keys(meta).length > 0;

/** Of every node, as a plan keeps them. */
export const definitionsOf = (manifest: Manifest): Readonly<Record<NodeId, string>> =>
  Object.fromEntries([...manifest.nodes.values()].map((node) => [node.id, definitionHash(node, manifest)]));
