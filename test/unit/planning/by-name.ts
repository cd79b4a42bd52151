import { hash } from 'node:crypto';
import type { Change, State } from '../../../src/domain/change.ts';
import { objectId } from '../../../src/domain/ids.ts';
import { type Container, displayName, type Name, nameKey, type Relation } from '../../../src/domain/relation.ts';
import type { Catalog, CatalogRelation } from '../../../src/warehouse/port.ts';

/** Warehouses where views read what their texts name. */

export const schema = (name: string): Container => ({ location: '', database: 'SHOP', schema: name });
export const at =
  (side: string) =>
  (identifier: string): Relation => ({ location: '', database: 'SHOP', schema: side, identifier });
export const textHash = (text: string): string => hash('sha256', text, 'hex');

/** Tables by their ids, views by their texts, which say what they read: `from SCHEMA.NAME`. */
export type World = Readonly<Record<string, { readonly table: string } | { readonly view: string }>>;

export const relationOf = (name: string): Relation => {
  const [side = '', identifier = ''] = name.split('.');
  return at(side)(identifier);
};

export function catalogOf(
  states: ReadonlyMap<string, State>,
  texts: ReadonlyMap<string, string>,
  columns: Readonly<Record<string, readonly string[]>> = {},
): Catalog {
  const columnsOf = ({ schema: side, identifier }: Relation) =>
    (columns[`${side}.${identifier}`] ?? ['ID']).map((name) => ({ name, type: 'NUMBER(38,0)', nullable: true }));
  const relations = [...states].flatMap(([key, state]): readonly CatalogRelation[] => {
    // Keys are made by nameKey.
    const [location, database, side, identifier] = JSON.parse(key) as [string, string, string, string | undefined];
    if (identifier === undefined || state.is === 'absent') return [];
    const definition = state.is === 'view' ? (texts.get(state.text) ?? null) : null;
    const relation = { location, database, schema: side, identifier };
    return [
      {
        relation,
        kind: state.is === 'view' ? 'view' : 'table',
        columns: columnsOf(relation),
        definition,
        protection: null,
      },
    ];
  });
  const find = (relation: Relation) => relations.find((one) => nameKey(one.relation) === nameKey(relation)) ?? null;
  const reads = (view: Relation): readonly Relation[] =>
    [...(find(view)?.definition ?? '').matchAll(/\w+\.\w+/g)].map(([name]) => relationOf(name));
  return {
    relations,
    find,
    state: (name: Name) => states.get(nameKey(name)) ?? { is: 'absent' },
    pointsTo: () => null,
    readsOf: reads,
    tiesOf: () => [],
    rewritten: (view, _, names) =>
      (find(view)?.definition ?? '').replaceAll(/\w+\.\w+/g, (name) => {
        const to = names.find(([from]) => nameKey(from) === nameKey(relationOf(name)))?.[1];
        return to ? `${to.schema}.${to.identifier}` : name;
      }),
  };
}

export function statesOf(world: World, ...containers: readonly Container[]): Map<string, State> {
  const held = Object.entries(world).map(([name, thing]): [string, State] => [
    nameKey(relationOf(name)),
    'table' in thing ? { is: 'object', id: objectId(thing.table) } : { is: 'view', text: textHash(thing.view) },
  ]);
  return new Map([
    ...containers.map((one): [string, State] => [nameKey(one), { is: 'object', id: objectId(one.schema ?? '') }]),
    ...held,
  ]);
}

export const short = (name: Name): string => displayName(name).replace('SHOP.', '');
export function says(change: Change): string {
  if (change.do === 'exchange') return `${short(change.a)} <-> ${short(change.b)}`;
  if (change.do === 'define') return `${short(change.view)} = ${change.sql}`;
  return change.do === 'move' ? `${short(change.from)} -> ${short(change.to)}` : change.do;
}

/** By their hashes, the texts that changes give to views. */
export const textsIn = (changes: readonly Change[]): ReadonlyMap<string, string> =>
  new Map(changes.flatMap((one) => (one.do === 'define' ? [[textHash(one.sql), one.sql] as const] : [])));

export const textsOf = (world: World): ReadonlyMap<string, string> =>
  new Map(Object.values(world).flatMap((thing) => ('view' in thing ? [[textHash(thing.view), thing.view]] : [])));
