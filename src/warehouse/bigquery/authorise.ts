import pMap from 'p-map';
import { WarehouseError } from '../port.ts';
import { type Access, unauthorised } from './access-list.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { isOutdated } from './errors.ts';
import { datasetOf } from './places.ts';
import { type SideDataset, sideDatasets } from './sides.ts';
import { ensureDataset, getDataset, patchDataset } from './tables.ts';

/** Lets views of a dataset read another, whoever asks (documentation, "Authorized datasets"). */
const entryFor = (project: string, dataset: string): Access[number] => ({
  dataset: { dataset: { projectId: project, datasetId: dataset }, targetTypes: ['VIEWS'] },
});

/**
 * Readers have nothing but the views that they use: these may read every dataset of a slot, and so may the slot's own views.
 * Serving datasets that nobody made yet are made. Repeatable.
 */
export async function authoriseSlot(ctx: Context, slot: string): Promise<void> {
  const { places } = ctx;
  const { project, serving } = places;
  const all = await sideDatasets(ctx);
  const own = all.filter(({ location }) => location === slot);
  const there = new Set(all.filter(({ location }) => location === serving).map(({ dataset }) => dataset));
  const using = usersOf(ctx, own);
  const missing = using.filter((dataset) => !there.has(dataset) && !own.some((one) => one.dataset === dataset));
  for (const dataset of missing) await ensureDataset(ctx.client, project, dataset, { location: await ctx.location() });
  await pMap(own, ({ dataset }) => authorise(ctx, dataset, using), { concurrency: IN_FLIGHT });
}

/**
 * Whose views read the datasets of a slot: themselves, and those that readers use instead of them. Others may begin with the
 * same letters and be anybody's.
 */
const usersOf = ({ places }: Pick<Context, 'places'>, own: readonly SideDataset[]): readonly string[] => [
  ...own.map(({ schema }) => datasetOf(places, { location: places.serving, schema })),
  ...own.map(({ dataset }) => dataset),
];

const TRIES = 5;

async function authorise(
  { client, places: { project } }: Context,
  dataset: string,
  datasets: readonly string[],
): Promise<void> {
  for (let tried = 1; ; tried++) {
    const found = await getDataset(client, project, dataset);
    if (found === null) throw new WarehouseError('missing', `dataset ${dataset} is gone`);
    const missing = unauthorised(found.access, project, datasets);
    if (missing.length === 0) return;
    const access = [...found.access, ...missing.map((one) => entryFor(project, one))];
    try {
      await patchDataset(client, { project, dataset, etag: found.etag }, { access });
      return;
    } catch (error) {
      if (!isOutdated(error) || tried === TRIES) throw error;
    }
  }
}

/** What of the chain is missing: views of the second may not read the first. Datasets that are not there are left out. */
export async function missingAccess(ctx: Context): Promise<readonly (readonly [dataset: string, by: string])[]> {
  const { client, places } = ctx;
  const all = await sideDatasets(ctx);
  const known = new Set(all.map(({ dataset }) => dataset));
  const slots = all.filter(({ location }) => location !== places.serving);
  const found = await pMap(
    slots,
    async ({ dataset, location }) => {
      const access = (await getDataset(client, places.project, dataset))?.access ?? [];
      const own = slots.filter((one) => one.location === location);
      const using = usersOf(ctx, own).filter((one) => known.has(one));
      return unauthorised(access, places.project, using).map((by) => [dataset, by] as const);
    },
    { concurrency: IN_FLIGHT },
  );
  return found.flat();
}
