import pMap from 'p-map';
import type { Fence } from '../../domain/ids.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { assertFence } from './control.ts';
import { isOutdated } from './errors.ts';
import { ownViews } from './own-views.ts';
import type { TableId } from './places.ts';
import { looksOf, patchOf, slotTarget, tellsAll } from './pointing.ts';
import { getTable, patchTable } from './tables.ts';

/**
 * Has the views that readers use tell the columns, descriptions and labels that what they point to has by now: a view keeps
 * those that it was made with (documentation, "View limitations"). Those that tell them already stay as they are.
 */
export async function follow(ctx: Context, fence: Fence): Promise<void> {
  await assertFence(ctx, fence);
  const views = await ownViews(ctx);
  await pMap(views, ({ tableReference }) => followOne(ctx, tableReference), { concurrency: IN_FLIGHT });
}

const TRIES = 3;

async function followOne(ctx: Context, view: TableId): Promise<void> {
  for (let tried = 1; ; tried++) {
    const now = await getTable(ctx.client, view);
    const to = slotTarget(ctx.places, now?.view?.query);
    if (now?.view === undefined || to === null) return;
    const relation = await getTable(ctx.client, to);
    if (relation === null || tellsAll(now, looksOf(relation))) return;
    const looks = { to: looksOf(relation), was: null };
    try {
      await patchTable(ctx.client, view, {
        body: patchOf({ text: now.view.query, now, looks, ours: {} }),
        etag: now.etag,
      });
      return;
    } catch (error) {
      if (!isOutdated(error) || tried === TRIES) throw error;
    }
  }
}
