import type { Seal } from './cutover.ts';
import type { Fence, ReleaseId, Sha } from './ids.ts';
import type { ReleaseKind } from './release.ts';
import type { Answer } from './verdict.ts';

/** What happened, once written never changed: `journal/<fence>-<n>.json`. */
export interface Entry {
  readonly schema: 'lastgreen/journal/1';
  readonly fence: Fence;
  /** Counts from 1 under each fence. */
  readonly n: number;
  /** ISO time, for people; order is (fence, n). */
  readonly at: string;
  readonly by: string;
  readonly event: JournalEvent;
}

/** A rollback: where to, from what, how. */
export interface Back {
  readonly to: ReleaseId;
  readonly from: ReleaseId;
  readonly strategy: string;
  /** Why it was not done in another way. */
  readonly others?: readonly { readonly strategy: string; readonly because: string }[];
}

export type JournalEvent =
  | {
      readonly is: 'started';
      readonly release: ReleaseId;
      readonly kind: ReleaseKind;
      readonly sha: Sha;
      readonly subject: string;
      readonly command: string;
      /** Whose definitions it has, when not its own: a no-op. */
      readonly content?: ReleaseId;
      readonly back?: Back;
    }
  | {
      readonly is: 'built';
      readonly release: ReleaseId;
      readonly nodes: number;
      readonly ms: number;
      readonly dbtMs: number;
    }
  | { readonly is: 'sealed'; readonly release: ReleaseId; readonly seal: Seal }
  | {
      readonly is: 'gated';
      readonly release: ReleaseId;
      readonly at: 'built' | 'sealed' | 'live';
      readonly answers: readonly Answer[];
    }
  | { readonly is: 'verified'; readonly release: ReleaseId }
  | {
      readonly is: 'rejected';
      readonly release: ReleaseId;
      readonly failed: readonly string[];
      readonly because: string;
    }
  | { readonly is: 'waiting'; readonly release: ReleaseId; readonly on: readonly string[] }
  | { readonly is: 'superseded'; readonly release: ReleaseId; readonly by: ReleaseId }
  | { readonly is: 'aborted'; readonly release: ReleaseId; readonly because: string }
  | { readonly is: 'cutting'; readonly release: ReleaseId; readonly back: boolean }
  | { readonly is: 'not-cut'; readonly release: ReleaseId; readonly because: string }
  | {
      readonly is: 'live';
      readonly release: ReleaseId;
      readonly watchUntil: string;
      readonly windowMs: number | null;
      readonly ms: number;
    }
  | { readonly is: 'green'; readonly release: ReleaseId; readonly keptUntil: string }
  | { readonly is: 'not-green'; readonly release: ReleaseId; readonly because: string }
  | { readonly is: 'reversing'; readonly release: ReleaseId; readonly by: ReleaseId }
  | { readonly is: 'reverted'; readonly release: ReleaseId; readonly because: string; readonly by: ReleaseId }
  | { readonly is: 'restored'; readonly release: ReleaseId; readonly by: ReleaseId }
  | { readonly is: 'replaced'; readonly release: ReleaseId; readonly by: ReleaseId }
  | { readonly is: 'hold'; readonly reason: string; readonly release: ReleaseId | null }
  | { readonly is: 'hold-released'; readonly reason: string }
  | {
      readonly is: 'run';
      readonly number: Fence;
      readonly sha: Sha;
      readonly nodes: number;
      readonly ok: boolean;
      readonly ms: number;
      readonly arguments: readonly string[];
    }
  | { readonly is: 'took-over'; readonly from: string; readonly fence: Fence }
  | { readonly is: 'mended'; readonly what: string }
  | { readonly is: 'failed'; readonly release: ReleaseId; readonly code: string; readonly message: string }
  | { readonly is: 'pruned'; readonly what: readonly string[] };
