import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

/** JSON with sorted keys and without undefined: equal values give equal text, whatever order they were made in. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  // Thousands of nodes are hashed: more lists than this one, for each of their mappings, took longer than the hashes.
  for (const [key, inner] of Object.entries(value).sort(byKey)) {
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${stableJson(inner)}`;
  }
  return `{${text}}`;
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** sha256 of the stable JSON of a value. */
export const hashOf = (value: unknown): string => hash('sha256', stableJson(value), 'hex');

/** Whether two values have the same stable JSON. */
export const same = (a: unknown, b: unknown): boolean =>
  // Mostly nothing differs, and this is the quicker look.
  isDeepStrictEqual(a, b) || stableJson(a) === stableJson(b);

/**
 * Without null, empty lists and empty objects, all the way down: dbt releases add config keys with such defaults, and
 * a key that is not there means the same.
 */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const kept: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    // Most of what dbt resolves is empty from the start.
    const rest = isEmpty(inner) ? null : withoutEmpty(inner);
    if (!isEmpty(rest)) kept.push([key, rest]);
  }
  return Object.fromEntries(kept);
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && Object.keys(value).length === 0);
