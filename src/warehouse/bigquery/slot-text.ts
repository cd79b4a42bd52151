import { OUTSIDE } from '../../domain/relation.ts';
import { datasetOf, type Places, placeOf } from './places.ts';
import { renamed } from './text/renamed.ts';

/** Datasets that lie on no side and hold what is adopted, with what readers will use instead. */
export type Adopting = ReadonlyMap<string, string>;

export interface Moving {
  readonly places: Places;
  /** The locations that something goes from and to. */
  readonly from: string;
  readonly to: string;
  readonly adopting?: Adopting | undefined;
}

/** What a dataset of one place is called in the other; null: it is of neither. */
export function renaming({ places, from, to, adopting }: Moving): (dataset: string) => string | null {
  const schemaOf = (dataset: string): string | undefined => {
    if (from === OUTSIDE) return adopting?.get(dataset);
    const { location, schema } = placeOf(places, dataset);
    return location === from ? schema : undefined;
  };
  return (dataset) => {
    const schema = schemaOf(dataset);
    return schema === undefined ? null : datasetOf(places, { location: to, schema });
  };
}

/**
 * The text of what lies in one place for another, or as readers would say it: every dataset of the one called like the other's.
 * null: nobody can tell.
 */
export const textFor = (text: string, moving: Moving): string | null =>
  renamed(text, { project: moving.places.project, dataset: renaming(moving) });
