import { createHash } from 'node:crypto';
import { type NodeId, nodeId } from '../../../src/domain/ids.ts';
import type { Manifest, ManifestNode, ManifestSource, ManifestTest } from '../../../src/domain/manifest.ts';
import type { Relation } from '../../../src/domain/relation.ts';

/** A model project: what one commit defines. */
export interface Project {
  readonly nodes: readonly ProjectNode[];
}

export interface ProjectNode {
  readonly name: string;
  readonly materialized: 'table' | 'view' | 'incremental' | 'snapshot';
  /** Its SQL. Another text is another definition, and shows in what readers see. */
  readonly text: string;
  /** Names of nodes, or `raw.<table>` for sources. */
  readonly parents: readonly string[];
  /** `full_refresh: false`. */
  readonly keepsRows?: boolean;
  /** dbt cannot build it. */
  readonly broken?: boolean;
  /** Its dbt test fails. */
  readonly failsTest?: boolean;
  /** Rows that its text loses by mistake: those whose key matches. */
  readonly drops?: RegExp;
}

/** Tables of the source; the same on every side. */
const SOURCES = ['orders', 'customers'] as const;
export type SourceTable = (typeof SOURCES)[number];

/** A small shop: a snapshot, an incremental fact that keeps its rows, views over tables, marts. */
export const shop: Project = {
  nodes: [
    { name: 'stg_orders', materialized: 'view', text: 'v1', parents: ['raw.orders'] },
    { name: 'stg_customers', materialized: 'table', text: 'v1', parents: ['raw.customers'] },
    { name: 'fct_orders', materialized: 'incremental', text: 'v1', parents: ['stg_orders'] },
    { name: 'log_orders', materialized: 'incremental', text: 'v1', parents: ['stg_orders'], keepsRows: true },
    { name: 'snap_customers', materialized: 'snapshot', text: 'v1', parents: ['raw.customers'] },
    { name: 'mart_sales', materialized: 'table', text: 'v1', parents: ['fct_orders', 'stg_customers'] },
    { name: 'mart_view', materialized: 'view', text: 'v1', parents: ['mart_sales', 'snap_customers'] },
  ],
};

/** The project with one node replaced, or added. */
export const withNode = (project: Project, name: string, change: Partial<ProjectNode>): Project => {
  const node: ProjectNode = { name, materialized: 'table', text: 'v1', parents: [], ...find(project, name), ...change };
  const others = project.nodes.filter((one) => one.name !== name);
  const at = project.nodes.findIndex((one) => one.name === name);
  return { nodes: at < 0 ? [...others, node] : others.toSpliced(at, 0, node) };
};

/** The project without a node and without whoever reads it. */
export const withoutNode = (project: Project, name: string): Project => {
  const gone = new Set([name, ...below(project, [name])]);
  return { nodes: project.nodes.filter((node) => !gone.has(node.name)) };
};

export const find = (project: Project, name: string): ProjectNode | undefined =>
  project.nodes.find((node) => node.name === name);

/** Names of all that read one of these, directly or not. */
export function below(project: Project, names: readonly string[]): readonly string[] {
  const found = new Set(names);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const node of project.nodes) if (node.parents.some((parent) => found.has(parent))) found.add(node.name);
  }
  return [...found].filter((name) => !names.includes(name));
}

/** Parents before children; the project has no circles. */
export function inOrder(project: Project): readonly ProjectNode[] {
  const done: ProjectNode[] = [];
  const names = new Set(project.nodes.map((node) => node.name));
  while (done.length < project.nodes.length) {
    const ready = project.nodes.filter(
      (node) =>
        !done.includes(node) && node.parents.every((name) => !names.has(name) || done.some((d) => d.name === name)),
    );
    if (ready.length === 0) throw new Error('the model project goes in circles');
    done.push(...ready);
  }
  return done;
}

/** What a relation must have been made of, all the way up: equal exactly when every text is. */
export function lineageOf(project: Project, name: string): string {
  const node = find(project, name);
  return node
    ? lineage(
        node.text,
        node.parents.map((parent) => lineageOf(project, parent)),
        name,
      )
    : name;
}

export const lineage = (text: string, parents: readonly string[], name: string): string =>
  `${name}@${text}(${parents.join(',')})`;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const idOf = (node: Pick<ProjectNode, 'name' | 'materialized'>): NodeId =>
  nodeId(`${node.materialized === 'snapshot' ? 'snapshot' : 'model'}.shop.${node.name}`);

const sourceId = (table: string): NodeId => nodeId(`source.shop.raw.${table}`);

/** Where a side's dbt target puts things. */
export interface Names {
  relation(name: string): Relation;
  source(table: string): Relation;
}

/** The manifest that dbt would write for one side. */
export function manifestOf(project: Project, names: Names): Manifest {
  const idOfParent = (name: string): readonly NodeId[] => {
    if (name.startsWith('raw.')) return [sourceId(name.slice('raw.'.length))];
    const parent = find(project, name);
    return parent ? [idOf(parent)] : [];
  };
  const nodes = project.nodes.map(
    (node): ManifestNode => ({
      id: idOf(node),
      name: node.name,
      resource: node.materialized === 'snapshot' ? 'snapshot' : 'model',
      package: 'shop',
      path: `models/${node.name}.sql`,
      relation: names.relation(node.name),
      materialized: node.materialized,
      body: sha256(`${node.text} ${node.parents.join()}`),
      rawCode: node.text,
      config: { materialized: node.materialized, ...(node.keepsRows ? { full_refresh: false } : {}) },
      columns: [],
      contract: { enforced: false },
      constraints: [],
      tags: [],
      meta: {},
      description: '',
      version: null,
      deprecationDate: null,
      dependsOn: { nodes: node.parents.flatMap(idOfParent), macros: [] },
    }),
  );
  const sources = SOURCES.map(
    (table): ManifestSource => ({
      id: sourceId(table),
      name: table,
      relation: names.source(table),
      hasFreshness: false,
    }),
  );
  const tests = nodes.map(
    (node): ManifestTest => ({
      id: testOf(node.name),
      name: `not_null_${node.name}`,
      kind: 'data',
      reads: [node.id],
      severity: 'error',
      definition: 'not_null',
    }),
  );
  const byId = <T extends { readonly id: NodeId }>(all: readonly T[]) => new Map(all.map((one) => [one.id, one]));
  return {
    dbtVersion: '1.11.0',
    adapter: 'model',
    project: 'shop',
    nodes: byId(nodes),
    sources: byId(sources),
    tests: byId(tests),
    macros: new Map(),
    hooks: [],
  };
}

export const testOf = (name: string): NodeId => nodeId(`test.shop.not_null_${name}`);
