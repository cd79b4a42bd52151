import { type Container, OUTSIDE, type Relation } from '../../domain/relation.ts';

/**
 * How an environment lies in datasets. A location is a side: the dataset of the dbt target is what readers use, and each
 * slot's is where a release is built. The schema is the logical one on every side, as on live: `analytics_marts` of the slot
 * `analytics__green` is the dataset `analytics__green_marts`.
 */
export interface Places {
  readonly project: string;
  /** Of the dbt target: what the datasets that readers use begin with. */
  readonly serving: string;
  /** In the order in which they take turns. */
  readonly slots: readonly string[];
}

/** Where lastgreen keeps what it needs itself. */
const CONTROL_SUFFIX = '__lastgreen';

export const controlDataset = ({ serving }: Pick<Places, 'serving'>): string => `${serving}${CONTROL_SUFFIX}`;

export type Side = 'live' | 'slot' | 'outside';

export const sideOf = ({ serving, slots }: Places, location: string): Side =>
  location === serving ? 'live' : slots.includes(location) ? 'slot' : 'outside';

/** All datasets of a side. */
export const sideContainer = ({ project }: Places, location: string): Container => ({
  location,
  database: project,
  schema: null,
});

/** A schema as the side calls it. Throws RangeError for a schema that no dataset of the side stands for. */
export function datasetOf(places: Places, { location, schema }: { location: string; schema: string }): string {
  if (sideOf(places, location) === 'outside') return schema;
  const rest = restAfter(places.serving, schema);
  if (rest === null) throw new RangeError(`${schema} is no schema of ${places.serving}`);
  return `${location}${rest}`;
}

/** Where a dataset of the project lies: the longest name that it begins with decides, and the control dataset is on no side. */
export function placeOf(places: Places, dataset: string): { readonly location: string; readonly schema: string } {
  if (dataset === controlDataset(places)) return { location: OUTSIDE, schema: dataset };
  const bases = [...places.slots, places.serving].toSorted((a, b) => b.length - a.length);
  for (const location of bases) {
    const rest = restAfter(location, dataset);
    if (rest !== null) return { location, schema: `${places.serving}${rest}` };
  }
  return { location: OUTSIDE, schema: dataset };
}

/** `_marts` of `analytics_marts` after `analytics`, as dbt makes custom schemas; empty for the name itself. */
export const restAfter = (base: string, name: string): string | null =>
  name === base ? '' : name.startsWith(`${base}_`) ? name.slice(base.length) : null;

/** What SQL and the API call a relation. */
export interface TableId {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

export const tableId = (places: Places, relation: Relation): TableId => ({
  project: relation.database,
  dataset: datasetOf(places, relation),
  table: relation.identifier,
});

/** The relation that a table is: those of other projects lie outside. */
export function relationOf(places: Places, { project, dataset, table }: TableId): Relation {
  const place = project === places.project ? placeOf(places, dataset) : { location: OUTSIDE, schema: dataset };
  return { ...place, database: project, identifier: table };
}

/** A relation as dbt has it, where the target of a side says; a source is nobody's. */
export const placed = (places: Places, relation: Relation, is: 'node' | 'source'): Relation =>
  is === 'source'
    ? { ...relation, location: OUTSIDE }
    : relationOf(places, { project: relation.database, dataset: relation.schema, table: relation.identifier });

/** Whether a dataset of the project belongs to the container: to all of a side, or the one that its schema stands for. */
export function holdsDataset(places: Places, container: Container, dataset: string): boolean {
  if (container.database !== places.project) return container.schema === dataset;
  const place = placeOf(places, dataset);
  // What a source's name says is a dataset, also where it begins like those of a side.
  if (container.location === OUTSIDE || container.location === '') return container.schema === dataset;
  return place.location === container.location && (container.schema === null || container.schema === place.schema);
}
