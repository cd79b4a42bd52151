import type { CutoverPlan, LiveLook, Mark, Seal } from '../../domain/cutover.ts';
import type { Fence } from '../../domain/ids.ts';
import type { Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import type { Moves } from './moves.ts';

export interface Guard {
  readonly fence: Fence;
  readonly seal: Seal | null;
  readonly live: LiveLook | null;
}

/** Views that nobody moves, and that read what leaves live. */
export interface Readers {
  /** To be bound to what comes in its place, with the text that they have now. */
  readonly bound: readonly {
    readonly at: Relation;
    readonly definition: string;
    readonly options: readonly string[];
  }[];
  /** Oids of all that is known to read it, whether it moves, stays or is bound anew. */
  readonly known: readonly string[];
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
