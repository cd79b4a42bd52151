import type { Opener } from './connect.ts';

/** What every part of the adapter works with. */
export interface Context {
  readonly open: Opener;
  /** The schema of the dbt target: what the environment is called in the control tables. */
  readonly environment: string;
  readonly database: string;
  /** application_name of dbt's own sessions: one constant per environment. */
  readonly tag: string;
  readonly patience: Patience;
}

export interface Patience {
  /** How long a cutover waits for its locks, and readers behind it, before it lets go, ms. */
  readonly lockMs: number;
  /** How long it comes again; then `busy`, ms. */
  readonly deadlineMs: number;
  /** How long a claim waits for a cutover under a lower number that has its locks; then its session is ended, ms. */
  readonly drainMs: number;
}
