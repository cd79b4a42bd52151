import type { CutoverPlan, LiveLook, Mark, Seal } from '../../domain/cutover.ts';
import type { Fence } from '../../domain/ids.ts';
import type { Relation } from '../../domain/relation.ts';
import type { Binding } from './catalog.ts';
import type { Context } from './context.ts';
import type { Moves } from './moves.ts';

export interface Guard {
  readonly fence: Fence;
  readonly seal: Seal | null;
  readonly live: LiveLook | null;
}

/** What holds on to what leaves live. */
export interface Readers {
  /**
   * Views that nobody moves, and policies: to be bound to what comes in its place, under the name that they have then.
   * `asWritten`: only where their text stays what it is, because it calls functions that change.
   */
  readonly bound: readonly { readonly at: Relation; readonly binding: Binding; readonly asWritten: boolean }[];
  /** All that is known to hold on to it, whether it moves, stays or is bound anew, as the guard calls it. */
  readonly known: readonly string[];
  /** Tables that stay, and whose policies or keys change: readers of those wait, too. `id`: pg_class.oid. */
  readonly beside: readonly { readonly at: Relation; readonly id: string }[];
}

/** All that one transaction needs to know. */
export interface CutoverRequest {
  readonly ctx: Context;
  readonly plan: CutoverPlan;
  readonly guard: Guard;
  readonly moves: Moves;
  readonly readers: Readers;
  /** What is live until then. */
  readonly leaves: Mark | null;
  /** How long it waits for its locks this time, ms. */
  readonly lockMs: number;
}
