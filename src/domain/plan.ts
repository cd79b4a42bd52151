import type { Bill } from './bill.ts';
import type { Fill } from './change.ts';
import type { NodeId, ReleaseId, Sha } from './ids.ts';
import type { Inputs } from './manifest.ts';
import type { Container, Relation } from './relation.ts';
import type { Check } from './verdict.ts';

/** Why a node is in a release. */
export type Why =
  | 'body'
  | 'seed file'
  | 'config'
  | 'contract'
  | 'columns'
  | 'tags'
  | 'macro'
  | 'vars'
  | 'env'
  | 'upstream'
  | 'new'
  | 'renamed'
  | 'relation moved'
  | 'dbt upgrade'
  | 'packages'
  | 'asked for'
  | 'never built green'
  | 'hooks'
  | 'drift'
  | 'dbt state';

export interface Reason {
  readonly why: Why;
  /** Such as the changed config keys, the macro's name, the changed parent. */
  readonly detail: string | null;
}

export interface PlannedNode {
  readonly id: NodeId;
  readonly name: string;
  readonly resource: 'model' | 'seed' | 'snapshot' | 'function';
  readonly materialized: string;
  /** null: ephemeral, built into those that use it. */
  readonly live: Relation | null;
  readonly idle: Relation | null;
  readonly reasons: readonly Reason[];
  /** `seed`: its live history is copied into the idle side first; `full`: built from nothing; `none`: has no history. */
  readonly history: 'full' | 'seed' | 'none';
  /** Why its history is treated so. */
  readonly because: string;
  /** Seeded although its definition changed: columns and layout are checked after the build. */
  readonly checkShape: boolean;
  /** ISO date: its own invocation from there, for microbatch models that were seeded. */
  readonly backfillSince: string | null;
}

/**
 * What changes places with live at a cutover: the widest first; `view`: readers use views, each of which points to what
 * another relation has; `move`: relations move one by one and keep their identity.
 */
export type Exchange = 'file' | 'view' | 'database' | 'schema' | 'table' | 'move';

/** Whether the idle side is a copy of all that live has. */
export const exchangesAll = (exchange: Exchange): boolean =>
  exchange === 'file' || exchange === 'view' || exchange === 'database';

/** Whether readers follow pointers, so that sides have the same names in other places and none is renamed. */
export const followsPointers = (exchange: Exchange): boolean => exchange === 'file' || exchange === 'view';

/** Whether relations change places one by one; else containers do, with all that is in them. */
export const exchangesRelations = (exchange: Exchange): boolean => exchange === 'table' || exchange === 'move';

/** A release before it has a number: pure in, pure out; `hash` names it. */
export interface Plan {
  readonly schema: 'lastgreen/plan/1';
  readonly environment: string;
  readonly kind: 'deploy' | 'refresh' | 'no-op';
  readonly exchange: Exchange;
  readonly sha: Sha;
  readonly subject: string;
  /** What is live by the mark when this was planned, not LAST_GREEN. */
  readonly baseline: { readonly release: ReleaseId; readonly content: ReleaseId; readonly sha: Sha } | null;
  readonly inputs: Inputs;
  readonly nodes: readonly PlannedNode[];
  /** Relations that go away with this release. */
  readonly removed: readonly { readonly id: NodeId; readonly live: Relation }[];
  readonly renamed: readonly { readonly from: NodeId; readonly to: NodeId; readonly live: Relation }[];
  /** Unchanged relations that the idle side holds without being built. */
  readonly carried: readonly { readonly id: NodeId; readonly live: Relation; readonly idle: Relation }[];
  /** Unchanged or shared nodes that dbt reads where they are. */
  readonly deferred: readonly { readonly id: NodeId; readonly live: Relation }[];
  readonly prepare: readonly Fill[];
  readonly settle: readonly Fill[];
  readonly idle: readonly Container[];
  readonly live: readonly Container[];
  readonly checks: readonly Check[];
  /** Hash of each node's own definition: what holds and carry ask. */
  readonly definitions: Readonly<Record<NodeId, string>>;
  /** dbt tests that changed although nothing that is built did: a no-op asks them of what is live. */
  readonly tests: readonly NodeId[];
  readonly hooks: readonly string[];
  readonly warnings: readonly string[];
  /** What building in full will read; left out where nobody pays for that. */
  readonly bill?: Bill;
  /** What the cutover may change at the most. */
  readonly announced: {
    readonly replace: readonly Relation[];
    readonly add: readonly Relation[];
    readonly remove: readonly Relation[];
  };
  /** sha256 of all the above. */
  readonly hash: string;
}
