import pMap from 'p-map';
import { type Context, IN_FLIGHT } from './context.ts';
import { pointedTo } from './dialect.ts';
import { placeOf, sideOf } from './places.ts';
import { FENCE_LABEL } from './pointing.ts';
import type { ListedTable } from './resources.ts';
import { servingViews } from './sides.ts';
import { getTable } from './tables.ts';

/**
 * The views that readers use and that point to a slot. They have our label, which a list of views tells; of others the text is
 * asked for, because whoever sets labels by a statement replaces all there are.
 */
export async function ownViews(ctx: Context): Promise<readonly ListedTable[]> {
  const found = await pMap(
    await servingViews(ctx),
    async (view) => (FENCE_LABEL in view.labels || (await pointsToSlot(ctx, view)) ? [view] : []),
    { concurrency: IN_FLIGHT },
  );
  return found.flat();
}

async function pointsToSlot({ client, places }: Context, { tableReference }: ListedTable): Promise<boolean> {
  const to = pointedTo((await getTable(client, tableReference))?.view?.query ?? '');
  return to !== null && sideOf(places, placeOf(places, to.dataset).location) === 'slot';
}
