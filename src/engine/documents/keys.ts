import { createHash } from 'node:crypto';
import type { Fence, ReleaseId } from '../../domain/ids.ts';

/** Where an environment's documents lie in the store. Numbers are padded, so that key order is the order of events. */
export interface Keys {
  readonly head: string;
  /** Prefix of the journal's entries. */
  journal(): string;
  /** Prefix of the entries under one fence. */
  entries(fence: Fence): string;
  entry(fence: Fence, n: number): string;
  /** The number that an entry's key ends with. */
  numberOf(key: string): number;
  /** Prefix of all that one release left. */
  release(release: ReleaseId): string;
  /** Prefix of a release's plans, one for each number under which it was built. */
  plans(release: ReleaseId): string;
  plan(release: ReleaseId, fence: Fence): string;
  /** Prefix of a release's cutovers, one for each number under which one was begun. */
  cutovers(release: ReleaseId): string;
  cutover(release: ReleaseId, fence: Fence): string;
  artifact(release: ReleaseId, name: string): string;
  /** Named by its content: the same ledger twice is one document. */
  ledger(body: Uint8Array): string;
  /** LIVE_SHA, LAST_GREEN_SHA, last-green/manifest.json: can be made again from the others. */
  derived(name: string): string;
}

const FENCE_DIGITS = 9;
const ENTRY_DIGITS = 4;

const digits = (n: number, width: number): string => String(n).padStart(width, '0');

/** The keys of one environment. */
export function keysOf(environment: string): Keys {
  const of = (release: ReleaseId): string => `${environment}/releases/${release}/`;
  const numbered = (fence: Fence): string => `${digits(fence, FENCE_DIGITS)}.json`;
  return {
    head: `${environment}/head.json`,
    journal: () => `${environment}/journal/`,
    entries: (fence) => `${environment}/journal/${digits(fence, FENCE_DIGITS)}-`,
    entry: (fence, n) => `${environment}/journal/${digits(fence, FENCE_DIGITS)}-${digits(n, ENTRY_DIGITS)}.json`,
    numberOf: (key) => Number(/-(\d+)\.json$/.exec(key)?.[1] ?? 0),
    release: of,
    plans: (release) => `${of(release)}plan.`,
    plan: (release, fence) => `${of(release)}plan.${numbered(fence)}`,
    cutovers: (release) => `${of(release)}cutover.`,
    cutover: (release, fence) => `${of(release)}cutover.${numbered(fence)}`,
    artifact: (release, name) => `${of(release)}artifacts/${name}`,
    ledger: (body) => `${environment}/ledger/${createHash('sha256').update(body).digest('hex')}.json`,
    derived: (name) => `${environment}/${name}`,
  };
}
