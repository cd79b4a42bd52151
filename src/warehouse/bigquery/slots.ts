import pMap from 'p-map';
import { displayName } from '../../domain/relation.ts';
import { IN_FLIGHT } from './context.ts';
import { refused } from './errors.ts';
import type { Filling } from './filling.ts';
import type { Found } from './found.ts';
import { datasetOf, sideContainer } from './places.ts';
import { deleteThing } from './routines.ts';
import { datasetsOf } from './sides.ts';
import { ensureDataset, getDataset, patchDataset } from './tables.ts';

/** On the first dataset of a slot: what is in it is lastgreen's to delete. */
const LABEL = { lastgreen: 'slot' };

/**
 * Makes the datasets of a slot that are not there. Throws `refused` for one that holds what no release built: what is in a
 * slot goes when it is filled. Repeatable.
 */
export async function ensureSlot(filling: Filling, slot: string, schemas: readonly string[], there: readonly Found[]) {
  const { ctx } = filling;
  const { client, places } = ctx;
  const base = await getDataset(client, places.project, slot);
  if (base !== null && base.labels['lastgreen'] !== LABEL.lastgreen) {
    if (there.length > 0)
      throw refused(
        `${displayName(sideContainer(places, slot))} ${slot} is to be a slot, and holds what no release of lastgreen built`,
        { dataset: slot },
      );
    await patchDataset(client, { project: places.project, dataset: slot, etag: base.etag }, { labels: LABEL });
  }
  const known = new Set((await datasetsOf(ctx, slot)).map(({ dataset }) => dataset));
  const wanted = [places.serving, ...schemas].map((schema) => datasetOf(places, { location: slot, schema }));
  const location = await ctx.location();
  await pMap(
    new Set(wanted.filter((dataset) => !known.has(dataset))),
    (dataset) => ensureDataset(client, places.project, dataset, { location, labels: LABEL }),
    { concurrency: IN_FLIGHT },
  );
}

/** In any order: nothing here holds on to what it reads. */
export const deleteAll = (filling: Filling, found: readonly Found[]): Promise<unknown> =>
  pMap(found, (one) => deleteThing(filling, one), { concurrency: IN_FLIGHT, signal: filling.signal });
