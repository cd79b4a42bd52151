import { isCallable, oneOf } from '../../domain/kind.ts';
import type { PlannedNode } from '../../domain/plan.ts';
import { displayName, type Relation } from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';

/** The port's word for what a project's function is. */
const FUNCTION = 'function';

export const isFunction = (relation: Relation, catalog: Catalog): boolean => catalog.find(relation)?.kind === FUNCTION;

/** What a fill says that is of a function. */
export const asFunction = (is: boolean): { readonly kind?: 'function' } => (is ? { kind: FUNCTION } : {});

/** A function takes the place of one function, and a relation that of a relation. Sentences where it would be otherwise. */
export function unlike({ name, live, resource }: PlannedNode, catalog: Catalog): readonly string[] {
  const found = live && catalog.find(live);
  if (!found) return [];
  const there = `live has ${oneOf(found.kind)} ${displayName(found.relation)}`;
  if (resource === 'function')
    return found.kind === FUNCTION
      ? []
      : [`${name} is a function, and ${there}: a function takes the place of one that is alone under its name.`];
  return isCallable(found.kind) ? [`${name} is no function, and ${there}: neither takes the other's place.`] : [];
}
