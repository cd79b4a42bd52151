import type { Change } from '../../domain/change.ts';
import { isCallable, oneOf } from '../../domain/kind.ts';
import { type Container, isRelation, nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { type Found, isFunction } from './catalog.ts';
import { qualified, spoken } from './dialect.ts';
import { refused } from './errors.ts';

/** One relation, or one function, from one schema to another. */
interface Move {
  readonly from: Relation;
  readonly to: Relation;
  readonly found: Found;
}

export interface Moves {
  /** In the order of the plan: a name is vacated before it is taken. */
  readonly all: readonly Move[];
  /** Out of the names that readers use. */
  readonly leaving: readonly Move[];
  /** Into them. */
  readonly coming: readonly Move[];
}

/** Every change as the moves that this engine makes of it. Throws `missing`, and `refused` for what it cannot do. */
export function movesOf(
  changes: readonly Change[],
  kept: readonly Container[],
  found: ReadonlyMap<string, Found>,
): Moves {
  const all = changes.map((change): Move => {
    if (change.do !== 'move' || !isRelation(change.from) || !isRelation(change.to))
      throw refused(`a cutover here moves relations; it cannot ${change.do} what it was given`);
    const { from, to } = change;
    const one = found.get(nameKey(from));
    if (!one) throw new WarehouseError('missing', `there is no ${qualified(from)}`, { relation: qualified(from) });
    if (isCallable(one.kind) && !isFunction(one))
      throw refused(`${spoken(from)} is ${oneOf(one.kind)}: only functions that are alone under their name move`, {
        relation: qualified(from),
      });
    return { from, to, found: one };
  });
  const aside = new Set(kept.map(({ schema }) => schema));
  const isLeaving = ({ to }: Move): boolean => aside.has(to.schema);
  return { all, leaving: all.filter(isLeaving), coming: all.filter((move) => !isLeaving(move)) };
}

/** pg_class.oid of what can be locked. */
export const relationIds = (moves: Moves['all']): readonly string[] =>
  moves.flatMap(({ found }) => (isFunction(found) ? [] : [found.id]));

/** pg_proc.oid of the rest. */
export const functionIds = (moves: Moves['all']): readonly string[] =>
  moves.flatMap(({ found }) => (isFunction(found) ? [found.id] : []));
