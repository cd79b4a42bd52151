import type { Fill, Reference } from '../../domain/change.ts';
import { displayName, nameKey, type Relation } from '../../domain/relation.ts';
import type { Catalog, Tie } from '../../warehouse/port.ts';
import { isFunction } from './functions.ts';
import type { Placed } from './strategy.ts';

export type Pair = { readonly live: Relation; readonly idle: Relation };

/** What would be left holding on to a relation that is not live any more. */
export function tied(
  {
    replaced,
    leaving,
    seeded,
  }: {
    readonly replaced: readonly Relation[];
    readonly leaving: readonly Relation[];
    /** Of what is replaced: what keeps its rows, and whatever of its definition calls functions. */
    readonly seeded: readonly Relation[];
  },
  catalog: Catalog,
): readonly string[] {
  const moving = new Set([...replaced, ...leaving].map(nameKey));
  const kept = new Set(seeded.map(nameKey));
  const stays = ({ by }: Tie): boolean => by === null || !moving.has(nameKey(by));
  const told = (relation: Relation, { what }: Tie, because: string): string =>
    `${displayName(relation)} is held by ${what}, ${because}.`;
  return [
    ...replaced.flatMap((relation) =>
      catalog
        .tiesOf(relation)
        .filter((tie) => stays(tie) && tie.does === 'holds')
        .map((tie) => told(relation, tie, 'which would stay with the relation that leaves live')),
    ),
    ...[...replaced, ...leaving]
      .filter((relation) => isFunction(relation, catalog))
      .flatMap((relation) =>
        catalog
          .tiesOf(relation)
          .filter(({ by, does }) => does === 'holds' && by !== null && kept.has(nameKey(by)))
          .map((tie) =>
            told(relation, tie, 'which keeps its rows, and would go on calling the function that leaves live'),
          ),
      ),
    ...leaving.flatMap((relation) =>
      catalog
        .tiesOf(relation)
        .filter((tie) => stays(tie) && tie.does !== 'refers')
        .map((tie) => told(relation, tie, 'which no release builds and which would have nothing to read')),
    ),
  ];
}

interface Referring {
  /** To what stays: dbt's own writes to the copy have to keep to it. */
  readonly atOnce: readonly Fill[];
  /** To what is built: there is nothing to refer to before. */
  readonly onceBuilt: readonly Fill[];
  readonly problems: readonly string[];
}

/** What is copied refers to others as what it replaces does; what is built refers to what its definition says. */
export function referring(
  built: readonly Placed[],
  {
    pairs,
    leaving,
    catalog,
  }: { readonly pairs: readonly Pair[]; readonly leaving: readonly Relation[]; readonly catalog: Catalog },
): Referring {
  const idleOf = new Map(pairs.map(({ live, idle }) => [nameKey(live), idle]));
  const going = new Set(leaving.map(nameKey));
  const copied = built.flatMap(({ node: { live, idle }, seedFrom }) => {
    if (!live || !idle || !seedFrom) return [];
    const like = catalog.find(live) ? live : seedFrom;
    const ties = catalog.tiesOf(like).filter(({ does }) => does === 'refers');
    return [{ live: like, idle, ties }];
  });
  const fills = (end: (was: Relation) => Relation | null): readonly Fill[] =>
    copied.flatMap(({ live, idle, ties }): readonly Fill[] => {
      const ends = referencesOf(ties, end);
      return ends.length > 0 ? [{ do: 'refer', live, idle, ends }] : [];
    });
  const moves = (was: Relation): boolean => idleOf.has(nameKey(was)) || going.has(nameKey(was));
  return {
    atOnce: fills((was) => (moves(was) ? null : was)),
    onceBuilt: fills((was) => idleOf.get(nameKey(was)) ?? null),
    problems: copied.flatMap(({ live, ties }) =>
      ties
        .filter(({ by }) => by !== null && going.has(nameKey(by)))
        .map(({ what }) => `${displayName(live)} keeps its rows and has ${what}, which goes away.`),
    ),
  };
}

/** Each end once, however many keys lead there. */
function referencesOf(ties: readonly Tie[], end: (was: Relation) => Relation | null): readonly Reference[] {
  const ends = new Map(ties.flatMap(({ by }) => (by ? [[nameKey(by), by] as const] : [])));
  return [...ends.values()].flatMap((was): readonly Reference[] => {
    const now = end(was);
    return now ? [{ was, now }] : [];
  });
}
