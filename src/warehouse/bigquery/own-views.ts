import pMap from 'p-map';
import { type Context, IN_FLIGHT } from './context.ts';
import { FENCE_LABEL, slotTarget } from './pointing.ts';
import type { ListedTable } from './resources.ts';
import { servingViews } from './sides.ts';
import { getTable } from './tables.ts';

/**
 * The views that readers use and that point to a slot. They have our label, which a list of views tells; of others the text is
 * asked for, because whoever sets labels by a statement replaces all there are.
 */
export const ownViews = async (ctx: Context): Promise<readonly ListedTable[]> => ownAmong(ctx, await servingViews(ctx));

/** The same of those that were listed already. */
export async function ownAmong(ctx: Context, views: readonly ListedTable[]): Promise<readonly ListedTable[]> {
  const found = await pMap(
    views,
    async (view) => (FENCE_LABEL in view.labels || (await pointsToSlot(ctx, view)) ? [view] : []),
    { concurrency: IN_FLIGHT },
  );
  return found.flat();
}

async function pointsToSlot({ client, places }: Context, { tableReference }: ListedTable): Promise<boolean> {
  return slotTarget(places, (await getTable(client, tableReference))?.view?.query) !== null;
}
