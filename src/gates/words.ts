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

/** `a, b, c and 4 more`: enough to begin with, without a wall of names. `between`: what keeps sentences apart. */
export function listed(names: readonly string[], most = 5, between = ', '): string {
  const shown = names.slice(0, most).join(between);
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** `1 row`, `71,204 rows`. */
export const counted = (n: number | bigint, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 || n === 1n ? one : many}`;

/** `14 min`, `3 h`, of ms: as exact as a person needs it. */
export function age(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** `28.8 % fewer`, `20 % more`, `the same number`, of a fraction: -0.288. */
export function moreOrFewer(fraction: number): string {
  if (fraction === 0) return 'the same number';
  return `${percent(Math.abs(fraction))} ${fraction < 0 ? 'fewer' : 'more'}`;
}

/** `28.8 %` of 0.288. A fraction that is not 0 is never shown as 0. */
export function percent(fraction: number): string {
  const hundredths = fraction * 100;
  const digits = hundredths !== 0 && hundredths < 0.05 ? { maximumSignificantDigits: 1 } : { maximumFractionDigits: 1 };
  return `${hundredths.toLocaleString('en-US', digits)} %`;
}
