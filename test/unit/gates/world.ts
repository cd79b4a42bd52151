import type { NodeResult } from '../../../src/dbt/port.ts';
import { nodeId, objectId, type ReleaseId, sha } from '../../../src/domain/ids.ts';
import type {
  Manifest,
  ManifestColumn,
  ManifestNode,
  ManifestSource,
  ManifestTest,
} from '../../../src/domain/manifest.ts';
import type { PlannedNode } from '../../../src/domain/plan.ts';
import { type Relation, sameName } from '../../../src/domain/relation.ts';
import type { Settings, Smoke } from '../../../src/domain/settings.ts';
import type { GateFacts, GateIo, Side } from '../../../src/gates/gate.ts';
import type { Catalog, CatalogRelation, Column } from '../../../src/warehouse/port.ts';

/** Literal worlds for the tests of gates: a project, what is on each side, and what a query answers there. */

export const now = new Date('2026-11-21T10:00:00Z');
export const live = { location: '/data/shop.duckdb', database: 'shop', schema: null };
export const idle = { location: '/data/.shop.lastgreen/green/shop.duckdb', database: 'shop', schema: null };

export const onLive = (identifier: string, schema = 'main'): Relation => ({
  location: live.location,
  database: 'shop',
  schema,
  identifier,
});
export const onIdle = (identifier: string, schema = 'main'): Relation => ({
  location: idle.location,
  database: 'shop',
  schema,
  identifier,
});

export const id = (name: string) => nodeId(`model.shop.${name}`);

export const contractColumn = (
  name: string,
  type: string | null,
  constraints: readonly unknown[] = [],
): ManifestColumn => ({
  name,
  type,
  constraints,
  tags: [],
  meta: {},
  description: '',
});

export const model = (name: string, o: Partial<ManifestNode> = {}): ManifestNode => ({
  id: id(name),
  name,
  resource: 'model',
  package: 'shop',
  path: `models/${name}.sql`,
  relation: onLive(name),
  materialized: 'table',
  body: `body of ${name}`,
  rawCode: 'select 1',
  config: { materialized: 'table' },
  columns: [],
  contract: { enforced: false },
  constraints: [],
  tags: [],
  meta: {},
  description: '',
  version: null,
  deprecationDate: null,
  dependsOn: { nodes: [], macros: [] },
  ...o,
});

export const source = (group: string, name: string): ManifestSource => ({
  id: nodeId(`source.shop.${group}.${name}`),
  name,
  relation: onLive(name, group),
  hasFreshness: false,
});

export const dataTest = (name: string, reads: readonly string[], o: Partial<ManifestTest> = {}): ManifestTest => ({
  id: nodeId(`test.shop.${name}.abc123`),
  name,
  kind: 'data',
  reads: reads.map(id),
  severity: 'error',
  definition: `definition of ${name}`,
  ...o,
});

export const manifest = (
  nodes: readonly ManifestNode[],
  o: { sources?: readonly ManifestSource[]; tests?: readonly ManifestTest[] } = {},
): Manifest => ({
  dbtVersion: '1.11.16',
  adapter: 'duckdb',
  project: 'shop',
  nodes: new Map(nodes.map((node) => [node.id, node])),
  sources: new Map((o.sources ?? []).map((one) => [one.id, one])),
  tests: new Map((o.tests ?? []).map((one) => [one.id, one])),
  macros: new Map(),
  hooks: [],
});

/** The manifest as it is parsed for the idle side: the same names in the other place. */
export const asIdle = (of: Manifest): Manifest => ({
  ...of,
  nodes: new Map(
    [...of.nodes].map(([key, node]) => [
      key,
      { ...node, relation: node.relation && { ...node.relation, location: idle.location } },
    ]),
  ),
});

export const planned = (node: ManifestNode, o: Partial<PlannedNode> = {}): PlannedNode => ({
  id: node.id,
  name: node.name,
  resource: node.resource,
  materialized: node.materialized,
  live: node.relation && { ...node.relation, location: live.location },
  idle: node.relation && { ...node.relation, location: idle.location },
  reasons: [{ why: 'body', detail: null }],
  history: 'none',
  because: 'a table has no history',
  checkShape: false,
  backfillSince: null,
  ...o,
});

export const result = (of: string, status: NodeResult['status'], o: Partial<NodeResult> = {}): NodeResult => ({
  id: nodeId(of),
  status,
  message: '',
  failures: null,
  rows: null,
  ms: 1,
  compiledPath: null,
  ...o,
});

export const column = (name: string, type: string, nullable = true): Column => ({ name, type, nullable });

