import type { NodeId, ReleaseId } from './ids.ts';
import type { Relation } from './relation.ts';

/** What stands behind each live name: carry, deferral, drift and rollback ask it. A read-back can rebuild it. */
export interface Ledger {
  readonly schema: 'lastgreen/ledger/1';
  readonly release: ReleaseId;
  readonly content: ReleaseId;
  readonly entries: readonly LedgerEntry[];
}

export interface LedgerEntry {
  readonly node: NodeId;
  readonly relation: Relation;
  readonly kind: string;
  /** The release (`r42`) or run (`run 43`) that produced its rows. */
  readonly producedBy: string;
  /** Hash of its definition, as in a plan. */
  readonly definition: string;
  readonly fingerprint: string;
}
