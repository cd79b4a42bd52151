/**
 * What one name stands for. `location` is what the connection fixes outside SQL, such as the absolute path of an
 * embedded database's file; empty elsewhere. Identity is the whole of it.
 */
export interface Relation {
  readonly location: string;
  readonly database: string;
  readonly schema: string;
  readonly identifier: string;
}

/** What can be filled or exchanged as a whole: a file (location and database), a database, a schema. */
export interface Container {
  readonly location: string;
  readonly database: string;
  readonly schema: string | null;
}

export type Name = Relation | Container;

export const isRelation = (name: Name): name is Relation => 'identifier' in name;

/** A key for maps: equal exactly when the names are. */
export const nameKey = (name: Name): string =>
  JSON.stringify(
    isRelation(name)
      ? [name.location, name.database, name.schema, name.identifier]
      : [name.location, name.database, name.schema],
  );

export const sameName = (a: Name, b: Name): boolean => nameKey(a) === nameKey(b);

/** For people: `analytics.main.orders`, quoted only where a part would be misread. */
export const displayName = (name: Name): string =>
  [name.database, name.schema, isRelation(name) ? name.identifier : null]
    .filter((part): part is string => part !== null && part !== '')
    .map((part) => (/^[a-z_][a-z0-9_$]*$/i.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.');

/** The relation of the same name in another container of the same kind. */
export const inContainer = (relation: Relation, to: Container): Relation => ({
  location: to.location,
  database: to.database,
  schema: to.schema ?? relation.schema,
  identifier: relation.identifier,
});

/** The location of what lies in no side, although the database of one holds it. */
export const OUTSIDE = 'outside';

/** A relation as dbt has it, in the place that a side's connection gives its database. */
export function homed(relation: Relation, side: readonly Container[]): Relation {
  const home = side.find((container) => container.database === relation.database);
  return home && relation.location !== OUTSIDE ? { ...relation, location: home.location } : relation;
}

/** What names lie in, or are themselves, each once, in order of appearance. */
export function containersOf(names: readonly Name[]): readonly Container[] {
  const all = names.map(({ location, database, schema }): Container => ({ location, database, schema }));
  return [...new Map(all.map((one) => [nameKey(one), one])).values()];
}

/** Whether the container holds the relation. */
export const contains = (container: Container, relation: Relation): boolean =>
  container.location === relation.location &&
  container.database === relation.database &&
  (container.schema === null || container.schema === relation.schema);
