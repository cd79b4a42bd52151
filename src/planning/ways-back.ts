import { exchangesAll, followsPointers } from '../domain/plan.ts';
import { nameKey, type Relation } from '../domain/relation.ts';
import type { KeptSide } from '../warehouse/port.ts';
import { isDirect, locating, sideOf } from './between.ts';
import { movesBack } from './moves-back.ts';
import type { RollbackFacts } from './rollback-facts.ts';
import { releasesSince } from './target.ts';
import { inSeconds, type Travelled } from './time-travel.ts';

/** By strategy why it is no way back; null: it is one. */
export type Because = Readonly<Record<'swap' | 'time-travel' | 'rebuild', string | null>>;

/** The fastest first. Who asks for a time asks for the rows of then, and a rebuild makes others. */
export const orderOf = ({ asked, travel }: RollbackFacts): readonly (keyof Because)[] =>
  asked.at !== null && travel ? ['swap', 'time-travel'] : ['swap', 'time-travel', 'rebuild'];

/** For whom none is left. */
export const whyNot = (
  facts: RollbackFacts,
  because: Because,
  order: readonly (keyof Because)[],
): readonly string[] => [
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
export const otherRows = ({ asked, travel }: RollbackFacts, travelled: Travelled | null): string | null => {
  if (asked.at === null || !travel || !travelled) return null;
  if (travelled.elsewhere !== null || travelled.written.length === 0) return travelled.elsewhere;
  return `rows were written to ${travelled.written.join(', ')} after ${inSeconds(travel.at)}`;
};

/** Why swap back is no way; null: it is one. */
export function noSwap(facts: RollbackFacts): string | null {
  const { kept, target, from, to, mark } = facts;
  if (target === mark.content) return `${target} is live already`;
  const missing = [from.manifest ? null : mark.content, to.manifest ? null : target].find(
    (release) => release !== null,
  );
  if (missing !== undefined)
    return `the manifest of ${missing} is not in the store, so that nobody knows what must not go back`;
  const isWhole = exchangesAll(facts.traits.exchange);
  const missed = isWhole ? [] : unkept(facts);
  if (isWhole ? sideOf(facts) !== undefined : missed.length === 0) return null;
  const what = isWhole ? target : `${missed.join(', ')} of ${target}`;
  return `no kept side holds ${what}${kept.length > 0 ? `; there are ${kept.map((side) => side.release).join(', ')}` : ''}`;
}

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

/** The same of time travel. */
export function noTimeTravel(facts: RollbackFacts, travelled: Travelled | null): string | null {
  const { traits, kept } = facts;
  if (travelled) return travelled.problems.length === 0 ? null : travelled.problems.join('; ');
  if (traits.timeTravelMs > 0) return facts.to.manifest ? null : `the manifest of ${facts.target} is not in the store`;
  const sides = kept.map((side) => side.release).join(', ');
  return `this engine has no time travel beyond its kept sides, ${sides === '' ? 'and there are none' : `which hold ${sides}`}`;
}

/** The same of a rebuild. */
export function noRebuild({ to, from, target, mark, history }: RollbackFacts): string | null {
  if (!history.releases.has(target)) return `the store does not know ${target}`;
  if (!to.manifest) return `the manifest of ${target} is not in the store`;
  return from.manifest ? null : `the manifest of ${mark.content} is not in the store`;
}

/** Whether rows of an earlier time are worth looking for: not where a swap back gives what is asked. */
export const wantsTravel = (facts: RollbackFacts): boolean =>
  facts.traits.timeTravelMs > 0 &&
  facts.to.manifest !== null &&
  (facts.asked.at !== null ||
    facts.asked.strategy === 'time-travel' ||
    (facts.asked.strategy === null && noSwap(facts) !== null));

/**
 * Where all that is live changes places, only what was kept of the target matters, and of what came between, where that
 * had rights of its own; there may be one for each deploy of days.
 */
export function keptInQuestion({
  traits,
  kept,
  target,
  history,
}: Pick<RollbackFacts, 'traits' | 'kept' | 'target' | 'history'>): readonly KeptSide[] {
  if (!exchangesAll(traits.exchange)) return kept;
  const since = followsPointers(traits.exchange) ? [] : releasesSince(target, history);
  const contents = new Set([target, ...since.map(({ content }) => content)]);
  return kept.filter(({ release }) => contents.has(release));
}
