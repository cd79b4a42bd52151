import type { Fill } from '../domain/change.ts';
import type { ObjectId } from '../domain/ids.ts';
import { type Container, contains, displayName, nameKey, type Relation } from '../domain/relation.ts';
import type { LevelFacts, Levelled } from './level.ts';
import { type Locate, place } from './names.ts';
import { stateRule } from './patterns.ts';
import type { RollbackFacts, TravelFacts } from './rollback-facts.ts';
import { inReadingOrder } from './strategies/texts.ts';
import { isAfter } from './then.ts';

/** A copy of whole containers as they were at a time. */
export interface Copying {
  readonly facts: RollbackFacts;
  readonly travel: TravelFacts;
  readonly locate: Locate;
  readonly accepts: LevelFacts['accepts'];
  /** What was live then, in the order of live. */
  readonly from: readonly Container[];
  /** It is what is live now. */
  readonly isLive: boolean;
  /** Whether a relation of live is another than when the target left. */
  readonly moved: (relation: Relation) => boolean;
}

/** `at`: ISO; null: as it rests. */
export function copyFills(copying: Copying, staying: Levelled['staying'], at: string | null): readonly Fill[] {
  const { facts, from } = copying;
  const { live: lives, idle } = facts.sides;
  return [
    ...from.flatMap((container, i) => copyOf(container, idle[i], at, facts)),
    ...(at === null ? [] : unreachable(copying, at)),
    ...copiesOf(staying, facts.catalog).map(
      ({ from: live, id }): Fill => ({ do: 'copy', from: live, id, to: place(live, lives, idle) }),
    ),
    ...idle.map((container): Fill => ({ do: 'bind', container, away: [...lives, ...idle, ...from] })),
  ];
}

/** What stays, so that what a view reads is there before it. */
export const copiesOf = (
  staying: Levelled['staying'],
  catalog: RollbackFacts['catalog'],
): readonly { readonly from: Relation; readonly id: ObjectId | null }[] =>
  inReadingOrder(
    staying.map(({ live }) => ({ live, from: live })),
    catalog,
  ).map(({ from }) => ({ from, id: idOf(from, { catalog }) }));

/** The object that a name has; null: it has none of its own. */
export const idOf = (name: Relation | Container, { catalog }: Pick<RollbackFacts, 'catalog'>): ObjectId | null => {
  const state = catalog.state(name);
  return state.is === 'object' ? state.id : null;
};

const copyOf = (
  from: Container,
  to: Container | undefined,
  at: string | null,
  facts: RollbackFacts,
): readonly Fill[] => (to ? [{ do: 'copy', from, id: idOf(from, facts), ...(at === null ? {} : { at }), to }] : []);

/** A copy of so long ago leaves out what keeps less of its past; where nothing was written since, its rows are those of now. */
function unreachable({ facts, travel: { past }, from }: Copying, at: string): readonly Fill[] {
  return past
    .filter(({ relation, until }) => until === null && from.some((container) => contains(container, relation)))
    .filter(
      ({ since, created, written }) =>
        isAfter(since, at) && !isAfter(created, at) && written !== null && !isAfter(written, at),
    )
    .map(({ relation, id }): Fill => ({ do: 'copy', from: relation, id, to: place(relation, from, facts.sides.idle) }));
}

/** What no release builds stays as live has it: who writes to it does not know of releases. */
export function unowned(
  { facts, travel, from, isLive, moved }: Copying,
  nodes: readonly { readonly live: Relation }[],
  at: string | null,
): Levelled['staying'] {
  const { sides, catalog, settings } = facts;
  const owned = new Set(nodes.map(({ live }) => nameKey(live)));
  const unwritten = new Set(
    travel.past
      .filter(
        ({ until, created, written }) =>
          until === null && written !== null && !isAfter(written, travel.at) && !isAfter(created, travel.at),
      )
      .map(({ relation }) => nameKey(relation)),
  );
  const isSame = (live: Relation): boolean => {
    const there = place(live, sides.live, from);
    if (isLive) return unwritten.has(nameKey(live));
    return at === null && catalog.find(there) !== null && !moved(live);
  };
  return catalog.relations
    .filter(
      ({ relation, kind }) =>
        (kind === 'table' || kind === 'view') && sides.live.some((side) => contains(side, relation)),
    )
    .filter(({ relation }) => !owned.has(nameKey(relation)) && !isSame(relation))
    .map(({ relation: live }) => ({
      name: displayName(live),
      live,
      because: whyUnowned(live, settings),
    }));
}

/** Why a relation of no node stays as it is. */
export const whyUnowned = (live: Relation, settings: RollbackFacts['settings']): string =>
  stateRule(live, settings) === null ? 'no release builds it' : 'it belongs to the environment (state:)';
