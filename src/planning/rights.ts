import type { Protect, Right } from '../domain/change.ts';
import type { Relation } from '../domain/relation.ts';
import type { Catalog, CatalogRelation } from '../warehouse/port.ts';
import { isOf } from './grants.ts';
import type { MoveBack } from './rollback-facts.ts';
import { asFunction, isFunction } from './strategies/functions.ts';

/** In words; nothing where the new one has all that the old one has, but what is `revoked`. */
export function lostRights(
  was: CatalogRelation,
  is: CatalogRelation,
  revoked: readonly Right[] = [],
): readonly string[] {
  const [before, after] = [was.protection, is.protection];
  if (before === null) return [];
  if (after === null) return ['all of its rights'];
  return [
    ...(before.owner === after.owner ? [] : [`its owner ${before.owner} to ${after.owner}`]),
    ...moreGrants(was, is, revoked).map((grant) => `the grant of ${grant}`),
    ...before.rules.filter((rule) => !after.rules.includes(rule)),
  ];
}

/** What one grants and the other does not, leaving out columns that the other does not have, and what nobody asks for. */
export function moreGrants(
  one: CatalogRelation,
  other: CatalogRelation,
  beside: readonly Right[] = [],
): readonly string[] {
  const columns = new Set(other.columns.map(({ name }) => name));
  const known = new Set(other.protection?.grants.map(({ what }) => what));
  return (one.protection?.grants ?? [])
    .filter(({ column, what }) => !known.has(what) && (column === null || columns.has(column)) && !isOf(beside, what))
    .map(({ what }) => what);
}

/** What definitions give on either side; without them nobody knows, and live's rights are those that hold. */
export type GivenOf = (live: Relation) => Pick<Protect, 'revoked' | 'restored'>;

/**
 * What comes back gets the rights that live has by now: what was granted, revoked or hidden by hand since it left live
 * holds on. Only where they differ.
 */
export function protectBack(
  moves: readonly MoveBack[],
  catalog: Catalog,
  given: GivenOf = () => ({}),
): readonly Protect[] {
  return moves.flatMap(({ live, from }): readonly Protect[] => {
    const [is, comes] = [catalog.find(live), from && catalog.find(from)];
    return from && is?.protection && comes && !haveSameRights(is, comes)
      ? [{ do: 'protect', live, idle: from, ...(isFunction(from, catalog) ? asFunction(true) : given(live)) }]
      : [];
  });
}

export const haveSameRights = (a: CatalogRelation, b: CatalogRelation): boolean =>
  lostRights(a, b).length === 0 && lostRights(b, a).length === 0;

/** What readers would miss all the same, of those that have something to miss. */
export function lossesOf(
  moves: readonly MoveBack[],
  catalog: Catalog,
): readonly { readonly live: Relation; readonly lost: readonly string[] }[] {
  return moves.flatMap(({ live, from }) => {
    const [is, comes] = [catalog.find(live), from && catalog.find(from)];
    const lost = is && comes ? lostRights(is, comes) : [];
    return lost.length > 0 ? [{ live, lost }] : [];
  });
}
