import type { Fence } from '../../domain/ids.ts';
import { displayName, type Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { refused } from './errors.ts';
import type { Found } from './found.ts';
import type { Guards } from './protection.ts';
import { type Adopting, renaming, textFor } from './slot-text.ts';

/** What all fills of one call share. */
export interface Filling {
  readonly ctx: Context;
  readonly fence: Fence;
  readonly signal: AbortSignal;
  /** Throws `fenced`; asks again after a while. */
  readonly assert: () => Promise<void>;
  /** Where what is adopted lies on no side. */
  readonly adopting?: Adopting;
}

type Naming = Pick<Filling, 'ctx' | 'adopting'>;

/** A text of one place as it is said in another. Throws `refused` where nobody can tell. */
export function textIn(filling: Naming, text: string | null, source: Relation, location: string): string {
  const { ctx, adopting } = filling;
  const moving = { places: ctx.places, from: source.location, to: location, adopting };
  const said = text === null ? null : textFor(text, moving);
  if (said === null)
    throw refused(`nobody can tell what ${displayName(source)} would read in ${location}`, {
      relation: displayName(source),
    });
  return said;
}

/** What datasets of one place are called in another; null: they are of neither. */
export const datasetsIn = (
  { ctx: { places }, adopting }: Naming,
  from: string,
  to: string,
): ((dataset: string) => string | null) => renaming({ places, from, to, adopting });

/** The rights of something as they are said in another place: a filter may ask a table that lies beside it. */
export const guardsIn = (filling: Naming, guards: Guards, { relation }: Found, to: string): Guards => ({
  ...guards,
  rows: guards.rows.map((row) => ({ ...row, predicate: textIn(filling, row.predicate, relation, to) })),
});
