import type { NodeId } from '../domain/ids.ts';

interface Named {
  readonly id: NodeId;
  readonly name: string;
}

/**
 * What people call each of them in a check's id: its name, or where two share one (packages, versions of a model) its
 * unique_id without the resource type, such as `shop.orders`.
 */
export function shortNames(all: Iterable<Named>): ReadonlyMap<NodeId, string> {
  const byName = Map.groupBy(all, ({ name }) => name);
  const short = [...byName].flatMap(([name, same]) =>
    same.map(({ id }) => [id, same.length === 1 ? name : id.slice(id.indexOf('.') + 1)] as const),
  );
  return new Map(short);
}

/** `a, b, c and 4 more`: enough to begin with, without a wall of names. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** `1 row`, `71,204 rows`. */
export const counted = (n: number | bigint, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 || n === 1n ? one : many}`;
