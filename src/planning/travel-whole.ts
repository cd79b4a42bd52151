import type { Fill, State } from '../domain/change.ts';
import { type Container, contains, displayName, nameKey, type Relation, sameName } from '../domain/relation.ts';
import type { RemovedSide } from '../warehouse/port.ts';
import type { LevelFacts } from './level.ts';
import { movedOn } from './level.ts';
import { judge } from './moves-back.ts';
import { type Locate, place } from './names.ts';
import { stateRule } from './patterns.ts';
import { rightsOfWhole } from './rights-back.ts';
import type { RollbackFacts, TravelFacts } from './rollback-facts.ts';
import { releasesSince } from './target.ts';
import { claimed, isAfter, isState, removedWith, type Then, thenInside } from './then.ts';
import { type Back, nodesBack, problemsOf, type Travelled } from './time-travel.ts';

/** Where a container is now that was live at a time. */
type Source =
  | { readonly is: 'here'; readonly at: Container }
  | { readonly is: 'removed'; readonly side: RemovedSide }
  | { readonly is: 'gone' };

const nowhere: Omit<Travelled, 'elsewhere'> = {
  moves: null,
  fills: [],
  filled: [],
  protect: [],
  warnings: [],
  containers: [],
  restores: [],
  earliest: new Map(),
  problems: [],
  written: [],
  staying: [],
  goingBack: [],
  losses: [],
};

/**
 * Whole containers as they were at a time: a copy of what was live then, with all definitions in it, brought level with
 * live in what no release builds and in what cannot be made again.
 */
export function travelWhole(
  facts: RollbackFacts,
  travel: TravelFacts,
  locate: Locate,
  accepts: LevelFacts['accepts'],
): Travelled {
  const problems = problemsOf([], travel);
  if (problems.length > 0) return { ...nowhere, problems, elsewhere: null };
  const sources = facts.sides.live.map((live) => sourceOf(live, facts, travel));
  const removed = sources.flatMap((source) => (source.is === 'removed' ? [source.side] : []));
  const here = sources.flatMap((source) => (source.is === 'here' ? [source.at] : []));
  if (removed.length > 0) return { ...nowhere, restores: [...new Set(removed)], elsewhere: otherSide(facts) };
  if (here.length < sources.length) return { ...nowhere, problems: [otherSide(facts)], elsewhere: otherSide(facts) };
  return copied({ facts, travel, locate, accepts, from: here });
}

/** The first cutover since then says which object had the name. */
function sourceOf(live: Container, { catalog, kept }: RollbackFacts, travel: TravelFacts): Source {
  const was = claimed(live, travel.cuts);
  const holds = (container: Container): boolean => was === null || isState(catalog.state(container), was);
  if (holds(live)) return { is: 'here', at: live };
  const at = kept.flatMap(({ containers }) => containers).find(holds);
  if (at) return { is: 'here', at };
  const side = was && removedWith(live, was, travel);
  return side ? { is: 'removed', side } : { is: 'gone' };
}

const otherSide = ({ sides, target }: RollbackFacts): string =>
  `what was ${sides.live.map(displayName).join(', ')} then is not kept any more, whatever else there is of ${target}`;

interface Copying {
  readonly facts: RollbackFacts;
  readonly travel: TravelFacts;
  readonly locate: Locate;
  readonly accepts: LevelFacts['accepts'];
  /** What was live then, in the order of live. */
  readonly from: readonly Container[];
}

type Placed = Back & { readonly there: Relation };

