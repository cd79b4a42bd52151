import { type Container, type Relation, sameName } from '../domain/relation.ts';
import type { RemovedSide } from '../warehouse/port.ts';
import { movedSince } from './containers-back.ts';
import { type Copying, copyFills, unowned } from './copy-of-then.ts';
import type { LevelFacts } from './level.ts';
import { judge } from './moves-back.ts';
import { type Locate, place } from './names.ts';
import { rightsOfWhole } from './rights-back.ts';
import type { RollbackFacts, TravelFacts } from './rollback-facts.ts';
import { claimed, isState, removedWith, type Then, thenInside } from './then.ts';
import { type Back, nodesBack, nowhere, otherSide, problemsOf, type Travelled } from './time-travel.ts';

/** Where a container is now that was live at a time. */
type Source =
  | { readonly is: 'here'; readonly at: Container }
  | { readonly is: 'removed'; readonly side: RemovedSide }
  | { readonly is: 'gone' };

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
  const isLive = here.every((container, i) => facts.sides.live.some((live, n) => n === i && sameName(live, container)));
  return copied({ facts, travel, locate, accepts, from: here, isLive, moved: movedSince(facts) });
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

type Placed = Back & { readonly there: Relation };

function copied(copying: Copying): Travelled {
  const { facts, travel, locate, isLive, from, moved } = copying;
  const { live: lives, idle } = facts.sides;
  const nodes = nodesBack(facts, locate).map(({ node, live }): Placed => {
    const there = place(live, lives, from);
    return { node, live, there, then: thenInside(there, isLive, { ...facts, ...travel }) };
  });
  const isRewritten = nodes.some(({ then }) => isWritten(then));
  const elsewhere = isNewest(facts, from) || isLive ? null : otherSide(facts);
  if (isLive && !isRewritten) return { ...nowhere, elsewhere };
  // What rests has the rows that it left live with.
  const at = isRewritten ? travel.at : null;
  const judged = nodes.map((back) => ({ back, ...verdict(back, copying) }));
  const staying = [...judged.flatMap((one) => one.staying ?? []), ...unowned(copying, nodes, at)];
  const going = judged.filter((one) => !one.staying && !one.loss).map(({ back }) => back);
  const tables = going.flatMap(({ then, ...back }) => (then.is === 'table' ? [{ ...back, then }] : []));
  return {
    ...nowhere,
    elsewhere,
    fills: copyFills(copying, staying, at),
    filled: idle,
    ...rightsOfWhole(facts, { live: lives, from, to: idle, past: at !== null }, locate),
    earliest: new Map(tables.map(({ node, then }) => [node.name, then.since])),
    problems: problemsOf(nodes, travel),
    written: going.filter((back) => isOther(back, copying)).map(({ node }) => node.name),
    staying,
    losses: judged.flatMap(({ loss }) => loss ?? []),
    goingBack: tables
      .filter((back) => differs(back, facts) || isOther(back, copying))
      .map(({ node: { id, name, materialized }, live, there, then }) => ({
        id,
        name,
        materialized,
        live,
        kept: there,
        movedOn: then.written || (!isLive && moved(live)),
      })),
  };
}

const isWritten = (then: Then): boolean => (then.is === 'table' ? then.written : then.is !== 'same');

/** By its definition. */
const differs = ({ node }: Pick<Back, 'node'>, { from, to }: RollbackFacts): boolean =>
  from.plan?.definitions[node.id] !== to.plan?.definitions[node.id];

/** Whether a swap back would give other rows than those of then: of what did not change it leaves those that live has. */
const isOther = (back: Placed, { facts, isLive, moved }: Copying): boolean =>
  isWritten(back.then) || (back.then.is === 'table' && !isLive && !differs(back, facts) && moved(back.live));

/** Rows that cannot be made again stay, where they are other than then. */
function verdict(back: Placed, { facts, accepts, isLive, moved }: Copying): ReturnType<typeof judge> {
  const { live, there, then } = back;
  const isThere = facts.catalog.find(there) !== null || facts.catalog.find(live) === null;
  const isMoved = isWritten(then) || (!isLive && moved(live));
  if (!isMoved) return { staying: null, loss: null };
  return judge({ ...back, from: isThere ? there : null }, facts, { moved: true, accepts, returning: new Set() });
}

/** Whether what was live then is what a swap back would take. */
const isNewest = ({ kept, target }: RollbackFacts, from: readonly Container[]): boolean => {
  const newest = kept.findLast(({ release }) => release === target)?.containers ?? [];
  return from.every((container) => newest.some((one) => sameName(one, container)));
};
