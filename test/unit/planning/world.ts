import { type NodeId, nodeId, objectId, parseReleaseId, type ReleaseId, sha } from '../../../src/domain/ids.ts';
import type { Inputs, Manifest, ManifestColumn, ManifestMacro, ManifestNode } from '../../../src/domain/manifest.ts';
import {
  type Container,
  contains,
  isRelation,
  type Name,
  nameKey,
  type Relation,
} from '../../../src/domain/relation.ts';
import type { Settings } from '../../../src/domain/settings.ts';
import type { PlanFacts } from '../../../src/planning/plan.ts';
import type { Catalog, CatalogRelation, Tie, Traits } from '../../../src/warehouse/port.ts';

/** Small projects and warehouses as planning sees them. */

export const release = (text: string): ReleaseId => {
  const id = parseReleaseId(text);
  if (id === null) throw new RangeError(text);
  return id;
};

export const model = (name: string): NodeId => nodeId(`model.shop.${name}`);
/** As dbt has it: without the place that the connection fixes. */
export const named = (identifier: string, schema = 'main'): Relation => ({
  location: '',
  database: 'shop',
  schema,
  identifier,
});
export const column = (name: string, o: Partial<ManifestColumn> = {}): ManifestColumn => ({
  name,
  type: null,
  constraints: [],
  tags: [],
  meta: {},
  description: '',
  ...o,
});

export interface NodeText extends Partial<Omit<ManifestNode, 'dependsOn'>> {
  /** Names of models, or ids. */
  readonly reads?: readonly string[];
  readonly calls?: readonly string[];
}

const asId = (name: string): NodeId => (name.includes('.') ? nodeId(name) : model(name));

export function node(name: string, { reads = [], calls = [], ...o }: NodeText = {}): ManifestNode {
  const materialized = o.materialized ?? 'table';
  return {
    id: model(name),
    name,
    resource: materialized === 'snapshot' ? 'snapshot' : 'model',
    package: 'shop',
    path: `models/${name}.sql`,
    relation: materialized === 'ephemeral' ? null : named(name),
    materialized,
    body: `body of ${name}`,
    rawCode: '',
    config: { materialized },
    columns: [],
    contract: { enforced: false },
    constraints: [],
    tags: [],
    meta: {},
    description: '',
    version: null,
    deprecationDate: null,
    dependsOn: { nodes: reads.map(asId), macros: calls },
    ...o,
  };
}

export const macro = (id: string, text: string, calls: readonly string[] = []): ManifestMacro => ({
  id: `macro.${id}`,
  body: `hash of ${text}`,
  text,
  dependsOn: calls.map((other) => `macro.${other}`),
});

export interface ProjectText {
  readonly macros?: readonly ManifestMacro[];
  /** name -> relation */
  readonly sources?: Readonly<Record<string, Relation>>;
  readonly hooks?: Manifest['hooks'];
  readonly dbtVersion?: string;
}

export const project = (nodes: readonly ManifestNode[], o: ProjectText = {}): Manifest => ({
  dbtVersion: o.dbtVersion ?? '1.11.16',
  adapter: 'engine',
  project: 'shop',
  nodes: new Map(nodes.map((one) => [one.id, one])),
  sources: new Map(
    Object.entries(o.sources ?? {}).map(([name, relation]) => [
      nodeId(`source.shop.raw.${name}`),
      { id: nodeId(`source.shop.raw.${name}`), name, relation, hasFreshness: false },
    ]),
  ),
  tests: new Map(),
  macros: new Map((o.macros ?? []).map((one) => [one.id, one])),
  hooks: o.hooks ?? [],
});

export const inputs: Inputs = { vars: {}, env: {}, packages: null, dbt: '1.11.16', adapter: '1.11.1' };

export const fileSides = {
  live: [{ location: '/data/shop.db', database: 'shop', schema: null }],
  idle: [{ location: '/data/.shop.lastgreen/green/shop.db', database: 'shop', schema: null }],
} as const;

export const fileTraits: Traits = {
  cutover: 'atomic',
  viewsBind: 'name',
  exchange: 'file',
  carry: ['copy'],
  timeTravelMs: 0,
  drift: 'exact',
  writesBesideReaders: false,
};
export const tableTraits: Traits = {
  ...fileTraits,
  exchange: 'table',
  viewsBind: 'object',
  writesBesideReaders: true,
};

/** Relations move into the names that others leave. */
export const moveTraits: Traits = { ...tableTraits, exchange: 'move' };

export const at = (relation: Relation, side: Container): Relation => ({ ...relation, location: side.location });
export const onLive = (identifier: string, schema = 'main'): Relation =>
  at(named(identifier, schema), fileSides.live[0]);
export const onIdle = (identifier: string, schema = 'main'): Relation =>
  at(named(identifier, schema), fileSides.idle[0]);

