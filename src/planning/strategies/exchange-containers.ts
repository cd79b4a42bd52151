import type { Change, Claims } from '../../domain/change.ts';
import { type Container, contains } from '../../domain/relation.ts';
import { bindings } from './bindings.ts';
import { boardOf } from './board.ts';
import { keptPlace } from './kept-places.ts';
import { repoint } from './repoint.ts';
import type { ContainerPair, Cut, CutFacts } from './strategy.ts';

type Facts = Pick<CutFacts, 'catalog' | 'leaves' | 'release' | 'traits'> & {
  /** Keys of live names that readers can tell from what they had, where names change one by one; left out: all. */
  readonly seen?: ReadonlySet<string> | undefined;
};

/** Whole containers come live: readers follow pointers, or two names change places and what was live is set aside. */
export function exchangeContainers(pairs: readonly ContainerPair[], facts: Facts): Omit<Cut, 'touched'> {
  if (facts.traits.exchange === 'view') return repoint(pairs, facts);
  return facts.traits.exchange === 'file' ? point(pairs, facts) : exchange(pairs, facts);
}

function point(pairs: readonly ContainerPair[], { catalog }: Pick<Facts, 'catalog'>): Omit<Cut, 'touched'> {
  const changes = pairs.flatMap(({ live, to }) => {
    if (to === null) return [];
    const was = catalog.pointsTo(live);
    const before: Claims = [[live, catalog.state(live)]];
    const after: Claims = [[live, catalog.state(to)]];
    return { do: 'point', name: live, to, was, before, after } as const;
  });
  return { changes, visible: changes.length, kept: changes.flatMap((change) => change.was ?? []) };
}

/**
 * What comes, comes with texts of views that are right under the live name; those that name the idle side are defined anew,
 * beforehand where nobody can tell by their columns, else as soon as what they read is live.
 */
function exchange(pairs: readonly ContainerPair[], facts: Facts): Omit<Cut, 'touched'> {
  const { catalog, leaves, release, traits } = facts;
  const board = boardOf(catalog);
  const coming = pairs.flatMap(({ live, to }) => (to ? [{ live, to }] : []));
  const bound = traits.exchange === 'schema' ? bindings(coming, catalog) : [];
  const isThere = (container: Container): boolean => catalog.state(container).is !== 'absent';
  const define = (isBefore: boolean): readonly Change[] =>
    bound
      .filter((one) => one.isBefore === isBefore)
      .map(({ live, from, sql, was }) => board.define(isBefore ? from : live, sql, was));
  const beforehand = define(true);
  const names = bound.flatMap(({ live, from }) => [live, from]);
  const exchanged = coming.map(
    ({ live, to }): Change =>
      isThere(live)
        ? board.exchangeContainers(live, to, names)
        : board.moveContainer(
            to,
            live,
            names.filter((name) => contains(to, name)),
          ),
  );
  const afterwards = define(false);
  // Before the first release nothing was live that anybody could go back to.
  const aside = pairs
    .filter(({ live }) => leaves !== null && isThere(live))
    .map(({ live, to }) => ({
      from: to ?? live,
      to: keptPlace(live, leaves ?? release, release, catalog),
      isSeen: to === null,
    }));
  const setAside = (isSeen: boolean): readonly Change[] =>
    aside.filter((one) => one.isSeen === isSeen).map(({ from, to }) => board.moveContainer(from, to, []));
  const visible = [...beforehand, ...exchanged, ...afterwards, ...setAside(true)];
  return { changes: [...visible, ...setAside(false)], visible: visible.length, kept: aside.map(({ to }) => to) };
}
