import { type Container, type Name, OUTSIDE } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { holdsDataset, placeOf, sideOf } from './places.ts';
import type { DatasetId } from './sql.ts';
import { getDataset, listDatasets } from './tables.ts';

/** A dataset that is there, and where it lies as those call it who ask. */
export interface Dataset extends DatasetId {
  readonly location: string;
  readonly schema: string;
  /** ms since 1970. */
  readonly created: number;
  /** How long what was can be had back, ms. */
  readonly travelMs: number;
}

/** The datasets of some containers; those that are not there are left out. */
export async function datasetsIn(ctx: Context, scope: readonly Container[]): Promise<readonly Dataset[]> {
  const { client, places } = ctx;
  const [own, others] = [scope.filter(isOwn(ctx)), scope.filter((one) => !isOwn(ctx)(one))];
  const known = own.length === 0 ? [] : await listDatasets(client, places.project);
  const wanted = new Map<string, Omit<Dataset, 'created' | 'travelMs'>>();
  for (const container of own)
    for (const { dataset } of known)
      if (holdsDataset(places, container, dataset)) {
        const place = placeOf(places, dataset);
        wanted.set(JSON.stringify([places.project, dataset, place.location]), {
          project: places.project,
          dataset,
          ...place,
        });
      }
  // What lies on no side is called by its dataset, whatever that begins with.
  for (const { database: project, schema } of others)
    if (schema !== null)
      wanted.set(JSON.stringify([project, schema, OUTSIDE]), { project, dataset: schema, location: OUTSIDE, schema });
  const found = await Promise.all(
    [...wanted.values()].map(async (one) => ({ one, is: await getDataset(client, one.project, one.dataset) })),
  );
  return found.flatMap(({ one, is }) =>
    is === null ? [] : [{ ...one, created: Number(is.creationTime), travelMs: is.maxTimeTravelHours * HOUR_MS }],
  );
}

const HOUR_MS = 3_600_000;

const isOwn =
  ({ places }: Context) =>
  ({ location, database }: Name): boolean =>
    database === places.project && sideOf(places, location) !== 'outside';
