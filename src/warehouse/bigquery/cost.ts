import type { Cost } from '../../domain/cost.ts';
import type { ReleaseId } from '../../domain/ids.ts';
import { type Context, environmentOf } from './context.ts';
import { isOfDbt, type ListedJob, listJobs } from './left.ts';

/**
 * Jobs of the user that releases run as, from one time to another: lastgreen's own by their labels, dbt's by what they name.
 * Listed, which costs nothing, while a question to INFORMATION_SCHEMA.JOBS would.
 */
export async function cost(
  ctx: Context,
  { release, from, until }: { readonly release: ReleaseId; readonly from: Date; readonly until: Date },
): Promise<readonly Cost[]> {
  const times = { minCreationTime: String(from.getTime()), maxCreationTime: String(until.getTime()) };
  const jobs = (await listJobs(ctx, times)).filter((job) => isOfDbt(ctx.places, job) || isOfRelease(ctx, job, release));
  if (jobs.length === 0) return [];
  const sum = (of: (job: ListedJob) => number): number => jobs.reduce((total, job) => total + of(job), 0);
  return [
    {
      on: ctx.client.project,
      statements: jobs.length,
      seconds:
        sum(({ statistics: { startTime, endTime } }) => Math.max(0, (endTime ?? 0) - (startTime ?? endTime ?? 0))) /
        1000,
      credits: null,
      bytes: sum(({ statistics }) => statistics.query?.totalBytesBilled ?? 0),
      slotMs: sum(({ statistics }) => statistics.totalSlotMs),
    },
  ];
}

function isOfRelease(ctx: Context, { configuration: { labels } }: ListedJob, release: ReleaseId): boolean {
  return labels['app'] === 'lastgreen' && labels['environment'] === environmentOf(ctx) && labels['release'] === release;
}
