import type { NodeId } from '../domain/ids.ts';
import type { Relation } from '../domain/relation.ts';
import { parseJson } from './document.ts';
import type { Folds } from './manifest.ts';

const emptied = [
  'sources',
  'macros',
  'docs',
  'exposures',
  'metrics',
  'groups',
  'selectors',
  'disabled',
  'parent_map',
  'child_map',
  'group_map',
  'saved_queries',
  'semantic_models',
  'unit_tests',
];

/**
 * The manifest for `--defer --favor-state --state`: of a side's own, only the nodes that are elsewhere, with the
 * relations that they have there. dbt resolves every other name on the side itself. Throws DBT_BROKEN.
 */
export function deferralManifest(raw: Uint8Array, defer: ReadonlyMap<NodeId, Relation>, folds: Folds): string {
  const json = parseJson(raw);
  const elsewhere = (nodes: unknown): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(nodes ?? {}).flatMap(([id, node]: [string, object]) => {
        // Keys of the manifest's nodes are node ids.
        const relation = defer.get(id as NodeId);
        return relation ? [[id, { ...node, ...names(relation, node, folds) }]] : [];
      }),
    );
  return JSON.stringify({
    ...json,
    ...Object.fromEntries(emptied.filter((key) => key in json).map((key) => [key, {}])),
    nodes: elsewhere(json['nodes']),
    ...('functions' in json ? { functions: elsewhere(json['functions']) } : {}),
  });
}

function names({ database, schema, identifier }: Relation, node: object, folds: Folds): Record<string, unknown> {
  const quote = 'relation_name' in node ? /^["`[]?/.exec(String(node.relation_name))?.[0] : '';
  const close = quote === '[' ? ']' : quote;
  // Folded, it would be another name.
  const needsQuotes = (part: string): boolean => folds !== null && quote === '' && part !== part.toUpperCase();
  const parts = [database, schema, identifier].filter((part) => part !== '');
  return {
    database: database === '' ? null : database,
    schema,
    alias: identifier,
    relation_name: parts.map((part) => (needsQuotes(part) ? `"${part}"` : `${quote}${part}${close}`)).join('.'),
  };
}
