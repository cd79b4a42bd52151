import type { ReleaseId } from '../../domain/ids.ts';
import type { Container } from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';

/** Where what leaves a live schema rests; null for what is in none of the live ones. */
export type KeptPlace = (live: { readonly schema: string }) => Container | null;

/** `<schema>__r41`, for the content that leaves; with the number of the release that displaces it where that name is taken. */
export function keptPlaces(
  live: readonly Container[],
  leaves: ReleaseId | null,
  release: ReleaseId,
  catalog: Catalog,
): KeptPlace {
  const taken = (container: Container): boolean =>
    catalog.state(container).is !== 'absent' ||
    catalog.relations.some(
      ({ relation: { database, schema } }) => database === container.database && schema === container.schema,
    );
  const places = new Map(
    live.map((side) => {
      const schema = side.schema ?? '';
      const usual = { ...side, schema: `${schema}${suffix(schema, leaves ?? release)}` };
      const other = { ...side, schema: `${usual.schema}${suffix(schema, release).slice(1)}` };
      return [side.schema, taken(usual) ? other : usual] as const;
    }),
  );
  return ({ schema }) => places.get(schema) ?? null;
}

/** The same for a container that leaves as a whole. */
export const keptPlace = (live: Container, leaves: ReleaseId, release: ReleaseId, catalog: Catalog): Container =>
  live.schema === null
    ? keptDatabase(live, leaves, release, catalog)
    : (keptPlaces([live], leaves, release, catalog)({ schema: live.schema }) ?? live);

function keptDatabase(live: Container, leaves: ReleaseId, release: ReleaseId, catalog: Catalog): Container {
  const named = (...of: readonly ReleaseId[]): Container => ({
    ...live,
    database: of.reduce((name, id, n) => `${name}${suffix(live.database, id).slice(n === 0 ? 0 : 1)}`, live.database),
  });
  return catalog.state(named(leaves)).is === 'absent' ? named(leaves) : named(leaves, release);
}

/** Where a copy of a live schema is made that dbt builds nothing in. */
export const greenPlace = (live: Container): Container => ({
  ...live,
  schema: `${live.schema ?? ''}${suffix(live.schema ?? '', 'green')}`,
});

/** In capital letters where the name is: engines that fold to those find it without quotes. */
const suffix = (schema: string, of: string): string =>
  `__${schema === schema.toUpperCase() && /[A-Z]/.test(schema) ? of.toUpperCase() : of}`;

const kept = /__r\d+(_r\d+)?$/i;

/** The live schema or database that a kept one is named for; null for any other. */
export const keptFor = (name: string): string | null => (kept.test(name) ? name.replace(kept, '') : null);
