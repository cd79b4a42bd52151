import {
  type Container,
  isRelation,
  type Name,
  nameKey,
  type Relation,
  sameName,
} from '../../../src/domain/relation.ts';
import type { Catalog, CatalogRelation } from '../../../src/warehouse/port.ts';
import { readsOf } from './content.ts';
import { copyOfData, type Data, definitionOf, pointedAt, quote, servedBy, stateOf, thingAt, thingsIn } from './data.ts';
import { isPlaced, mannerOf } from './modes.ts';

/** What is there now, as it stays in the reader's hands however the world goes on. */
export function catalogOf(data: Data, scope: readonly Container[]): Catalog {
  // As it is at this moment.
  const then = copyOfData(data);
  const found = scope.flatMap((container) => thingsIn(then, container));
  const reads = new Map(found.map((one) => [nameKey(one.at), readsOf(then, one)]));
  const relations = found.map(
    ({ at, thing }): CatalogRelation => ({
      relation: at,
      kind: thing.kind,
      columns: [{ name: 'key', type: 'text', nullable: false }],
      definition: definitionOf(thing, quote),
      protection: null,
    }),
  );
  const byKey = new Map(relations.map((one) => [nameKey(one.relation), one]));
  const find = (relation: Relation): CatalogRelation | null => byKey.get(nameKey(relation)) ?? null;
  const rewritten: Catalog['rewritten'] = (view, _, names) => {
    const thing = thingAt(then, view);
    const to = new Map(names.map(([from, other]) => [nameKey(from), other]));
    return thing && definitionOf(thing, (read) => quote(to.get(nameKey(read)) ?? read));
  };
  return {
    relations,
    find,
    state: (name) => stateOf(then, name),
    pointsTo: (name) => {
      if (then.mode === 'views-each') return pointing(then, name);
      const to = then.links.get(name.location);
      return to === undefined ? null : { ...name, location: to };
    },
    tiesOf: () => [],
    ...(mannerOf(data).viewsBind === 'name' && !isPlaced(data.mode) ? { rewritten } : {}),
    readsOf: (view) => reads.get(nameKey(view)) ?? 'unreadable',
  };
}

const pointing = (data: Data, name: Name): Name | null =>
  isRelation(name) ? pointedAt(data, name) : sameName(name, data.live) ? servedBy(data) : null;
