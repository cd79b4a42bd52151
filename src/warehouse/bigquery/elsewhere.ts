import { OUTSIDE } from '../../domain/relation.ts';
import type { Elsewhere } from '../port.ts';
import { refused } from './errors.ts';
import { controlDataset, type Places, placeOf, restAfter } from './places.ts';

/**
 * What the relations of live are called where a production lies that begins with another dataset: `analytics_marts` beside
 * `analytics` for `reporting_marts` beside `reporting`. Throws `refused` for a dataset that is one of the environment's own.
 */
export function elsewhere(places: Places, dataset: string): Elsewhere {
  if (placeOf(places, dataset).location !== OUTSIDE || dataset === controlDataset(places))
    throw refused(
      `${dataset} begins like the target's dataset ${places.serving}: what is there is no production beside it`,
      {
        dataset,
      },
    );
  return (live) => ({
    location: OUTSIDE,
    database: live.database,
    schema: `${dataset}${restAfter(places.serving, live.schema) ?? ''}`,
    identifier: live.identifier,
  });
}
