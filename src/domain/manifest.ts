import type { NodeId } from './ids.ts';
import type { Relation } from './relation.ts';

/** What lastgreen needs of dbt's manifest, whatever its version. Values are as dbt resolved them for one side. */
export interface Manifest {
  readonly dbtVersion: string;
  readonly adapter: string;
  readonly project: string;
  /** Models, seeds, snapshots and functions that are enabled; ephemeral models have no relation. */
  readonly nodes: ReadonlyMap<NodeId, ManifestNode>;
  readonly sources: ReadonlyMap<NodeId, ManifestSource>;
  readonly tests: ReadonlyMap<NodeId, ManifestTest>;
  readonly macros: ReadonlyMap<string, ManifestMacro>;
  /** on-run-start and on-run-end, in order. */
  readonly hooks: readonly ManifestHook[];
}

export interface ManifestNode {
  readonly id: NodeId;
  readonly name: string;
  readonly resource: 'model' | 'seed' | 'snapshot' | 'function';
  readonly package: string;
  /** In the project, such as `models/marts/orders.sql`. */
  readonly path: string;
  readonly relation: Relation | null;
  readonly materialized: string;
  /** sha256 of the raw code, or of the seed's file. */
  readonly body: string;
  /** The raw code, to find `var(...)` and `env_var(...)` in; empty for seeds. */
  readonly rawCode: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly columns: readonly ManifestColumn[];
  readonly contract: { readonly enforced: boolean };
  /** Of a function: what it takes and gives, as dbt has it. */
  readonly signature?: unknown;
  /** Model-level constraints, as dbt has them. */
  readonly constraints: readonly unknown[];
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly description: string;
  readonly version: string | null;
  /** ISO date after which the model may go away. */
  readonly deprecationDate: string | null;
  readonly dependsOn: { readonly nodes: readonly NodeId[]; readonly macros: readonly string[] };
}

export interface ManifestColumn {
  readonly name: string;
  readonly type: string | null;
  readonly constraints: readonly unknown[];
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly description: string;
}

export interface ManifestSource {
  readonly id: NodeId;
  readonly name: string;
  readonly relation: Relation;
  readonly hasFreshness: boolean;
}

export interface ManifestTest {
  readonly id: NodeId;
  readonly name: string;
  readonly kind: 'data' | 'unit';
  /** The nodes and sources it reads. */
  readonly reads: readonly NodeId[];
  readonly severity: 'warn' | 'error';
  /** sha256 of what it is: body, arguments, config. */
  readonly definition: string;
}

export interface ManifestMacro {
  readonly id: string;
  /** sha256 of its text. */
  readonly body: string;
  readonly text: string;
  readonly dependsOn: readonly string[];
}

export interface ManifestHook {
  readonly id: string;
  readonly when: 'on-run-start' | 'on-run-end';
  readonly sql: string;
}

/** What a build reads beside the commit; values only as keyed hashes. */
export interface Inputs {
  readonly vars: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** sha256 of package-lock.yml (or packages.yml), null without packages. */
  readonly packages: string | null;
  readonly dbt: string;
  readonly adapter: string;
}
