import type { Back } from '../domain/journal.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Plan } from '../domain/plan.ts';
import type { ReleaseKind } from '../domain/release.ts';
import type { Checkout } from '../git/port.ts';

/** A commit's manifests for both sides, and that of what is live. */
export interface Manifests {
  readonly raw: { readonly live: Uint8Array; readonly idle: Uint8Array };
  readonly live: Manifest;
  readonly idle: Manifest;
  readonly baseline: Manifest | null;
}

/** A plan and what it was made from, ready to be carried out. */
export interface Work {
  readonly plan: Plan;
  readonly manifests: Manifests;
  readonly checkout: Checkout;
  readonly kind: ReleaseKind;
  readonly command: string;
  readonly back?: Back;
}
