import type { Relation } from '../../../domain/relation.ts';
import { giveUp } from './unreadable.ts';
import type { Item, Mention, Scope } from './walk.ts';

type Naming = (relation: Relation) => Relation;

const asItIs: Naming = (relation) => relation;

/** What of a FROM clause a column is qualified with; null: nothing there is called so. */
export const itemOf = ({ parts, scope }: Mention): Item | null =>
  called(
    parts.map(({ value }) => value),
    scope,
    asItIs,
  );

/**
 * Makes sure that what a column is qualified with is still the same once relations have other names: a new name may be that
 * of an alias, or hide one.
 */
export function checkStill(item: Item | null, { parts, scope }: Mention, now: Naming): void {
  const relation = item === null || item.reading === null ? null : now(item.reading.relation);
  const names =
    relation === null
      ? parts.map(({ value }) => value)
      : [relation.database, relation.schema, relation.identifier].slice(-parts.length);
  const then = called(names, scope, now);
  if (then !== item && !isSame(then, item)) giveUp('a new name that is taken');
}

/** From the innermost query outwards: an alias, or a relation that has none. */
function called(names: readonly string[], from: Scope, now: Naming): Item | null {
  for (let scope: Scope | null = from; scope !== null; scope = scope.outer) {
    const all = scope.items.filter((item) => isCalled(item, names, now));
    const [first] = all;
    if (first === undefined) continue;
    const isOne = all.every((item) => item === first || isSame(item, first) || (!item.reading && !first.reading));
    return isOne ? first : giveUp('a column of two relations');
  }
  return null;
}

/** `name`, `schema.name` and `database.schema.name`; what has an alias is called by nothing else. */
function isCalled({ alias, reading }: Item, names: readonly string[], now: Naming): boolean {
  if (reading === null) return names.length === 1 && names[0] === alias;
  const { database, schema, identifier } = now(reading.relation);
  return names.length <= 3 && names.every((name, n) => name === [database, schema, identifier].slice(-names.length)[n]);
}

const isSame = (a: Item | null, b: Item | null): boolean => {
  const [one, other] = [a?.reading?.relation, b?.reading?.relation];
  if (one === undefined || other === undefined) return false;
  return one.database === other.database && one.schema === other.schema && one.identifier === other.identifier;
};