export const table = (relation: Relation, columns: readonly Column[] = [column('id', 'BIGINT')]): CatalogRelation => ({
  relation,
  kind: 'table',
  columns,
  definition: null,
  protection: null,
});

export const view = (relation: Relation, columns: readonly Column[] = [column('id', 'BIGINT')]): CatalogRelation => ({
  relation,
  kind: 'view',
  columns,
  definition: 'select 1',
  protection: null,
});

/** A catalog of exactly these relations; `reads` is asked by the view's identifier. */
export const catalog = (
  relations: readonly CatalogRelation[],
  reads: Readonly<Record<string, readonly Relation[] | 'unreadable'>> = {},
): Catalog => ({
  relations,
  state: (name) =>
    relations.some(({ relation }) => sameName(relation, name)) ? { is: 'object', id: objectId('o') } : { is: 'absent' },
  pointsTo: () => null,
  find: (relation) => relations.find((one) => sameName(one.relation, relation)) ?? null,
  readsOf: (of) => reads[of.identifier] ?? [],
  tiesOf: () => [],
});

type Row = Readonly<Record<string, unknown>>;

/** A side that answers each query by the function, and finds nodes by id or name among its relations' identifiers. */
export const side = (of: Catalog, answer: (sql: string) => readonly Row[] = () => [], o: Partial<Side> = {}): Side => ({
  catalog: of,
  relationOf: (node) =>
    of.relations.find(({ relation }) => node.split('.').at(-1) === relation.identifier)?.relation ?? null,
  query: async (sql) => answer(sql),
  describe: async () => [],
  quote: ({ database, schema, identifier }) => [database, schema, identifier].map((part) => `"${part}"`).join('.'),
  look: null,
  lookedAt: null,
  lookAgain: async () => ({ fingerprints: [], token: '' }),
  ...o,
});

export const settings = (
  o: {
    smoke?: readonly Smoke[];
    allow?: Settings['gates']['compatibility']['allow'];
    drift?: 'warn' | 'fail';
    readers?: readonly string[];
  } = {},
): Settings => ({
  environment: 'prod',
  target: 'prod',
  build: {
    timeoutMs: 1,
    threads: null,
    vars: {},
    fullRefreshExcept: null,
    maxBytes: null,
    reads: { maxBytes: null, price: null },
    backfill: {},
  },
  history: {},
  irreplaceable: [],
  drift: { tables: o.drift ?? 'warn', history: 'catch_up', rounds: 2 },
  shared: { inPlace: [] },
  state: [],
  gates: {
    compatibility: { allow: o.allow ?? [] },
    smoke: o.smoke ?? [],
    readerAccess: { readers: o.readers ?? [] },
  },
  cutover: { stuck: 'stay' },
  watch: { forMs: 0, everyMs: 60_000, then: 'stay' },
  rollback: { keepMs: 0 },
  retention: { releases: 20, days: 90 },
  lease: { ttlMs: 60_000, renewMs: 15_000, marginMs: 10_000 },
});

type PlanFacts = GateFacts['plan'];

export const plan = (o: Partial<PlanFacts> = {}): PlanFacts => ({
  schema: 'lastgreen/plan/1',
  environment: 'prod',
  kind: 'deploy',
  exchange: 'file',
  sha: sha('b'.repeat(40)),
  subject: 'Change orders',
  // A literal in a test: release ids come from fences elsewhere.
  baseline: { release: 'r41' as ReleaseId, content: 'r41' as ReleaseId, sha: sha('a'.repeat(40)) },
  inputs: { vars: {}, env: {}, packages: null, dbt: '1.11.16', adapter: 'duckdb' },
  nodes: [],
  removed: [],
  renamed: [],
  carried: [],
  deferred: [],
  prepare: [],
  settle: [],
  idle: [idle],
  live: [live],
  definitions: {},
  tests: [],
  hooks: [],
  warnings: [],
  announced: { replace: [], add: [], remove: [] },
  ...o,
});

export interface World extends Partial<Omit<GateIo, 'plan' | 'settings'>> {
  readonly plan?: Partial<PlanFacts>;
  readonly settings?: Settings;
}

/** Everything that a gate may look at; what a test does not name is empty. */
export function world(o: World = {}): GateIo {
  const liveManifest = o.liveManifest ?? manifest([]);
  return {
    liveManifest,
    manifest: asIdle(liveManifest),
    baseline: liveManifest,
    direction: 'forward',
    at: 'sealed',
    candidate: side(catalog([])),
    current: side(catalog([])),
    results: [],
    readerAccess: null,
    signal: new AbortController().signal,
    now,
    ...o,
    plan: plan(o.plan),
    settings: o.settings ?? settings(),
  };
}
