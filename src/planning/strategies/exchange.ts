import type { Change } from '../../domain/change.ts';
import { inContainer, type Relation } from '../../domain/relation.ts';
import { boardOf } from './board.ts';
import { exchangeByName } from './exchange-by-name.ts';
import { isFunction } from './functions.ts';
import { keptPlaces } from './kept-places.ts';
import { type Comes, type Cut, type ExchangeFacts, schemasOf } from './strategy.ts';

/** Whether views read what their text names, so that they do not move: they are defined anew. */
export const isByName = ({ exchange, viewsBind }: ExchangeFacts['traits']): boolean =>
  viewsBind === 'name' && exchange === 'table';

/** Puts relations under live names, and sets aside what was there, after what readers can see. */
export function exchangeRelations(names: readonly Comes[], facts: ExchangeFacts): Cut {
  return isByName(facts.traits) ? exchangeByName(names, facts) : exchangeObjects(names, facts);
}

function exchangeObjects(
  names: readonly Comes[],
  { live: sides, catalog, leaves, release, traits }: ExchangeFacts,
): Cut {
  const board = boardOf(catalog);
  const placeOf = keptPlaces(sides, leaves, release, catalog);
  const kept: Relation[] = [];
  const setAside = (from: Relation, live: Relation): Change => {
    const place = placeOf(live);
    const to = place ? inContainer(live, place) : live;
    kept.push(to);
    return board.move(from, to);
  };
  const touched = { replace: [] as Relation[], add: [] as Relation[], remove: [] as Relation[] };
  const exchanged: { live: Relation; from: Relation }[] = [];
  const visible = names.flatMap(({ live, from }): readonly Change[] => {
    const [old, now] = [catalog.find(live), from && catalog.find(from)];
    if (old === null) {
      if (from === null) return [];
      touched.add.push(live);
      return [board.move(from, live)];
    }
    if (from === null) {
      touched.remove.push(live);
      return [setAside(live, live)];
    }
    touched.replace.push(live);
    // Two kinds cannot change places in one statement: the name is vacated first, as where nothing changes places.
    if (old.kind !== now?.kind || isFunction(live, catalog) || traits.exchange === 'move')
      return [setAside(live, live), board.move(from, live)];
    exchanged.push({ live, from });
    return [board.exchange(live, from)];
  });
  const aside = exchanged.map(({ live, from }) => setAside(from, live));
  return { changes: [...visible, ...aside], visible: visible.length, kept: schemasOf(kept), touched };
}
