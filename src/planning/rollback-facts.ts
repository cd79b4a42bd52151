import type { Fill, Protect } from '../domain/change.ts';
import type { CutoverPlan, LiveLook, Mark } from '../domain/cutover.ts';
import type { History } from '../domain/fold.ts';
import type { NodeId, ReleaseId, Sha } from '../domain/ids.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Past } from '../domain/past.ts';
import type { Plan } from '../domain/plan.ts';
import type { Container, Relation } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import type { Catalog, KeptSide, RemovedSide, Traits } from '../warehouse/port.ts';
import type { HistorySource } from './history.ts';
import type { Levelled } from './level.ts';
import type { Asked } from './target.ts';

/** What a release left behind of itself; null where the store does not have it. */
export interface Described {
  readonly plan: Plan | null;
  readonly manifest: Manifest | null;
}

export interface RollbackFacts {
  readonly asked: Asked;
  readonly history: History;
  readonly mark: Mark;
  /** The content to go back to. */
  readonly target: ReleaseId;
  /** Of live's content. */
  readonly from: Described;
  /** Of the target. */
  readonly to: Described;
  /** Oldest first. */
  readonly kept: readonly KeptSide[];
  readonly sides: { readonly live: readonly Container[]; readonly idle: readonly Container[] };
  readonly settings: Settings;
  readonly traits: Traits;
  /** Of live and of all kept sides. */
  readonly catalog: Catalog;
  /** Live now. */
  readonly look: LiveLook;
  readonly ledger: Ledger | null;
  readonly now: Date;
  /** What rows of an earlier time depend on; null where they are not needed, or not to be had. */
  readonly travel: TravelFacts | null;
}

export interface TravelFacts {
  /** The time whose rows are asked for, ISO. */
  readonly at: string;
  /** What every cutover since then changed, oldest first; null: the store does not have it any more. */
  readonly cuts: readonly { readonly release: ReleaseId; readonly plan: CutoverPlan | null }[];
  readonly past: readonly Past[];
  readonly removed: readonly RemovedSide[];
  /** Of the target, for the idle side. */
  readonly idle: Manifest | null;
}

/** What all ways back have in common. */
export interface Way {
  readonly target: ReleaseId;
  readonly sha: Sha;
  /** The releases that are taken back, newest first. */
  readonly through: readonly ReleaseId[];
  /** Nodes that are not the same in both, or read such a node. */
  readonly changed: readonly NodeId[];
  /** Why it is not done in another way. */
  readonly others: readonly { readonly strategy: string; readonly because: string }[];
  readonly warnings: readonly string[];
}

/** A relation that comes back under its live name; null: nothing does, and what is there goes away. */
export interface MoveBack {
  readonly live: Relation;
  readonly from: Relation | null;
}

/** The same cutover backwards, to a kept side or to a levelled copy of it. */
export interface SwapBack extends Returning {
  readonly is: 'swap';
}

/** The same cutover, to rows of an earlier time that were cloned from what was live then. */
export interface TravelBack extends Returning {
  readonly is: 'time-travel';
  /** Must be had back first; what is said here of the rest is decided anew then. */
  readonly restores: readonly RemovedSide[];
  /** By name, the earliest time whose rows can be had, ISO. */
  readonly earliest: ReadonlyMap<string, string>;
}

interface Returning extends Way {
  readonly side: KeptSide;
  /**
   * What it takes the place of. Where containers do, in step with those of the side; what is gone back to has none of the
   * last ones, where there are more.
   */
  readonly live: readonly Container[];
  /** Empty: nothing has to be brought level first. */
  readonly fills: readonly Fill[];
  /** What the fills write to. */
  readonly filled: readonly Container[];
  /** Where relations change places one by one; null: whole containers do. */
  readonly moves: readonly MoveBack[] | null;
  /** Give what comes back the rights that live has by now; empty: it has them. */
  readonly protect: readonly Protect[];
  /** Live as it was when this was decided. */
  readonly look: LiveLook;
  readonly staying: Levelled['staying'];
  readonly goingBack: Levelled['goingBack'];
  /** ISO time whose rows come back; of a kept side, when it left live. */
  readonly backTo: string | null;
  /** Live names whose content readers can tell from what they have now. */
  readonly seen: readonly Relation[];
}

export interface RebuildBack extends Way {
  readonly is: 'rebuild';
  /** Where each node's history comes from, for those that keep one. */
  readonly history: ReadonlyMap<NodeId, HistorySource>;
  /** Live has this content already: everything is built once more. */
  readonly again: boolean;
}

export type RollbackPlan =
  | { readonly is: 'already-back'; readonly target: ReleaseId }
  | SwapBack
  | TravelBack
  | RebuildBack;
