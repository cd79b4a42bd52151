import { createHash } from 'node:crypto';

/** Hex. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** JSON with sorted keys and without undefined: equal values give equal text, whatever order they were made in. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const pairs = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (pairs.length > 1) pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${stableJson(inner)}`).join(',')}}`;
}

/** sha256 of the stable JSON of a value. */
export const hashOf = (value: unknown): string => sha256(stableJson(value));

/** Whether two values have the same stable JSON. */
export const same = (a: unknown, b: unknown): boolean =>
  // Mostly they were written by the same hand in the same order, and this is the quicker look.
  JSON.stringify(a) === JSON.stringify(b) || stableJson(a) === stableJson(b);

/**
 * Without null, empty lists and empty objects, all the way down: dbt releases add config keys with such defaults, and
 * a key that is not there means the same.
 */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, withoutEmpty(inner)] as const)
      .filter(([, inner]) => !isEmpty(inner)),
  );
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && Object.keys(value).length === 0);
