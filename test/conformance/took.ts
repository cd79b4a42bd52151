/** What one kind of statement took the server, ms. */
export interface Took {
  readonly kind: string;
  readonly times: number;
  readonly median: number;
  readonly most95: number;
  readonly longest: number;
}

/** By kinds, each with the ms that it took; what takes longest comes first. */
export const tookOf = (found: ReadonlyMap<string, readonly number[]>): readonly Took[] =>
  [...found].map(([kind, all]) => summed(kind, all)).toSorted((a, b) => b.median - a.median);

/** `ALTER TABLE SWAP`, `CREATE VIEW`, `SELECT`: what somebody would look for. */
export function kindOf(sql: string): string {
  const words = sql
    .replace(/--.*$/gm, ' ')
    .replace(/"[^"]*"?|`[^`]*`?/g, ' ')
    .toUpperCase()
    .split(/[^A-Z]+/)
    .filter((word) => word !== '');
  const [verb = '', ...rest] = words.filter(
    (word) => !['OR', 'REPLACE', 'TRANSIENT', 'SECURE', 'IF', 'NOT'].includes(word),
  );
  if (!['ALTER', 'CREATE', 'DROP', 'SHOW', 'GRANT', 'REVOKE', 'UNDROP'].includes(verb)) return verb;
  const does = rest.find((word) => ['SWAP', 'RENAME', 'CLONE', 'SET'].includes(word));
  return [verb, rest[0], does].filter(Boolean).join(' ');
}

function summed(kind: string, all: readonly number[]): Took {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { kind, times: sorted.length, median: at(0.5), most95: at(0.95), longest: at(1) };
}
