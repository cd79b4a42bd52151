import type { Client } from './client.ts';
import { labelValue } from './dialect.ts';
import type { Places } from './places.ts';
import type { Ring } from './ring.ts';

/** What every part of the adapter works with. */
export interface Context {
  readonly client: Client;
  readonly places: Places;
  /** Where the environment's datasets lie, such as `EU`; asked once. */
  location(): Promise<string>;
  readonly limits: Limits;
  readonly patience: Patience;
  /** What was read last. */
  readonly seen: { ring: Ring | null };
  /** How often the job of an id was seen to end well. */
  readonly ended: Map<string, number>;
}

/** What the dbt target says of its jobs. */
interface Limits {
  readonly maximumBytesBilled: string | null;
  /** How long one job may take, ms. */
  readonly jobMs: number | null;
  readonly priority: 'INTERACTIVE' | 'BATCH';
}

export interface Patience {
  /** How long a claim waits for a cutover's job under a lower number before it cancels it, ms. */
  readonly drainMs: number;
}

/** What the environment is called in labels and ids of jobs. */
export const environmentOf = ({ places }: Pick<Context, 'places'>): string => labelValue(places.serving);

/** How many requests of one call are under way at once: of 100 a second for each user and method ("Quotas and limits"). */
export const IN_FLIGHT = 20;
