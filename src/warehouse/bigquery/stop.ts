import { setTimeout as pause } from 'node:timers/promises';
import { endLeftOver } from '../left-over.ts';
import { WarehouseError } from '../port.ts';
import type { Context } from './context.ts';
import { cancelJob, jobOf } from './jobs.ts';
import { isOfDbt, listJobs } from './left.ts';

/** Jobs of a dbt that died go on until somebody cancels them. */
export const stop = (ctx: Context): Promise<number> =>
  endLeftOver<string>(async (ended) => {
    const running = await Promise.all(['running', 'pending'].map((stateFilter) => listJobs(ctx, { stateFilter })));
    for (const { jobReference, ...job } of running.flat()) {
      const { jobId: id, location } = jobReference;
      if (!isOfDbt(ctx.places, job) || ended.has(id)) continue;
      await endJob(ctx, { id, location: location ?? (await ctx.location()) });
      ended.add(id);
    }
  });

/** How often it is asked whether a job has ended, and how long it may take to, ms. */
const ASK_MS = 100;
const CANCEL_MS = 60_000;

/** Whoever cancels is answered before the job has ended ("Method: jobs.cancel"). */
async function endJob({ client }: Context, job: { readonly id: string; readonly location: string }): Promise<void> {
  await cancelJob(client, job);
  for (let waited = 0; waited < CANCEL_MS; waited += ASK_MS) {
    const now = await jobOf(client, job);
    if (now === null || now.status.state === 'DONE') return;
    await pause(ASK_MS);
  }
  throw new WarehouseError('busy', `job ${job.id}, which a dbt left running, does not end`, { blockers: [job.id] });
}
