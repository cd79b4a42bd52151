/** Makes two kinds of string or number that must never be mixed up different types. */
export type Brand<T, B extends string> = T & { readonly __brand: B };

/** A number that only grows: who holds the highest one may change what readers get. */
export type Fence = Brand<number, 'Fence'>;
/** `r42`: the fence under which the release began; ordered without clocks, and speakable on a call. */
export type ReleaseId = Brand<string, 'ReleaseId'>;
/** dbt's unique_id of a model, seed, snapshot or function. */
export type NodeId = Brand<string, 'NodeId'>;
/** `<gate>:<subject>`, unique in a release. */
export type CheckId = Brand<string, 'CheckId'>;
/** A full git commit id. */
export type Sha = Brand<string, 'Sha'>;
/**
 * What survives rename and swap: the engine's own id or time of creation of the object; for a file a uuid kept beside
 * it (inodes are reused).
 */
export type ObjectId = Brand<string, 'ObjectId'>;

// The casts below are the only doors through which plain values become branded ones.
export const fence = (n: number): Fence => n as Fence;
export const nodeId = (id: string): NodeId => id as NodeId;
export const checkId = (id: string): CheckId => id as CheckId;
export const sha = (id: string): Sha => id as Sha;
export const objectId = (id: string): ObjectId => id as ObjectId;

/** The release that begins under a fence. */
export const releaseOf = (f: Fence): ReleaseId => `r${f}` as ReleaseId;

/** The number in `r42`; throws RangeError on anything else. */
export function releaseNumber(id: ReleaseId): number {
  const match = /^r(\d+)$/.exec(id);
  if (!match) throw new RangeError(`not a release id: ${id}`);
  return Number(match[1]);
}

/** Reads what a person typed (`r42`, `42`); null when it is neither. */
export function parseReleaseId(text: string): ReleaseId | null {
  const match = /^r?([1-9]\d*)$/.exec(text.trim());
  return match ? (`r${match[1]}` as ReleaseId) : null;
}

/** Oldest first. */
export const byRelease = (a: ReleaseId, b: ReleaseId): number => releaseNumber(a) - releaseNumber(b);
