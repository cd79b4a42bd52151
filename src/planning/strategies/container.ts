import type { Fill } from '../../domain/change.ts';
import { fail } from '../../domain/errors.ts';
import { type Container, contains, displayName, nameKey, type Relation, sameName } from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';
import { place } from '../names.ts';
import { exchangeContainers } from './exchange-containers.ts';
import type { Cut, CutFacts, Prepared, PrepareFacts, Strategy } from './strategy.ts';

/**
 * Whole containers change places: the idle one starts as a copy of live, so that it holds everything live has, also
 * what nobody owns.
 */
export const container: Strategy = { prepare, cut, sides: (_, sides) => sides };

function prepare(facts: PrepareFacts): Prepared {
  const { sides, placed, unchanged, leaving, catalog, names, traits } = facts;
  const toIdle = (relation: Relation): Relation => place(relation, sides.live, sides.idle);
  const fresh = placed.filter(({ seedFrom, node }) => node.idle !== null && !staysInPlace(seedFrom, node.live));
  // Children before parents, for engines that refuse to drop what something reads.
  const drops = [...fresh.toReversed().flatMap(({ node }) => node.idle ?? []), ...leaving.map(toIdle)];
  const seeds = placed.flatMap(({ seedFrom, node }): readonly Fill[] =>
    seedFrom && node.idle && !staysInPlace(seedFrom, node.live)
      ? [{ do: 'copy', from: seedFrom, id: objectId(seedFrom, catalog), to: node.idle }]
      : [],
  );
  // Where a copy is made relation by relation, what goes anyway is not copied.
  const without = traits.exchange === 'view' ? once(drops) : [];
  const filled = sides.live.flatMap((live, i) => fillContainer(live, sides.idle[i], { catalog, without, traits }));
  const dropping =
    without.length === 0 && filled.some((fill) => fill.do === 'copy')
      ? once(drops).map((what): Fill => ({ do: 'drop', what }))
      : [];
  const sources = [...names.sources.values()].filter((source) => !source.shared && catalog.find(source.live) !== null);
  const bound = binding(facts);
  return {
    prepare: [...filled, ...bound, ...dropping, ...seeds],
    settle: [...droppedState(facts), ...protecting(facts), ...bound],
    carried: [...unchanged.filter((node) => !node.shared), ...sources].map(({ id, live, idle }) => ({
      id,
      live,
      idle,
    })),
    deferred: unchanged.filter((node) => node.shared).map(({ id, live }) => ({ id, live })),
    idle: sides.idle,
    live: sides.live,
    problems: [...misplaced(facts), ...unpointable(facts)],
  };
}

/**
 * A database that changes places has another name then; a file is found by its path, whatever it is called inside, and
 * texts that name schemas are bound when those change places.
 */
const binding = ({ sides, traits }: PrepareFacts): readonly Fill[] =>
  traits.exchange !== 'database'
    ? []
    : sides.idle.map((container) => ({ do: 'bind', container, away: [...sides.live, ...sides.idle] }));

/** What was made anew in the copy has none of the rights that its original was given by hand. */
const protecting = ({ placed, catalog }: PrepareFacts): readonly Fill[] =>
  placed.flatMap(({ node: { live, idle }, revoked }): readonly Fill[] =>
    live && idle && catalog.find(live)?.protection
      ? [{ do: 'protect', live, idle, ...(revoked.length > 0 ? { revoked } : {}) }]
      : [],
  );

/** What a build's hooks wrote to their own copy of state that belongs to the environment, undone. */
function droppedState({ catalog, sides, state }: PrepareFacts): readonly Fill[] {
  return catalog.relations
    .filter(
      ({ relation, kind }) =>
        kind === 'table' && state(relation) === 'drop' && sides.live.some((side) => contains(side, relation)),
    )
    .map(({ relation }) => ({ do: 'copy', from: relation, id: null, to: place(relation, sides.live, sides.idle) }));
}

/** Whether the copy of the container brings the history along under the right name. */
const staysInPlace = (seedFrom: Relation | null, live: Relation | null): boolean =>
  seedFrom !== null && live !== null && sameName(seedFrom, live);

function fillContainer(
  live: Container,
  idle: Container | undefined,
  { catalog, traits, without }: Pick<PrepareFacts, 'catalog' | 'traits'> & { readonly without: readonly Relation[] },
): readonly Fill[] {
  if (!idle) return [];
  const state = catalog.state(live);
  // Where slots take turns, one is never new: whatever lies in it goes, also where live has nothing.
  if (state.is === 'absent' && traits.exchange !== 'view') return [{ do: 'create', container: idle }];
  const id = state.is === 'object' ? state.id : null;
  return [{ do: 'copy', from: live, id, to: idle, ...(without.length > 0 ? { without } : {}) }];
}

const objectId = (relation: Relation, catalog: Catalog) => {
  const state = catalog.state(relation);
  return state.is === 'object' ? state.id : null;
};

const once = (relations: readonly Relation[]): readonly Relation[] => [
  ...new Map(relations.map((relation) => [nameKey(relation), relation])).values(),
];

/** What would not be under its live name after the containers have changed places. */
function misplaced({ names, sides, nodeName, traits }: PrepareFacts): readonly string[] {
  const nodes = [...names.nodes.values()].filter((node) => !node.shared);
  const outside = nodes.flatMap(({ id, live, idle }) => {
    if (!sides.live.some((side) => contains(side, live)))
      return [`${nodeName(id)} (${displayName(live)}) lies outside of what changes places at the cutover.`];
    if (sameName(place(live, sides.live, sides.idle), idle)) return [];
    return [
      `${nodeName(id)} would be called ${displayName(place(idle, sides.idle, sides.live))} after the cutover instead of ${displayName(live)}.`,
    ];
  });
  // Loaders write to a database by its name all day: what they wrote would leave live with it.
  const inside = (relation: Relation): boolean => sides.live.some((side) => contains(side, relation));
  const sources = traits.exchange === 'file' ? [] : [...names.sources.values()].filter(({ live }) => inside(live));
  return [
    ...outside,
    ...sources.map(({ live }) => `Source ${displayName(live)} lies in what changes places at the cutover.`),
  ];
}

function cut({ plan, seal, catalog, ...facts }: CutFacts): Cut {
  const pairs = plan.live.map((live, i) => ({
    live,
    to: seal.sides[i] ?? fail('BUG', { message: 'a sealed side is missing' }),
  }));
  lost(plan.carried, plan.idle, seal.sides, catalog);
  const { replace, add, remove } = plan.announced;
  const seen = new Set([...replace, ...add, ...remove].map(nameKey));
  return { ...exchangeContainers(pairs, { catalog, seen, ...facts }), touched: plan.announced };
}

/** Nothing points to a function: those who call it name the side that it lies in. */
const unpointable = ({ placed, traits }: PrepareFacts): readonly string[] =>
  placed.flatMap(({ node }) =>
    traits.exchange === 'view' && node.resource === 'function'
      ? [`${node.name} is a function: on this warehouse readers use views, which cannot stand for one.`]
      : [],
  );

/** Nothing that live has may vanish without having been announced. */
function lost(
  carried: CutFacts['plan']['carried'],
  idle: readonly Container[],
  sealed: readonly Container[],
  catalog: Catalog,
): void {
  const gone = carried.filter(
    (node) => catalog.find(place(node.idle, idle, sealed)) === null && catalog.find(node.live) !== null,
  );
  if (gone.length > 0)
    fail('PLAN_MOVED', {
      what: `${gone.map((node) => displayName(node.live)).join(', ')} would vanish from live and the plan does not say so`,
    });
}
