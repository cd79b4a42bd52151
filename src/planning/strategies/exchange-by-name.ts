import type { Change } from '../../domain/change.ts';
import { fail } from '../../domain/errors.ts';
import {
  type Container,
  contains,
  displayName,
  inContainer,
  nameKey,
  type Relation,
  sameName,
} from '../../domain/relation.ts';
import { type Board, boardOf } from './board.ts';
import { type KeptPlace, keptPlaces } from './kept-places.ts';
import { type Comes, type Cut, type ExchangeFacts, schemasOf } from './strategy.ts';
import { inReadingOrder, type Pair, textFor, textOf } from './texts.ts';

/**
 * Tables change places, and what was live lies where its successor was built. Views read what their text names: each is
 * defined anew with live names, parents first, once what it reads is there. Last, the container that now holds what was
 * live gets the kept side's name, and the texts that views had are kept in it.
 */
export function exchangeByName(names: readonly Comes[], facts: ExchangeFacts): Cut {
  const { catalog } = facts;
  const coming = names.flatMap(({ live, from }) => (from ? [{ live, from }] : []));
  const isView = ({ from }: Pair): boolean => catalog.find(from)?.kind === 'view';
  const leaving = names.filter(({ live, from }) => from === null && catalog.find(live) !== null);
  const work: Work = {
    ...facts,
    board: boardOf(catalog),
    coming,
    place: keptPlaces(facts.live, facts.leaves, facts.release, catalog),
    whole: wholeContainers(coming, facts),
    displaced: [],
    texts: [],
  };
  const visible = [
    ...coming.filter((pair) => !isView(pair)).flatMap((pair) => table(pair, work)),
    ...inReadingOrder(coming.filter(isView), catalog).flatMap((pair) => view(pair, work)),
    ...leaving.map(({ live }) => leave(live, work)),
  ];
  const { changes, kept } = setAside(work);
  const isThere = ({ live }: Comes): boolean => catalog.find(live) !== null;
  return {
    changes: [...visible, ...changes],
    visible: visible.length,
    kept: schemasOf(kept),
    touched: {
      replace: coming.filter(isThere).map(({ live }) => live),
      add: coming.filter((pair) => !isThere(pair)).map(({ live }) => live),
      remove: leaving.map(({ live }) => live),
    },
  };
}

interface Work extends ExchangeFacts {
  readonly board: Board;
  readonly coming: readonly Pair[];
  readonly place: KeptPlace;
  readonly whole: ReturnType<typeof wholeContainers>;
  /** Objects that were live, and where they lie once readers have what comes. */
  readonly displaced: { readonly live: Relation; readonly at: Relation }[];
  /** Views that were live, and are known by their texts from then on. */
  readonly texts: { readonly live: Relation; readonly from: Relation; readonly sql: string }[];
}

function table({ live, from }: Pair, work: Work): readonly Change[] {
  const { board, catalog, displaced } = work;
  const old = catalog.find(live);
  if (old === null) return [board.move(from, live)];
  if (old.kind !== catalog.find(from)?.kind) return otherKind({ live, from }, work);
  displaced.push({ live, at: from });
  return [board.exchange(live, from)];
}

/** A new name has the right text from its first moment on. */
function view({ live, from }: Pair, work: Work): readonly Change[] {
  const { board, catalog, texts } = work;
  const sql = textFor({ live, from }, work);
  const old = catalog.find(live);
  if (old?.kind === 'view') {
    const was = textOf(live, catalog);
    texts.push({ live, from, sql: was });
    return [board.define(live, sql, was, from)];
  }
  const was = textOf(from, catalog);
  // Until it moves, what it says must be right where it is, too.
  const bound = sql === was ? [] : [board.define(from, textFor({ live: from, from }, work), was)];
  return old === null ? [...bound, board.move(from, live)] : [...bound, ...otherKind({ live, from }, work)];
}

/** Nothing exchanges two kinds: the name is vacated, taken at once, and what was there lies where its successor was. */
function otherKind({ live, from }: Pair, { board, displaced, leaves, release }: Work): readonly Change[] {
  const beside = { ...from, identifier: `${from.identifier}__${leaves ?? release}` };
  displaced.push({ live, at: from });
  return [board.move(live, beside), board.move(from, live), board.move(beside, from)];
}

/** To where others of its schema lie by now, so that one change takes all of them to the kept side; else straight there. */
function leave(live: Relation, { board, whole, place, displaced }: Work): Change {
  const beside = whole.get(live.schema);
  const at = beside ? inContainer(live, beside) : resting(live, place);
  if (board.state(at).is !== 'absent')
    fail('PLAN_MOVED', { what: `${displayName(at)} is in the way of ${displayName(live)}, which leaves live` });
  displaced.push({ live, at });
  return board.move(live, at);
}

function setAside({ board, catalog, displaced, texts, place, whole }: Work): {
  readonly changes: readonly Change[];
  readonly kept: readonly Relation[];
} {
  const leaving = [...displaced, ...texts.map(({ live, from }) => ({ live, at: from }))];
  const schemas = new Set(leaving.map(({ live }) => live.schema));
  const renamed = [...whole].filter(([schema]) => schemas.has(schema)).map(([, from]) => from);
  const changes = [
    ...[...whole].flatMap(([schema, from]): readonly Change[] => {
      const to = schemas.has(schema) ? place({ schema }) : null;
      const holding = texts.map((text) => text.from).filter((at) => contains(from, at));
      return to ? [board.moveContainer(from, to, holding)] : [];
    }),
    ...leaving
      .filter(({ at }) => !renamed.some((container) => contains(container, at)))
      .filter(({ live, at }) => !sameName(at, resting(live, place)))
      .map(({ live, at }) => board.move(at, resting(live, place))),
    ...texts.map(({ live, from, sql }) => board.define(resting(live, place), sql, textOf(from, catalog))),
  ];
  return { changes, kept: leaving.map(({ live }) => resting(live, place)) };
}

/**
 * By live schema, the container whose relations all come from there or are the release's own, under the names that they
 * have on live: what was live rests in it, once readers have what comes.
 */
function wholeContainers(coming: readonly Pair[], { own, catalog }: ExchangeFacts): ReadonlyMap<string, Container> {
  const whole = new Map<string, Container>();
  const came = new Set(coming.map(({ from }) => nameKey(from)));
  for (const container of schemasOf(coming.map(({ from }) => from))) {
    const inside = coming.filter(({ from }) => contains(container, from));
    const schema = inside[0]?.live.schema ?? '';
    const fits = inside.every(({ live, from }) => live.schema === schema && live.identifier === from.identifier);
    const isOwn = own.some((one) => sameName(one, container));
    const left = catalog.relations.some(
      ({ relation }) => contains(container, relation) && !came.has(nameKey(relation)),
    );
    if (fits && (isOwn || !left) && !whole.has(schema)) whole.set(schema, container);
  }
  return whole;
}

function resting(live: Relation, place: KeptPlace): Relation {
  const container = place(live);
  return container ? inContainer(live, container) : live;
}
