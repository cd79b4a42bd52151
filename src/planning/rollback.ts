import type { Fill } from '../domain/change.ts';
import { fail } from '../domain/errors.ts';
import type { NodeId } from '../domain/ids.ts';
import { type Exchange, exchangesRelations } from '../domain/plan.ts';
import { type Container, displayName, type Relation, sameName } from '../domain/relation.ts';
import { quoted } from '../domain/shell.ts';
import type { KeptSide } from '../warehouse/port.ts';
import { isDirect, locating } from './between.ts';
import { type ContainersBack, containersBack, keptAt, movedSince } from './containers-back.ts';
import { copiesOf } from './copy-of-then.ts';
import { withDownstream } from './graph.ts';
import { historySources } from './history-sources.ts';
import { type Levelled, level } from './level.ts';
import { movesBack } from './moves-back.ts';
import { place } from './names.ts';
import { rightsBack, rightsOfWhole } from './rights-back.ts';
import type {
  RebuildBack,
  RollbackFacts,
  RollbackPlan,
  SwapBack,
  TravelBack,
  TravelFacts,
  Way,
} from './rollback-facts.ts';
import { releasesSince } from './target.ts';
import { cutoversSince, momentOf, type Travelled, travelBack, travelScope } from './time-travel.ts';
import { travelSlots } from './travel-slots.ts';
import { travelWhole } from './travel-whole.ts';
import { noRebuild, noSwap, noTimeTravel, orderOf, otherRows, whyNot } from './ways-back.ts';

export { planCutoverBack, restingIn } from './cutover-back.ts';
export { lossesOf, protectBack } from './rights.ts';
export type {
  Described,
  MoveBack,
  RollbackFacts,
  RollbackPlan,
  SwapBack,
  TravelBack,
  TravelFacts,
} from './rollback-facts.ts';
export { chooseTarget, defaultTarget } from './target.ts';
export { inSeconds } from './time-travel.ts';
export { keptInQuestion, wantsTravel } from './ways-back.ts';

/**
 * The fastest valid way to the target, with why the others are none. Throws NO_WAY_BACK, and WOULD_LOSE where rows that
 * cannot be made again would go.
 */
export function planRollback(facts: RollbackFacts): RollbackPlan {
  const { asked, target, mark } = facts;
  const travels = travelling(facts.traits.exchange);
  const travelled = facts.travel && travels(facts, facts.travel, locating(facts), accepting(asked.acceptLoss));
  const isThere = travelled === null || isNothing(travelled);
  if (target === mark.content && asked.strategy !== 'rebuild' && isThere) return { is: 'already-back', target };
  const because = {
    swap: noSwap(facts) ?? otherRows(facts, travelled),
    'time-travel': noTimeTravel(facts, travelled),
    rebuild: noRebuild(facts),
  };
  const order = asked.strategy === null ? orderOf(facts) : [asked.strategy];
  const chosen = order.find((strategy) => because[strategy] === null);
  const others = Object.entries(because).flatMap(([strategy, reason]) =>
    strategy === chosen
      ? []
      : [
          {
            strategy,
            because: reason ?? notChosen(asked, strategy),
          },
        ],
  );
  const way: Way = {
    target,
    sha:
      facts.history.releases.get(target)?.sha ??
      facts.kept.findLast((side) => side.release === target)?.sha ??
      mark.sha,
    through: releasesSince(target, facts.history).map((record) => record.id),
    changed: [...changedNodes(facts)],
    others,
    warnings: [],
  };
  if (chosen === 'swap') return swapBack(facts, way);
  if (chosen === 'rebuild') return rebuildBack(facts, way);
  if (chosen === 'time-travel' && travelled && facts.travel)
    return back(facts, way, { ...travelled, at: facts.travel.at });
  return fail('NO_WAY_BACK', { asked: asked.at ?? target, because: whyNot(facts, because, order) });
}

/** Why a way that would be one is not taken. */
function notChosen({ strategy: wanted, at }: RollbackFacts['asked'], strategy: string): string {
  if (wanted !== null) return `${wanted} was asked for`;
  return at !== null && strategy === 'rebuild' ? 'it makes rows anew' : 'it is slower';
}

const travelling = (exchange: Exchange): typeof travelBack =>
  exchangesRelations(exchange) ? travelBack : exchange === 'view' ? travelSlots : travelWhole;

const isNothing = ({ moves, fills, problems, restores, losses }: Travelled): boolean =>
  [moves ?? [], fills, problems, restores, losses].every((some) => some.length === 0);

/** What the engine has to look at for that: by what these cutovers changed, `travelPlaces` says where. */
export const travelLook = (facts: RollbackFacts) => ({
  at: momentOf(facts),
  cutovers: cutoversSince(facts).map(({ id }) => id),
});

export const travelPlaces = (facts: RollbackFacts, cuts: TravelFacts['cuts']): readonly Container[] =>
  travelScope(facts, cuts, locating(facts));

function back(facts: RollbackFacts, way: Way, travelled: Travelled & { readonly at: string }): TravelBack {
  const { moves, fills, filled, protect, warnings, containers, restores, earliest, staying, goingBack, at } = travelled;
  refuseLosses(facts, travelled.losses);
  const side: KeptSide = { release: way.target, sha: way.sha, containers, bytes: null };
  const rest = { moves, fills, filled, protect, warnings, restores, earliest, staying, goingBack };
  const seen = seenOf(facts, way, goingBack);
  return { ...way, ...rest, is: 'time-travel', side, live: facts.sides.live, look: facts.look, backTo: at, seen };
}

