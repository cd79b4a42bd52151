import { hash } from 'node:crypto';
import { type NodeId, nodeId } from '../domain/ids.ts';
import type {
  Manifest,
  ManifestColumn,
  ManifestHook,
  ManifestMacro,
  ManifestNode,
  ManifestSource,
  ManifestTest,
} from '../domain/manifest.ts';
import type { Relation } from '../domain/relation.ts';
import type { Document, DocumentColumn, DocumentNode, DocumentUnitTest } from './document.ts';

/** A relation as dbt has it, where it lies: the file of its database, the side that its schema belongs to. */
export type Placing = (relation: Relation, is: 'node' | 'source') => Relation;

/** What the engine makes of names that SQL has without quotes; null: it keeps or compares them as the project has them. */
export type Folds = 'upper' | null;

/** The key in `metadata.env` under which the hash of a seed's file stands that dbt only compares by path. */
export const seedFileKey = (id: string): string => `LASTGREEN_SEED ${id}`;

/** What lastgreen needs of a manifest that was checked. */
export function toManifest(doc: Document, placing: Placing, folds: Folds): Manifest {
  const relation = namer(placing, folds, 'node');
  const source = namer(placing, folds, 'source');
  const nodes = [...Object.values(doc.nodes), ...Object.values(doc.functions)];
  return {
    dbtVersion: doc.metadata.dbt_version,
    adapter: doc.metadata.adapter_type ?? '',
    project: doc.metadata.project_name ?? '',
    nodes: byId(nodes.flatMap((node) => toNode(node, doc, relation) ?? [])),
    sources: byId(Object.values(doc.sources).map((one) => toSource(one, source))),
    tests: byId([
      ...nodes.filter((node) => node.resource_type === 'test').map(toTest),
      ...Object.values(doc.unit_tests).map(toUnitTest),
    ]),
    macros: new Map(Object.values(doc.macros).map((macro) => [macro.unique_id, toMacro(macro)])),
    hooks: toHooks(nodes, doc.metadata.project_name ?? ''),
  };
}

const byId = <T extends { readonly id: NodeId }>(items: readonly T[]): ReadonlyMap<NodeId, T> =>
  new Map(items.map((item) => [item.id, item]));

function toNode(node: DocumentNode, doc: Document, relation: Namer): ManifestNode | null {
  const resource = node.resource_type;
  if (resource !== 'model' && resource !== 'seed' && resource !== 'snapshot' && resource !== 'function') return null;
  const materialized = node.config['materialized'];
  return {
    id: nodeId(node.unique_id),
    name: node.name,
    resource,
    package: node.package_name,
    path: node.original_file_path,
    relation: hasRelation(node) ? relation(node, node.alias) : null,
    materialized: typeof materialized === 'string' ? materialized : resource,
    body: resource === 'seed' ? seedBody(node, doc) : sha256(node.raw_code ?? ''),
    rawCode: node.raw_code ?? '',
    config: node.config,
    columns: Object.values(node.columns ?? {}).map(toColumn),
    contract: { enforced: node.contract?.enforced ?? false },
    ...(resource === 'function' ? { signature: [node.arguments ?? [], node.returns ?? null] } : {}),
    constraints: node.constraints ?? [],
    tags: node.tags ?? [],
    meta: node.meta ?? {},
    description: node.description ?? '',
    version: node.version === null || node.version === undefined ? null : String(node.version),
    deprecationDate: node.deprecation_date ?? null,
    dependsOn: { nodes: (node.depends_on?.nodes ?? []).map(nodeId), macros: node.depends_on?.macros ?? [] },
  };
}

/** An ephemeral model is inlined where it is used. */
const hasRelation = (node: DocumentNode): boolean =>
  node.config['materialized'] !== 'ephemeral' && (Boolean(node.relation_name) || node.resource_type === 'function');

type Named = Pick<DocumentNode, 'database' | 'schema' | 'relation_name'>;
type Namer = (of: Named, identifier: string | null | undefined) => Relation;

const namer =
  (placing: Placing, folds: Folds, is: 'node' | 'source'): Namer =>
  ({ database, schema, relation_name: rendered }, identifier) => {
    // Without dbt's rendering nothing is quoted.
    const quoted = new Set((rendered ?? '').match(/"(?:[^"]|"")*"/g));
    const stored = (name: string | null | undefined): string =>
      folds === null || quoted.has(`"${name?.replaceAll('"', '""')}"`) ? (name ?? '') : (name ?? '').toUpperCase();
    const relation = { database: stored(database), schema: stored(schema), identifier: stored(identifier) };
    return placing({ location: '', ...relation }, is);
  };

const seedBody = (node: DocumentNode, doc: Document): string =>
  doc.metadata.env[seedFileKey(node.unique_id)] ?? node.checksum?.checksum ?? '';

const toColumn = (column: DocumentColumn): ManifestColumn => ({
  name: column.name,
  type: column.data_type ?? null,
  constraints: column.constraints ?? [],
  tags: column.tags ?? [],
  meta: column.meta ?? {},
  description: column.description ?? '',
});

const toSource = (source: Document['sources'][string], relation: Namer): ManifestSource => ({
  id: nodeId(source.unique_id),
  name: `${source.source_name}.${source.name}`,
  relation: relation(source, source.identifier),
  hasFreshness: [source.freshness?.warn_after, source.freshness?.error_after].some((limit) => Boolean(limit?.count)),
});

function toTest(test: DocumentNode): ManifestTest {
  let definition: string | null = null;
  return {
    id: nodeId(test.unique_id),
    name: test.name,
    kind: 'data',
    reads: unique([...(test.depends_on?.nodes ?? []), ...(test.attached_node ? [test.attached_node] : [])]),
    severity: String(test.config['severity']).toLowerCase() === 'warn' ? 'warn' : 'error',
    // Few commands compare tests, and this takes as long as all the rest of a manifest.
    get definition() {
      return (definition ??= sha256(
        canonical([test.raw_code ?? '', test.test_metadata ?? null, test.config, test.depends_on?.macros ?? []]),
      ));
    },
  };
}

const toUnitTest = (test: DocumentUnitTest): ManifestTest => ({
  id: nodeId(test.unique_id),
  name: test.name,
  kind: 'unit',
  reads: unique(test.depends_on?.nodes ?? []),
  severity: 'error',
  definition: sha256(canonical([test.given, test.expect, test.overrides ?? null, test.config])),
});

const unique = (ids: readonly string[]): readonly NodeId[] => [...new Set(ids)].map(nodeId);

const toMacro = (macro: Document['macros'][string]): ManifestMacro => ({
  id: macro.unique_id,
  body: sha256(macro.macro_sql),
  text: macro.macro_sql,
  dependsOn: macro.depends_on?.macros ?? [],
});

/** As dbt runs them: those of packages by name, the project's own last, each in the order in which they are written. */
function toHooks(nodes: readonly DocumentNode[], project: string): readonly ManifestHook[] {
  const operations = nodes
    .filter((node) => node.resource_type === 'operation')
    .toSorted(
      (a, b) =>
        Number(a.package_name === project) - Number(b.package_name === project) ||
        (a.package_name < b.package_name ? -1 : a.package_name > b.package_name ? 1 : 0) ||
        (a.index ?? 0) - (b.index ?? 0),
    );
  return (['on-run-start', 'on-run-end'] as const).flatMap((when) =>
    operations
      .filter((node) => node.tags?.includes(when))
      .map((node) => ({ id: node.unique_id, when, sql: node.raw_code ?? '' })),
  );
}

const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** JSON with keys in order, so that equal values give equal texts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const pairs = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (pairs.length > 1) pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
