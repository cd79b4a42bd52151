import pMap from 'p-map';
import { type Context, IN_FLIGHT } from './context.ts';
import { placeOf } from './places.ts';
import type { ListedTable } from './resources.ts';
import { listDatasets, listTables } from './tables.ts';

/** A dataset of the project and the place that its name says. */
export interface SideDataset {
  readonly dataset: string;
  readonly location: string;
  readonly schema: string;
}

/** The datasets of all sides that are there. */
export async function sideDatasets({ client, places }: Context): Promise<readonly SideDataset[]> {
  const all = await listDatasets(client, places.project);
  return all
    .map(({ dataset }) => ({ dataset, ...placeOf(places, dataset) }))
    .filter(({ location }) => location === places.serving || places.slots.includes(location));
}

/** Those of one side that are there. */
export const datasetsOf = async (ctx: Context, location: string): Promise<readonly SideDataset[]> =>
  (await sideDatasets(ctx)).filter((one) => one.location === location);

/** The datasets that readers use. */
export const servingDatasets = (ctx: Context): Promise<readonly SideDataset[]> => datasetsOf(ctx, ctx.places.serving);

/** Every view in the datasets that readers use. */
export async function servingViews(ctx: Context): Promise<readonly ListedTable[]> {
  const { client, places } = ctx;
  const datasets = await servingDatasets(ctx);
  const listed = await pMap(datasets, ({ dataset }) => listTables(client, places.project, dataset), {
    concurrency: IN_FLIGHT,
  });
  return listed.flat().filter(({ type }) => type === 'VIEW');
}
