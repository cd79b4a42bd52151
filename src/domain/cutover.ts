import type { Change } from './change.ts';
import type { Fence, ReleaseId, Sha } from './ids.ts';
import type { Container, Relation } from './relation.ts';

/** In the warehouse, changed together with what readers get: which release is live, by whom, under which fence. */
export interface Mark {
  readonly lineage: string;
  readonly fence: Fence;
  readonly release: ReleaseId;
  /** The release whose definitions are live: the release itself, or the one that a rollback went back to. */
  readonly content: ReleaseId;
  readonly sha: Sha;
  /** Put live by a rollback: typed again, it changes nothing. */
  readonly back: boolean;
  /** The mark that this one replaced, so that a way back is known without the store. */
  readonly previous: { readonly release: ReleaseId; readonly content: ReleaseId; readonly sha: Sha } | null;
  /** The seal's token: a rollback without the store sees by it whether live was written to since. */
  readonly token: string | null;
  /** ISO time by the controller's clock; for people, never for ordering. */
  readonly at: string;
}

/** Per relation, a text that changes when its rows or its definition do. */
export type Fingerprints = readonly (readonly [Relation, string])[];

/** What the gates looked at: any later change of it voids `verified`. */
export interface Seal {
  readonly release: ReleaseId;
  readonly fence: Fence;
  /** Where the sealed side lies now. */
  readonly sides: readonly Container[];
  readonly fingerprints: Fingerprints;
  /** The adapter's own cheap proof that nothing was written since, such as a file's size and time; opaque. */
  readonly token: string;
}

/** Live as the release looked at it. `token` is the adapter's own cheap proof, as in a seal. */
export interface LiveLook {
  readonly fingerprints: Fingerprints;
  readonly token: string;
}

/** `cutover.json`: written before the first statement that readers can see. */
export interface CutoverPlan {
  readonly release: ReleaseId;
  readonly changes: readonly Change[];
  /** The first n differ for readers; the rest repoint to identical content or set the old side aside. */
  readonly visible: number;
  readonly mark: Mark;
  /** Where what leaves live rests afterwards; empty when nothing was live. */
  readonly kept: readonly Container[];
}

/** Whether the mark is there that a cutover leaves, whatever the number under which it came to its end. */
export const isMarked = (mark: Mark | null, wanted: Mark): boolean =>
  mark?.release === wanted.release && mark.content === wanted.content && mark.lineage === wanted.lineage;
