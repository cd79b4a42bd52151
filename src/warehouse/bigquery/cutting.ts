import pMap from 'p-map';
import { z } from 'zod';
import type { Fence } from '../../domain/ids.ts';
import { WarehouseError } from '../port.ts';
import { readAdopted } from './adopted.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { pointedTo } from './dialect.ts';
import { dropDocuments, putDocument, readDocuments } from './documents.ts';
import { isMissing } from './errors.ts';
import { cancelJob, jobOf, oneJob } from './jobs.ts';
import { ownAmong } from './own-views.ts';
import { placeOf, type TableId } from './places.ts';
import { FENCE_LABEL } from './pointing.ts';
import { servingViews } from './sides.ts';
import { patchTable } from './tables.ts';

const PREFIX = 'cutting_f';
const fenceIn = (name: string): number => Number(/^cutting_f(\d+)/.exec(name)?.[1] ?? Number.NaN);
const ids = z.array(z.string());

/**
 * Which jobs a cutover may run, told before it begins: whoever claims after it takes their ids first, as an id can be used
 * once (documentation, "Method: jobs.insert").
 */
export const announceJobs = (
  ctx: Context,
  { fence, nonce }: { readonly fence: Fence; readonly nonce: string },
  jobs: readonly string[],
): Promise<void> =>
  jobs.length === 0 ? Promise.resolve() : putDocument(ctx, `${PREFIX}${fence}_${nonce.replaceAll('-', '')}`, jobs);

/** Once no cutover under the number goes on. */
export const forgetJobs = (ctx: Context, fence: Fence): Promise<void> =>
  dropDocuments(ctx, (name) => fenceIn(name) === fence);

/** On return no job of a cutover under a lower number runs, or can be run any more. */
export async function takeJobs(ctx: Context, fence: Fence): Promise<void> {
  const lower = [...(await readDocuments(ctx, PREFIX))].filter(([name]) => fenceIn(name) < fence);
  const all = lower.flatMap(([, value]) => ids.parse(value));
  await pMap(all, (id) => takeJob(ctx, id), { concurrency: IN_FLIGHT });
  await dropDocuments(ctx, (name) => fenceIn(name) < fence);
}

/** How long one that was cancelled may take to end, ms. */
const CANCEL_MS = 30_000;

async function takeJob(ctx: Context, id: string): Promise<void> {
  const configuration = { query: { query: 'SELECT 1', useLegacySql: false } };
  const drained = AbortSignal.timeout(ctx.patience.drainMs);
  try {
    await oneJob(ctx, { configuration, step: 'claim', signal: drained }, id);
  } catch (error) {
    if (!drained.aborted) throw error;
    const named = { id, location: await ctx.location() };
    await cancelJob(ctx.client, named);
    const signal = AbortSignal.timeout(CANCEL_MS);
    try {
      // Waits for the one that is there.
      await oneJob(ctx, { configuration, step: 'claim', signal }, id);
    } catch (failure) {
      if (!signal.aborted) throw failure;
      const job = await jobOf(ctx.client, named);
      if (job?.status.state !== 'DONE')
        throw new WarehouseError('busy', `job ${id} of a cutover under a lower number does not end`, {
          blockers: [id],
        });
    }
  }
}

/**
 * Changes the label of every view that readers use, or that is about to be adopted, so that whoever read its etag before
 * changes it no more. Returns the slots that the views point to.
 */
export async function raiseLabels(ctx: Context, fence: Fence): Promise<ReadonlySet<string>> {
  const adopted = await readAdopted(ctx);
  const all = await servingViews(ctx);
  const own = new Set(await ownAmong(ctx, all));
  const views = all.filter((view) => own.has(view) || adopted(view.tableReference) !== null);
  const slots = await pMap(views, (view) => raiseLabel(ctx, view.tableReference, fence), { concurrency: IN_FLIGHT });
  return new Set(slots.flatMap((slot) => slot ?? []));
}

async function raiseLabel({ client, places }: Context, id: TableId, fence: Fence): Promise<string | null> {
  try {
    const body = { labels: { [FENCE_LABEL]: String(fence) } };
    const { view } = await patchTable(client, id, { body, etag: null });
    const to = view === undefined ? null : pointedTo(view.query);
    return to === null ? null : placeOf(places, to.dataset).location;
  } catch (error) {
    // Somebody else took it away.
    if (isMissing(error)) return null;
    throw error;
  }
}
