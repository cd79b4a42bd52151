import { z } from 'zod';
import type { Context } from './context.ts';
import { jobResource } from './jobs.ts';
import type { Places } from './places.ts';
import { listed } from './tables.ts';

/** What `jobs.list` tells of a job with all that it was asked (documentation, "Method: jobs.list", projection). */
const listedJob = z.looseObject({
  jobReference: jobResource.shape.jobReference,
  configuration: jobResource.shape.configuration,
  statistics: z
    .looseObject({
      startTime: z.coerce.number().optional(),
      endTime: z.coerce.number().optional(),
      totalSlotMs: z.coerce.number().default(0),
      query: z.looseObject({ totalBytesBilled: z.coerce.number().default(0) }).optional(),
    })
    .default({ totalSlotMs: 0 }),
});

export type ListedJob = z.infer<typeof listedJob>;

/** Jobs of the user that is asking, without the parts of scripts. */
export const listJobs = (ctx: Context, query: Readonly<Record<string, string>>): Promise<readonly ListedJob[]> =>
  listed(ctx.client, { path: '/jobs', query: { projection: 'full', ...query } }, 'jobs', listedJob);

/** dbt's label of every job (dbt-bigquery 1.11, connections.py). */
const DBT_LABEL = 'dbt_invocation_id';

/**
 * Whether a job is of a dbt that built or tested this environment: it has dbt's label, and what it was asked names a dataset
 * of a slot, which nobody else has a reason to.
 */
export function isOfDbt(
  { slots }: Pick<Places, 'slots'>,
  { configuration }: Pick<ListedJob, 'configuration'>,
): boolean {
  if (!(DBT_LABEL in configuration.labels)) return false;
  const { labels: _, ...asked } = configuration;
  const text = JSON.stringify(asked);
  return slots.some((slot) => new RegExp(`(?<![A-Za-z0-9_])${slot}(?:_\\w+)?(?![A-Za-z0-9_])`).test(text));
}
