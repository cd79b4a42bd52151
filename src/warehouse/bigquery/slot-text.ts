import { datasetOf, type Places, placeOf } from './places.ts';
import { renamed } from './text/renamed.ts';

/**
 * The text of what lies in one slot for another, or as readers would say it: every dataset of the one called like the other's.
 * null: nobody can tell.
 */
export const textFor = (places: Places, text: string, from: string, to: string): string | null =>
  renamed(text, {
    project: places.project,
    dataset(name) {
      const { location, schema } = placeOf(places, name);
      return location === from ? datasetOf(places, { location: to, schema }) : null;
    },
  });
