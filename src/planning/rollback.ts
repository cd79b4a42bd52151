import type { Fill } from '../domain/change.ts';
import { fail } from '../domain/errors.ts';
import type { NodeId } from '../domain/ids.ts';
import { type Container, displayName, nameKey, type Relation } from '../domain/relation.ts';
import { quoted } from '../domain/shell.ts';
import type { KeptSide } from '../warehouse/port.ts';
import { withDownstream } from './graph.ts';
import { historySources, type SourceFacts } from './history-sources.ts';
import { type LevelFacts, type Levelled, level, movedOn } from './level.ts';
import { movesBack, restingPlace, writtenSince } from './moves-back.ts';
import { type Locate, place } from './names.ts';
import { rightsBack } from './rights-back.ts';
import type { RebuildBack, RollbackFacts, RollbackPlan, SwapBack, TravelBack, Way } from './rollback-facts.ts';
import { releasesSince } from './target.ts';
import { cutoversSince, inSeconds, momentOf, type Travelled, travelBack, travelScope } from './time-travel.ts';

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

/**
 * The fastest valid way to the target, with why the others are none. Throws NO_WAY_BACK, and WOULD_LOSE where rows that
 * cannot be made again would go.
 */
export function planRollback(facts: RollbackFacts): RollbackPlan {
  const { asked, target, mark } = facts;
  const travelled = facts.travel && travelBack(facts, facts.travel, locating(facts), accepting(asked.acceptLoss));
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
            because: reason ?? (asked.strategy === null ? 'it is slower' : `${asked.strategy} was asked for`),
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

type Because = Readonly<Record<'swap' | 'time-travel' | 'rebuild', string | null>>;

/** The fastest first. Who asks for a time asks for the rows of then, and a rebuild makes others. */
const orderOf = ({ asked, travel }: RollbackFacts): readonly (keyof Because)[] =>
  asked.at !== null && travel ? ['swap', 'time-travel'] : ['swap', 'time-travel', 'rebuild'];

const whyNot = (facts: RollbackFacts, because: Because, order: readonly (keyof Because)[]): readonly string[] => [
  ...order.map((strategy) => `${strategy}: ${because[strategy] ?? 'not valid'}`),
  ...(facts.travel ? waysLeft(facts, order) : []),
];

/** Who cannot have the rows of a time may still have the release that was live then. */
function waysLeft(facts: RollbackFacts, order: readonly (keyof Because)[]): readonly string[] {
  const { target, asked, mark } = facts;
  const swaps = target !== mark.content && noSwap(facts) === null && (asked.at !== null || !order.includes('swap'));
  const rebuilds = !order.includes('rebuild') && noRebuild(facts) === null;
  return [
    ...(swaps ? [`lastgreen rollback --to ${target} gives back what ${target} left live with`] : []),
    ...(rebuilds ? [`lastgreen rollback --to ${target} --strategy rebuild makes its rows anew`] : []),
  ];
}

/** A kept side has the rows that it left live with, and what never left has those of now. */
const otherRows = ({ asked, travel }: RollbackFacts, travelled: Travelled | null): string | null =>
  asked.at === null || !travel || !travelled || travelled.written.length === 0
    ? null
    : `rows were written to ${travelled.written.join(', ')} after ${inSeconds(travel.at)}`;

const isNothing = ({ moves, problems, restores, losses }: Travelled): boolean =>
  [moves, problems, restores, losses].every((some) => some.length === 0);

/** Whether rows of an earlier time are worth looking for: not where a swap back gives what is asked. */
export const wantsTravel = (facts: RollbackFacts): boolean =>
  facts.traits.timeTravelMs > 0 &&
  movesRelations(facts) &&
  facts.to.manifest !== null &&
  (facts.asked.at !== null ||
    facts.asked.strategy === 'time-travel' ||
    (facts.asked.strategy === null && noSwap(facts) !== null));

/** What the engine has to look at for that. */
export const travelLook = (facts: RollbackFacts) => ({
  at: momentOf(facts),
  cutovers: cutoversSince(facts).map(({ id }) => id),
  scope: travelScope(facts, locating(facts)),
});

function back(facts: RollbackFacts, way: Way, travelled: Travelled & { readonly at: string }): TravelBack {
  const { moves, fills, filled, protect, warnings, containers, restores, earliest, staying, goingBack, at } = travelled;
  refuseLosses(facts, travelled.losses);
  const side: KeptSide = { release: way.target, sha: way.sha, containers, bytes: null };
  const rest = { moves, fills, filled, protect, warnings, restores, earliest, staying, goingBack };
  return { ...way, ...rest, is: 'time-travel', side, look: facts.look, backTo: at };
}

const sideOf = ({ kept, target }: RollbackFacts): KeptSide | undefined =>
  kept.findLast((side) => side.release === target);

function noSwap(facts: RollbackFacts): string | null {
  const { kept, target, from, to, mark } = facts;
  if (target === mark.content) return `${target} is live already`;
  const missing = [from.manifest ? null : mark.content, to.manifest ? null : target].find(
    (release) => release !== null,
  );
  if (missing !== undefined)
    return `the manifest of ${missing} is not in the store, so that nobody knows what must not go back`;
  const isThere = movesRelations(facts) ? unkept(facts).length === 0 : sideOf(facts) !== undefined;
  const what = movesRelations(facts) ? `${unkept(facts).join(', ')} of ${target}` : target;
  if (isThere) return null;
  return `no kept side holds ${what}${kept.length > 0 ? `; there are ${kept.map((side) => side.release).join(', ')}` : ''}`;
}

/** Whether a release changes relations one by one; whole files and databases have no schema of their own. */
const movesRelations = ({ from, to }: Pick<RollbackFacts, 'from' | 'to'>): boolean =>
  [from, to].some(({ plan }) => plan?.live.some((side) => side.schema !== null));

/** Where whole containers change places, only the target's own kept sides matter; there may be one for each deploy of days. */
export const keptInQuestion = (facts: Pick<RollbackFacts, 'from' | 'to' | 'kept' | 'target'>): readonly KeptSide[] =>
  movesRelations(facts) ? facts.kept : facts.kept.filter((side) => side.release === facts.target);

/**
 * Nodes whose own definition differs, or that the release put in the place of others, and whose earlier relation rests
 * nowhere: going back without them would leave readers with some of each.
 */
function unkept(facts: RollbackFacts): readonly string[] {
  const { from, to } = facts;
  const replaced = new Set(replacedByLive(facts).map(nameKey));
  const moves = new Set(movesBack(facts, locating(facts), () => true).moves.map(({ live }) => nameKey(live)));
  return [...(to.manifest?.nodes.values() ?? [])].flatMap((node) => {
    const same = from.plan?.definitions[node.id] === to.plan?.definitions[node.id];
    if (!node.relation) return [];
    const live = nameKey(locating(facts)(node.relation, 'live'));
    return (same && !replaced.has(live)) || moves.has(live) ? [] : [node.name];
  });
}

/** Where what is live came right after the target, its plan says what it displaced, also by nodes that did not differ. */
const replacedByLive = (facts: RollbackFacts): readonly Relation[] =>
  isDirect(facts) ? (facts.from.plan?.announced.replace ?? []) : [];

function isDirect({ target, history, mark }: RollbackFacts): boolean {
  const since = releasesSince(target, history).filter((record) => record.kind !== 'no-op');
  return since.length === 1 && since[0]?.id === mark.content;
}

function noTimeTravel(facts: RollbackFacts, travelled: Travelled | null): string | null {
  const { traits, kept } = facts;
  if (travelled) return travelled.problems.length === 0 ? null : travelled.problems.join('; ');
  if (traits.timeTravelMs > 0 && !movesRelations(facts))
    return 'whole databases change places here, and have no past under one name';
  if (traits.timeTravelMs > 0) return facts.to.manifest ? null : `the manifest of ${facts.target} is not in the store`;
  const sides = kept.map((side) => side.release).join(', ');
  return `this engine has no time travel beyond its kept sides, ${sides === '' ? 'and there are none' : `which hold ${sides}`}`;
}

function noRebuild({ to, from, target, mark, history }: RollbackFacts): string | null {
  if (!history.releases.has(target)) return `the store does not know ${target}`;
  if (!to.manifest) return `the manifest of ${target} is not in the store`;
  return from.manifest ? null : `the manifest of ${mark.content} is not in the store`;
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

const locating =
  ({ sides }: RollbackFacts): Locate =>
  (relation, side) => {
    const home = sides[side].find((container) => container.database === relation.database);
    return home ? { ...relation, location: home.location } : relation;
  };

function rebuildBack(facts: RollbackFacts, way: Way): RebuildBack {
  const again = facts.target === facts.mark.content;
  const { sources, losses } = historySources(facts, {
    changed: new Set(way.changed),
    again,
    locate: locating(facts),
    ...(movesRelations(facts) ? relationsKept(facts) : containersKept(facts)),
    accepts: accepting(facts.asked.acceptLoss),
  });
  refuseLosses(facts, losses);
  return { ...way, is: 'rebuild', history: sources, again };
}

type Kept = Pick<SourceFacts, 'keptOf' | 'moved'>;

const relationsKept = (facts: RollbackFacts): Kept => ({
  keptOf: (live) => restingPlace(facts, live),
  moved: writtenSince(facts),
});

function containersKept(facts: RollbackFacts): Kept {
  const { sides, look } = facts;
  const side = sideOf(facts);
  const displacer = releasesSince(facts.target, facts.history).at(-1);
  return {
    keptOf: (live) => (side ? place(live, sides.live, side.containers) : null),
    moved: movedOn({ look, seal: displacer?.seal ?? null, live: sides.live }),
  };
}

function swapBack(facts: RollbackFacts, way: Way): SwapBack {
  const accepts = accepting(facts.asked.acceptLoss);
  const displacer = releasesSince(facts.target, facts.history).at(-1) ?? null;
  const common = { ...way, is: 'swap', look: facts.look, backTo: displacer?.liveAt ?? null } as const;
  if (movesRelations(facts)) {
    const { moves, containers, staying, goingBack, losses } = movesBack(facts, locating(facts), accepts);
    refuseLosses(facts, losses);
    const side: KeptSide = { release: way.target, sha: way.sha, containers, bytes: null };
    const { protect, warnings } = rightsBack(facts, moves, locating(facts));
    return { ...common, side, staying, goingBack, moves, fills: [], filled: [], protect, warnings };
  }
  const side = sideOf(facts) ?? fail('BUG', { message: 'a swap back without a kept side' });
  const { staying, goingBack, losses } = levelled(facts, way, { side, accepts, seal: displacer?.seal ?? null });
  refuseLosses(facts, losses);
  const fills = levelling(facts, side, staying);
  return { ...common, side, staying, goingBack, moves: null, fills, filled: facts.sides.idle, protect: [] };
}

function levelled(
  facts: RollbackFacts,
  way: Way,
  o: Pick<LevelFacts, 'accepts' | 'seal'> & { readonly side: KeptSide },
): Levelled {
  const { from, to } = facts;
  if (!from.manifest || !to.manifest) fail('BUG', { message: 'a swap back without manifests' });
  return level({
    live: facts.sides.live,
    kept: o.side.containers,
    catalog: facts.catalog,
    look: facts.look,
    seal: o.seal,
    from: from.manifest,
    to: to.manifest,
    changed: new Set(way.changed),
    locate: locating(facts),
    settings: facts.settings,
    accepts: o.accepts,
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

/** The kept side is copied to the idle name and brought level from live; the kept one stays whole. */
function levelling({ sides, catalog }: RollbackFacts, side: KeptSide, staying: Levelled['staying']): readonly Fill[] {
  if (staying.length === 0) return [];
  const idOf = (name: Relation | Container) => {
    const state = catalog.state(name);
    return state.is === 'object' ? state.id : null;
  };
  const containers = side.containers.flatMap((from, i): readonly Fill[] => {
    const to = sides.idle[i];
    return to ? [{ do: 'copy', from, id: idOf(from), to }] : [];
  });
  return [
    ...containers,
    ...staying.map(
      ({ live }): Fill => ({ do: 'copy', from: live, id: idOf(live), to: place(live, sides.live, sides.idle) }),
    ),
  ];
}
