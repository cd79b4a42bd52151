import type { CheckId, ReleaseId } from './ids.ts';

export type ReleaseKind = 'deploy' | 'refresh' | 'rollback' | 'adopt' | 'no-op';

/** Where a release stands. Folded from the journal; stored nowhere else. */
export type ReleaseState =
  | { readonly state: 'building' }
  | { readonly state: 'rejected'; readonly failed: readonly CheckId[] }
  /** For a person: checks that came to no verdict. */
  | { readonly state: 'waiting'; readonly on: readonly CheckId[] }
  | { readonly state: 'verified' }
  | { readonly state: 'superseded'; readonly by: ReleaseId }
  | { readonly state: 'aborted' }
  | { readonly state: 'cutting' }
  /** Not green before the watch has ended (ISO time). */
  | { readonly state: 'live'; readonly watchUntil: string }
  | { readonly state: 'green'; readonly keptUntil: string }
  | { readonly state: 'reversing'; readonly by: ReleaseId }
  | { readonly state: 'reverted'; readonly because: string }
  | { readonly state: 'replaced'; readonly by: ReleaseId };

export type StateName = ReleaseState['state'];

/** The only steps there are from one state to another. */
export const next: { readonly [S in StateName]: readonly StateName[] } = {
  building: ['building', 'rejected', 'waiting', 'verified', 'aborted', 'superseded', 'cutting'],
  waiting: ['verified', 'waiting', 'rejected', 'aborted', 'superseded', 'building'],
  rejected: [],
  aborted: [],
  superseded: [],
  // Straight to live: the mark in the warehouse says so, and the entry between was lost with its writer.
  verified: ['building', 'verified', 'rejected', 'waiting', 'cutting', 'live', 'superseded', 'aborted'],
  cutting: ['cutting', 'verified', 'live', 'green', 'reversing', 'reverted', 'aborted'],
  live: ['live', 'green', 'reversing', 'reverted', 'replaced'],
  replaced: ['reversing', 'reverted', 'live', 'green'],
  green: ['reversing', 'reverted', 'green', 'replaced'],
  reversing: ['reverted', 'reversing', 'cutting', 'live', 'green', 'replaced'],
  reverted: ['live', 'green', 'reversing'],
};

/** States in which readers have not seen anything of the release: `abort` may end it. */
export const unseen: ReadonlySet<StateName> = new Set(['building', 'waiting', 'verified']);
