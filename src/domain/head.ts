import type { Fence, NodeId, ReleaseId, Sha } from './ids.ts';

/** Who holds the lease; on the same boot a dead holder's lease is free at once. */
export interface Holder {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** The process's start time as the system tells it, so that a reused pid is not taken for it. */
  readonly startedAt: string;
  readonly user: string;
}

export interface Lease {
  readonly holder: Holder;
  readonly fence: Fence;
  /** Such as `deploy`. */
  readonly command: string;
  /** ISO time, by the holder's clock; for people. Age is the document's, by the store's clock. */
  readonly since: string;
  readonly ttlMs: number;
  /** Set by who wants the holder to stop: honoured at the next renewal. */
  readonly stopRequestedBy: string | null;
}

/** A cutover that was begun and whose end nobody has recorded yet. */
export interface InFlight {
  readonly release: ReleaseId;
  readonly fence: Fence;
  readonly kind: 'cutover' | 'rollback' | 'refresh';
  /** Of a plain refresh: what history will tell of it. */
  readonly run: Run | null;
  /** The cutover that had stopped in the middle and that this takes back. */
  readonly reverses: { readonly release: ReleaseId; readonly fence: Fence } | null;
}

/** A plain refresh: rows of the same commit, made anew. */
interface Run {
  readonly nodes: number;
  readonly ms: number;
  readonly arguments: readonly string[];
}

export interface Live {
  readonly release: ReleaseId;
  readonly content: ReleaseId;
  readonly sha: Sha;
  readonly fence: Fence;
  /** ISO time of the cutover. */
  readonly since: string;
  /** ISO time; null once green. */
  readonly watchUntil: string | null;
}

/** Stops deploy and promote at their start, never plan, build, refresh or rollback. */
export interface Hold {
  readonly reason: string;
  readonly by: string;
  readonly since: string;
  /** Set by a rollback: the reverted release, and the definition of each node that it had changed. */
  readonly reverted: { readonly release: ReleaseId; readonly definitions: Readonly<Record<NodeId, string>> } | null;
}

/** The only mutable document. Everything else is create-only. */
export interface Head {
  readonly schema: 'lastgreen/head/1';
  readonly environment: string;
  /** Names this store's history; in the mark too. */
  readonly lineage: string;
  readonly revision: number;
  /** New with every write: tells an unknown outcome of one's own write from another's. */
  readonly nonce: string;
  readonly fence: Fence;
  readonly lease: Lease | null;
  readonly inFlight: InFlight | null;
  readonly live: Live | null;
  readonly hold: Hold | null;
  /** Key of the ledger document. */
  readonly ledger: string | null;
  /** The release that waits for promote, verified or waiting. */
  readonly candidate: ReleaseId | null;
  /** For keyed hashes of env values; base64. */
  readonly hmacKey: string;
}