export const locate: PlanFacts['locate'] = (relation, side) =>
  relation.database === 'shop' ? at(relation, fileSides[side][0]) : relation;

/** What is there: relations with their kinds, and where pointers lead. */
export interface CatalogText {
  readonly tables?: readonly Relation[];
  readonly views?: readonly Relation[];
  /** With the kind that the engine has for them. */
  readonly functions?: readonly (readonly [Relation, kind: string])[];
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  /** Containers that are there although nothing is in them. */
  readonly containers?: readonly Container[];
  readonly points?: readonly (readonly [Name, Name])[];
  /** By the identifier of what is held. */
  readonly ties?: Readonly<Record<string, readonly Tie[]>>;
  /** Containers and relations that are another object than their name says. */
  readonly ids?: readonly (readonly [Name, string])[];
}

export function catalog(o: CatalogText = {}): Catalog {
  const found =
    (kind: string) =>
    (relation: Relation): CatalogRelation => ({
      relation,
      kind,
      columns: (o.columns?.[relation.identifier] ?? ['id']).map((name) => ({ name, type: 'INTEGER', nullable: true })),
      definition: kind === 'view' ? `select from ${relation.identifier}` : null,
      protection: null,
    });
  const relations = [
    ...(o.tables ?? []).map(found('table')),
    ...(o.views ?? []).map(found('view')),
    ...(o.functions ?? []).map(([relation, kind]) => found(kind)(relation)),
  ];
  const byKey = new Map(relations.map((one) => [nameKey(one.relation), one]));
  const ids = new Map((o.ids ?? []).map(([name, id]) => [nameKey(name), id]));
  const isThere = (name: Name): boolean =>
    isRelation(name)
      ? byKey.has(nameKey(name))
      : relations.some(({ relation }) => contains(name, relation)) ||
        (o.containers ?? []).some((one) => nameKey(one) === nameKey(name));
  const lead = (name: Name): Name | null => o.points?.find(([from]) => nameKey(from) === nameKey(name))?.[1] ?? null;
  const idOf = (name: Name): string => ids.get(nameKey(name)) ?? nameKey(lead(name) ?? name);
  return {
    relations,
    state: (name) =>
      isThere(name) || (!isRelation(name) && lead(name))
        ? { is: 'object', id: objectId(idOf(name)) }
        : { is: 'absent' },
    pointsTo: lead,
    find: (relation) => byKey.get(nameKey(relation)) ?? null,
    readsOf: () => [],
    tiesOf: ({ identifier }) => o.ties?.[identifier] ?? [],
  };
}

export const settings: Settings = {
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
  drift: { tables: 'warn', history: 'catch_up', rounds: 2 },
  shared: { inPlace: [] },
  state: [],
  gates: { compatibility: { allow: [] }, smoke: [], readerAccess: { readers: [] } },
  cutover: { stuck: 'stay' },
  watch: { forMs: 0, everyMs: 1, then: 'swap_back' },
  rollback: { keepMs: 1 },
  retention: { releases: 1, days: 1 },
  lease: { ttlMs: 1, renewMs: 1, marginMs: 1 },
};

/** The second release of a project: `was` is live, `is` is the commit. */
export function facts(
  was: Manifest | null,
  is: Manifest,
  o: Partial<PlanFacts> & { readonly definitions?: Readonly<Record<NodeId, string>> } = {},
): PlanFacts {
  const lives = [...(was?.nodes.values() ?? [])].filter((one) => one.relation !== null);
  const isView = (one: ManifestNode) => one.materialized === 'view';
  const relations = (some: readonly ManifestNode[]) =>
    some.flatMap((one) => (one.relation ? [locate(one.relation, 'live')] : []));
  const sources = [...is.sources.values()].map((source) => locate(source.relation, 'live'));
  const { definitions = Object.fromEntries([...(was?.nodes.keys() ?? [])].map((id) => [id, 'known'])), ...rest } = o;
  return {
    environment: 'prod',
    kind: 'deploy',
    sha: sha('b'.repeat(40)),
    subject: 'change',
    manifests: { live: is, idle: is, baseline: was },
    baseline: was && {
      release: release('r41'),
      content: release('r41'),
      sha: sha('a'.repeat(40)),
      plan: { inputs, definitions },
    },
    selectedByDbt: [],
    asked: false,
    inputs,
    catalog: catalog({
      tables: was ? [...relations(lives.filter((one) => !isView(one))), ...sources] : [],
      views: relations(lives.filter(isView)),
      points: was ? [[fileSides.live[0], { ...fileSides.live[0], location: '/data/.shop.lastgreen/r41/shop.db' }]] : [],
    }),
    ledger: null,
    isReleased: was !== null,
    sides: fileSides,
    locate,
    settings,
    traits: fileTraits,
    excluded: new Set(),
    expect: () => [],
    ...rest,
  };
}