/** By definition, and what reads such a node; what the last release rebuilt for other reasons is among them. */
function changedNodes(facts: RollbackFacts): ReadonlySet<NodeId> {
  const { from, to } = facts;
  const [is, was] = [from.plan?.definitions ?? {}, to.plan?.definitions ?? {}];
  // Keys of such a record are node ids by its type; Object.keys forgets that.
  const ids = [...new Set([...Object.keys(is), ...Object.keys(was)])] as NodeId[];
  const differing = ids.filter((id) => is[id] !== was[id]);
  const below = [from.manifest, to.manifest].flatMap((manifest) =>
    manifest ? [...withDownstream(differing, manifest)] : [],
  );
  const direct = isDirect(facts) ? (from.plan?.nodes ?? []).map((node) => node.id) : [];
  return new Set([...differing, ...below, ...direct]);
}

function rebuildBack(facts: RollbackFacts, way: Way): RebuildBack {
  const again = facts.target === facts.mark.content;
  const { sources, losses } = historySources(facts, {
    changed: new Set(way.changed),
    again,
    locate: locating(facts),
    keptOf: keptAt(facts),
    moved: movedSince(facts),
    accepts: accepting(facts.asked.acceptLoss),
  });
  refuseLosses(facts, losses);
  return { ...way, is: 'rebuild', history: sources, again };
}

function swapBack(facts: RollbackFacts, way: Way): SwapBack {
  const accepts = accepting(facts.asked.acceptLoss);
  const displacer = releasesSince(facts.target, facts.history).at(-1) ?? null;
  const common = { ...way, is: 'swap', look: facts.look, backTo: displacer?.liveAt ?? null } as const;
  if (exchangesRelations(facts.traits.exchange)) {
    const { moves, containers, staying, goingBack, losses } = movesBack(facts, locating(facts), accepts);
    refuseLosses(facts, losses);
    const side: KeptSide = { release: way.target, sha: way.sha, containers, bytes: null };
    const { protect, warnings } = rightsBack(facts, moves, locating(facts));
    const rest = { staying, goingBack, moves, fills: [], filled: [], protect, warnings };
    return { ...common, ...rest, side, live: facts.sides.live, seen: moves.map(({ live }) => live) };
  }
  const back = containersBack(facts);
  const { staying, goingBack, losses } = levelled(facts, way, back);
  refuseLosses(facts, losses);
  const fills = levelling(facts, back, staying);
  const to = fills.length > 0 ? back.idle : back.side.containers;
  const rights = rightsOfWhole(facts, { live: back.live, from: back.side.containers, to }, locating(facts));
  const rest = { staying, goingBack, moves: null, fills, filled: back.idle, ...rights };
  return { ...common, ...rest, side: back.side, live: back.live, seen: seenOf(facts, way, goingBack) };
}

/** Of what is not the same in both, and of what goes back to earlier rows. */
function seenOf(facts: RollbackFacts, { changed }: Way, goingBack: Levelled['goingBack']): readonly Relation[] {
  const nodes = changed.flatMap((id) =>
    [facts.from, facts.to].flatMap(({ manifest }) => manifest?.nodes.get(id) ?? []),
  );
  const named = nodes.flatMap(({ relation }) => (relation ? [locating(facts)(relation, 'live')] : []));
  return [...named, ...goingBack.map(({ live }) => live)];
}

function levelled(facts: RollbackFacts, way: Way, { live, side, moved }: ContainersBack): Levelled {
  const { from, to } = facts;
  if (!from.manifest || !to.manifest) fail('BUG', { message: 'a swap back without manifests' });
  return level({
    live,
    kept: side.containers,
    catalog: facts.catalog,
    moved,
    from: from.manifest,
    to: to.manifest,
    changed: new Set(way.changed),
    locate: locating(facts),
    settings: facts.settings,
    accepts: accepting(facts.asked.acceptLoss),
    ...(facts.traits.exchange === 'view'
      ? { goes: (relation: Relation) => facts.catalog.pointsTo(relation) !== null }
      : {}),
  });
}

const accepting =
  (acceptLoss: readonly string[]) =>
  (name: string, id: NodeId | null, relation: Relation): boolean =>
    ['all', name, id, displayName(relation)].some((known) => known !== null && acceptLoss.includes(known));

function refuseLosses({ asked, target }: Pick<RollbackFacts, 'asked' | 'target'>, losses: Levelled['losses']): void {
  if (losses.length === 0) return;
  const flags = [
    `--to ${target}`,
    ...asked.acceptLoss.map((name) => `--accept-loss ${quoted(name)}`),
    ...losses.map(({ name }) => `--accept-loss ${quoted(name)}`),
  ];
  fail('WOULD_LOSE', { losses: losses.map(({ sentence }) => sentence), flags: flags.join(' ') });
}

/**
 * The kept side is copied to the idle name and brought level from live; the kept one stays whole, except where only two take
 * turns, so that it is the idle one.
 */
function levelling(
  { catalog }: RollbackFacts,
  { live: lives, side, idle }: ContainersBack,
  staying: Levelled['staying'],
): readonly Fill[] {
  if (staying.length === 0) return [];
  const idOf = (name: Container) => {
    const state = catalog.state(name);
    return state.is === 'object' ? state.id : null;
  };
  const containers = side.containers.flatMap((from, i): readonly Fill[] => {
    const to = idle[i];
    return to && !sameName(from, to) ? [{ do: 'copy', from, id: idOf(from), to }] : [];
  });
  return [
    ...containers,
    ...copiesOf(staying, catalog).map(({ from, id }): Fill => ({ do: 'copy', from, id, to: place(from, lives, idle) })),
  ];
}
