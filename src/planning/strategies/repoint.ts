import { fail } from '../../domain/errors.ts';
import {
  type Container,
  contains,
  displayName,
  isRelation,
  nameKey,
  type Relation,
  sameName,
} from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';
import { place } from '../names.ts';
import { boardOf } from './board.ts';
import type { ContainerPair, Cut, CutFacts } from './strategy.ts';

/**
 * Each view that readers use gets what the relation of its name has in what comes; one that nothing comes for goes away. First
 * those that readers can tell from what they had: where nobody says which, all of them. Throws FOREIGN_CHANGE for a name that
 * somebody else put something under.
 */
export function repoint(
  pairs: readonly ContainerPair[],
  { catalog, seen, leaves }: Pick<CutFacts, 'catalog' | 'leaves'> & { readonly seen?: ReadonlySet<string> | undefined },
): Omit<Cut, 'touched'> {
  const board = boardOf(catalog);
  const todo = pairs.flatMap(({ live, to }) => {
    const coming = to ? comingFrom(to, live, catalog) : [];
    const names = new Set(coming.map(({ name }) => nameKey(name)));
    const leaving = pointersIn(live, catalog).filter((name) => !names.has(nameKey(name)));
    return [...coming, ...leaving.map((name) => ({ name, to: null }))];
  });
  const changes = todo
    .map((one) => ({ ...one, was: pointed(one.name, catalog) }))
    .filter(({ to, was }) => to === null || was === null || !sameName(to, was));
  // What is there before the first release is what was adopted.
  const foreign = changes.filter(({ name, was }) => leaves !== null && was === null && catalog.find(name) !== null);
  if (foreign.length > 0) fail('FOREIGN_CHANGE', { names: foreign.map(({ name }) => displayName(name)) });
  const isSeen = ({ name, was }: { readonly name: Relation; readonly was: Relation | null }): boolean =>
    was === null || (seen?.has(nameKey(name)) ?? true);
  const first = changes.filter(isSeen);
  const rest = changes.filter((change) => !isSeen(change));
  const kept = pairs.flatMap(({ live }) => {
    const was = catalog.pointsTo(live);
    return was && !isRelation(was) ? [was] : [];
  });
  return {
    changes: [
      ...first.map((one) => ({ ...board.repoint(one.name, one.to, one.was), ...saidBy(one.name, catalog) })),
      ...rest.map(({ name, to, was }) => board.repoint(name, to, was)),
    ],
    visible: first.length,
    kept,
  };
}

function saidBy(name: Relation, catalog: Catalog): { readonly said?: string } {
  const found = catalog.find(name);
  return found?.kind === 'view' && found.definition !== null ? { said: found.definition } : {};
}

/** Functions are called by name where they lie; nothing points to them. */
const comingFrom = (side: Container, live: Container, catalog: Catalog) =>
  catalog.relations
    .filter(({ relation, kind }) => contains(side, relation) && kind !== 'function')
    .map(({ relation }) => ({ name: place(relation, [side], [live]), to: relation }));

const pointersIn = (live: Container, catalog: Catalog): readonly Relation[] =>
  catalog.relations
    .map(({ relation }) => relation)
    .filter((relation) => contains(live, relation) && catalog.pointsTo(relation) !== null);

function pointed(name: Relation, catalog: Catalog): Relation | null {
  const to = catalog.pointsTo(name);
  return to && isRelation(to) ? to : null;
}
