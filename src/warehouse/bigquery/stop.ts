import { endLeftOver } from '../left-over.ts';
import type { Context } from './context.ts';
import { cancelJob } from './jobs.ts';
import { isOfDbt, listJobs } from './left.ts';

/** Jobs of a dbt that died go on ("Method: jobs.cancel"). */
export const stop = (ctx: Context): Promise<number> =>
  endLeftOver<string>(async (ended) => {
    const running = await Promise.all(['running', 'pending'].map((stateFilter) => listJobs(ctx, { stateFilter })));
    for (const { jobReference, ...job } of running.flat()) {
      if (!isOfDbt(ctx.places, job) || ended.has(jobReference.jobId)) continue;
      await cancelJob(ctx.client, {
        id: jobReference.jobId,
        location: jobReference.location ?? (await ctx.location()),
      });
      ended.add(jobReference.jobId);
    }
  });
