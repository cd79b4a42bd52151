import type { ObjectId } from './ids.ts';
import type { Relation } from './relation.ts';

/** A table that has a name, or had it until it was dropped. All times are ISO, by the engine's clock. */
export interface Past {
  readonly relation: Relation;
  readonly id: ObjectId;
  readonly created: string;
  /** The earliest time whose rows of it can be had. */
  readonly since: string;
  /** When it was dropped; null: it is there. */
  readonly until: string | null;
  /** When rows were written to it last; null: nobody knows. */
  readonly written: string | null;
}
