import type { CutoverPlan } from '../../domain/cutover.ts';
import type { Fence } from '../../domain/ids.ts';
import { changed } from '../changed.ts';
import { WarehouseError } from '../port.ts';
import { type Adopted, movedAway } from './adopted.ts';
import { completeView } from './complete.ts';
import type { Context } from './context.ts';
import { assertFence, fencedBy } from './control.ts';
import { createView, dropStatement, literal, qualified, renameStatement, servingText } from './dialect.ts';
import { isDuplicate, isLost, isMissing, isOutdated, ofJob } from './errors.ts';
import { keepGone } from './gone.ts';
import { jobId, oneJob } from './jobs.ts';
import { type TableId, tableId } from './places.ts';
import { doing, FENCE_LABEL, fenceOf, type Looks, patchOf, RELEASE_LABEL, type Repoint } from './pointing.ts';
import type { TableResource } from './resources.ts';
import { getTable, patchTable } from './tables.ts';

/** One view, with all that was read of it before the first was changed. */
export interface Prepared {
  readonly change: Repoint;
  readonly view: TableId;
  readonly found: TableResource | null;
  /** What was there before there was a view, where that takes its place or gives it back. */
  readonly adopted: Adopted | null;
  /** What the view will tell; null: what it tells already. */
  readonly looks: { readonly to: Looks; readonly was: Looks | null } | null;
}

export interface Cutting {
  readonly plan: CutoverPlan;
  readonly fence: Fence;
  /** Of this try alone: jobs of an earlier one, also under the same number, have other ids. */
  readonly nonce: string;
}

/** The job that makes or drops a view in a cutover. */
export const viewJob = (ctx: Context, { fence, nonce }: Cutting, change: Repoint): string =>
  jobId(ctx, fence, [
    'cutover',
    nonce,
    change.to === null ? 'drop' : 'create',
    ...Object.values(tableId(ctx.places, change.name)),
  ]);

/** How often one view is looked at again, where an answer was lost or its label changed. */
const TRIES = 5;

/**
 * Has one view point where the change says, and says whether something was done. Throws `fenced`; `drifted` where somebody
 * else's text is there; `unknown` where nobody can tell.
 */
export async function repoint(ctx: Context, cutting: Cutting, prepared: Prepared): Promise<boolean> {
  const { change, view } = prepared;
  let { found } = prepared;
  for (let tried = 1; ; tried++) {
    if (found !== null) assertNotAbove(found, cutting.fence);
    const does = doing(ctx.places, prepared, found);
    if (does === 'foreign') throw changed([change.name]);
    if (does === 'nothing') return tried > 1;
    try {
      await act(ctx, cutting, { ...prepared, found }, does);
      return true;
    } catch (error) {
      if (!isAgain(error)) throw error;
      if (tried === TRIES)
        throw new WarehouseError('unknown', `nobody knows where ${view.table} points`, {}, { cause: error });
      found = await getTable(ctx.client, view);
    }
  }
}

const isAgain = (error: unknown): boolean => isOutdated(error) || isLost(error) || isDuplicate(error);

function assertNotAbove(found: TableResource, fence: Fence): void {
  const above = fenceOf(found);
  if (above > fence) throw fencedBy(above as Fence, `${fence} may not change anything`);
}

async function act(
  ctx: Context,
  cutting: Cutting,
  { change, view, found, adopted, looks }: Prepared,
  does: Exclude<ReturnType<typeof doing>, 'nothing' | 'foreign'>,
): Promise<void> {
  const { to } = change;
  if (does === 'restore') return adopted === null ? undefined : restore(ctx, cutting, { change, view, found, adopted });
  if (does === 'drop') return found === null ? undefined : drop(ctx, cutting, { change, view, found });
  if (to === null) throw new RangeError('nothing to point to');
  const text = servingText(tableId(ctx.places, to));
  const ours = labelsOf(cutting);
  if (does === 'create' || does === 'replace')
    return create(ctx, cutting, { change, view, to: tableId(ctx.places, to), text, replacing: does === 'replace' });
  if (found === null) throw new RangeError('no view to point');
  try {
    await patchTable(ctx.client, view, { body: patchOf({ text, now: found, looks, ours }), etag: found.etag });
  } catch (error) {
    // The view, or what it is to point to.
    throw isMissing(error) ? changed([change.name], {}, { cause: error }) : error;
  }
}