function copied(copying: Copying): Travelled {
  const { facts, travel, locate, accepts, from } = copying;
  const { live: lives, idle } = facts.sides;
  const isLive = from.every((container, i) => lives.some((live, n) => n === i && sameName(live, container)));
  const nodes = nodesBack(facts, locate).map(({ node, live }): Placed => {
    const there = place(live, lives, from);
    return { node, live, there, then: thenInside(there, isLive, { ...facts, ...travel }) };
  });
  const moved = movedSince(facts);
  const isOther = ({ live, then }: Placed): boolean => isWritten(then) || (!isLive && moved(live));
  const common = { elsewhere: isNewest(facts, from) || isLive ? null : otherSide(facts) };
  if (isLive && !nodes.some(({ then }) => isWritten(then))) return { ...nowhere, ...common };
  // What rests has the rows that it left live with.
  const at = nodes.some(({ then }) => isWritten(then)) ? travel.at : null;
  const judged = nodes.map((back) => ({
    back,
    ...judge(
      { ...back, from: facts.catalog.find(back.there) || !facts.catalog.find(back.live) ? back.there : null },
      facts,
      { moved: isOther(back), accepts, returning: new Set() },
    ),
  }));
  const staying = [
    ...judged.filter(({ back }) => isOther(back)).flatMap((verdict) => verdict.staying ?? []),
    ...unowned(copying, nodes, { isLive, at, moved }),
  ];
  const going = judged.filter((verdict) => !verdict.staying && !verdict.loss).map(({ back }) => back);
  const tables = going.flatMap(({ node, live, there, then }) =>
    then.is === 'table' ? [{ node, live, there, then }] : [],
  );
  const differs = ({ node }: Pick<Back, 'node'>): boolean =>
    facts.from.plan?.definitions[node.id] !== facts.to.plan?.definitions[node.id];
  return {
    ...nowhere,
    ...common,
    fills: [
      ...from.flatMap((container, i) => copyOf(container, idle[i], at, facts)),
      ...(at === null ? [] : unreachable(copying, at)),
      ...staying.map(
        ({ live }): Fill => ({ do: 'copy', from: live, id: idOf(live, facts), to: place(live, lives, idle) }),
      ),
      ...idle.map((container): Fill => ({ do: 'bind', container, away: [...lives, ...idle, ...from] })),
    ],
    filled: idle,
    ...rightsOfWhole(facts, { live: lives, from, to: idle, past: at !== null }, locate),
    earliest: new Map(tables.map(({ node, then }) => [node.name, then.since])),
    problems: problemsOf(nodes, travel),
    written: nodes.filter(isOther).map(({ node }) => node.name),
    staying,
    losses: judged.flatMap(({ loss }) => loss ?? []),
    goingBack: tables
      .filter((back) => isWritten(back.then) || differs(back) || (!isLive && moved(back.live)))
      .map(({ node: { id, name, materialized }, live, there, then }) => ({
        id,
        name,
        materialized,
        live,
        kept: there,
        movedOn: then.written,
      })),
  };
}

const isWritten = (then: Then): boolean => (then.is === 'table' ? then.written : then.is !== 'same');

/** Whether what was live then is what a swap back would take. */
const isNewest = ({ kept, target }: RollbackFacts, from: readonly Container[]): boolean => {
  const newest = kept.findLast(({ release }) => release === target)?.containers ?? [];
  return from.every((container) => newest.some((one) => sameName(one, container)));
};

/** Since the target left live last. */
const movedSince = ({ look, target, history, sides }: RollbackFacts): ((relation: Relation) => boolean) =>
  movedOn({ look, seal: releasesSince(target, history).at(-1)?.seal ?? null, live: sides.live });

const idOf = (name: Relation | Container, { catalog }: Pick<RollbackFacts, 'catalog'>) => {
  const state: State = catalog.state(name);
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

interface Known {
  readonly isLive: boolean;
  readonly at: string | null;
  readonly moved: (relation: Relation) => boolean;
}

/** What no release builds stays as live has it: who writes to it does not know of releases. */
function unowned({ facts, travel, from }: Copying, nodes: readonly Placed[], known: Known): Travelled['staying'] {
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
    if (known.isLive) return unwritten.has(nameKey(live));
    return known.at === null && catalog.find(there) !== null && !known.moved(live);
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
      because: stateRule(live, settings) === null ? 'no release builds it' : 'it belongs to the environment (state:)',
    }));
}