const labelsOf = ({ plan, fence }: Cutting): Readonly<Record<string, string>> => ({
  [FENCE_LABEL]: String(fence),
  [RELEASE_LABEL]: plan.mark.content,
});

/** By a job whose id whoever claims next can take; what the view tells follows, as readers may wait for it least. */
async function create(
  ctx: Context,
  cutting: Cutting,
  o: {
    readonly change: Repoint;
    readonly view: TableId;
    readonly to: TableId;
    readonly text: string;
    readonly replacing: boolean;
  },
): Promise<void> {
  const { change, view, to, text, replacing } = o;
  if ((await getTable(ctx.client, to)) === null) throw changed(change.to === null ? [] : [change.to]);
  const ours = labelsOf(cutting);
  const options = `OPTIONS (labels = [${Object.entries(ours)
    .map(([key, value]) => `(${literal(key)}, ${literal(value)})`)
    .join(', ')}])`;
  const making = createView(view, text).replace(/ AS /, () => ` ${options} AS `);
  // In between readers have nothing under the name, which no statement here can spare them.
  const sql = replacing ? `${renameStatement(view, movedAway(view))};\n${making};` : making;
  await viewStatement(ctx, cutting, change, sql);
  if (!(await completeView(ctx, view, to))) throw await notDone(ctx, cutting, view);
}

async function drop(
  ctx: Context,
  cutting: Cutting,
  { change, view, found }: Pick<Prepared, 'change' | 'view'> & { readonly found: TableResource },
): Promise<void> {
  await keepGone(ctx, view, found);
  // From here on somebody else's text would have another etag.
  await patchTable(ctx.client, view, { body: { labels: labelsOf(cutting) }, etag: found.etag });
  await viewStatement(ctx, cutting, change, `DROP VIEW IF EXISTS ${qualified(view)}`);
  if ((await getTable(ctx.client, view)) !== null) throw await notDone(ctx, cutting, view);
}

/** The view goes, and what it took the place of comes back under its name. */
async function restore(
  ctx: Context,
  cutting: Cutting,
  o: Pick<Prepared, 'change' | 'view' | 'found'> & { readonly adopted: Adopted },
): Promise<void> {
  const { change, view, found, adopted } = o;
  if (adopted.text !== null) {
    if (found === null) throw changed([change.name]);
    const body = { view: { query: adopted.text, useLegacySql: false }, labels: labelsOf(cutting) };
    await patchTable(ctx.client, view, { body, etag: found.etag });
    return;
  }
  if (found !== null) await patchTable(ctx.client, view, { body: { labels: labelsOf(cutting) }, etag: found.etag });
  const dropping = `${dropStatement('view', view)};\n${renameStatement(movedAway(view), view)};`;
  await viewStatement(ctx, cutting, change, dropping);
  if ((await getTable(ctx.client, view))?.type !== 'TABLE') throw await notDone(ctx, cutting, view);
}

async function viewStatement(ctx: Context, cutting: Cutting, change: Repoint, sql: string): Promise<void> {
  const configuration = { query: { query: sql, useLegacySql: false } };
  const done = await oneJob(
    ctx,
    { configuration, step: 'cutover', fence: cutting.fence },
    viewJob(ctx, cutting, change),
  );
  const { errorResult } = done.status;
  if (errorResult !== undefined) throw ofJob(errorResult, done.jobReference.jobId);
}

/** Its id was taken by whoever claimed since, or it ran before something else happened. */
async function notDone(ctx: Context, { fence }: Cutting, view: TableId): Promise<WarehouseError> {
  await assertFence(ctx, fence);
  return new WarehouseError('unknown', `the job that changes ${view.table} is done, and it is not as it should be`);
}
