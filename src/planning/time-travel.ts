import type { Fill, Protect } from '../domain/change.ts';
import type { ReleaseRecord } from '../domain/fold.ts';
import type { ManifestNode } from '../domain/manifest.ts';
import { exchangesRelations } from '../domain/plan.ts';
import { type Container, containersOf, displayName, nameKey, type Relation, sameName } from '../domain/relation.ts';
import type { RemovedSide } from '../warehouse/port.ts';
import type { LevelFacts, Levelled } from './level.ts';
import { judge } from './moves-back.ts';
import type { Locate } from './names.ts';
import { protectBack } from './rights.ts';
import { givenBack } from './rights-back.ts';
import type { MoveBack, RollbackFacts, TravelFacts } from './rollback-facts.ts';
import { schemasOf } from './strategies/strategy.ts';
import { releasesAfter, releasesSince } from './target.ts';
import { type Then, thenOf } from './then.ts';

type Moment = Pick<RollbackFacts, 'asked' | 'history' | 'target' | 'now'>;

/**
 * The time whose rows are asked for, ISO: a time that was said, unless a refresh was at work then, which had begun with
 * whole rows; else the end of the target's time as live.
 */
export function momentOf({ asked, history, target, now }: Moment): string {
  const { at } = asked;
  if (at === null) return releasesSince(target, history).at(-1)?.liveAt ?? now.toISOString();
  const begun = history.runs.map((run) => ({ from: Date.parse(run.at) - run.ms, to: Date.parse(run.at) }));
  const under = begun.find(({ from, to }) => from <= at.getTime() && at.getTime() < to);
  return new Date(under?.from ?? at.getTime()).toISOString();
}

/** Releases whose cutovers changed what readers get since that time, oldest first. */
export function cutoversSince(facts: Moment): readonly ReleaseRecord[] {
  const { asked, history, target } = facts;
  const since = asked.at ? releasesAfter(new Date(momentOf(facts)), history) : releasesSince(target, history);
  // A cutover that stopped in the middle and was reversed left everything as it was: neither of the two counts.
  const isReversal = ({ back }: ReleaseRecord): boolean =>
    back !== null && history.releases.get(back.from)?.liveAt === null;
  return since.filter((record) => !isReversal(record)).toReversed();
}

/** The containers that have to be asked about. */
export function travelScope(facts: RollbackFacts, cuts: TravelFacts['cuts'], locate: Locate): readonly Container[] {
  const { traits, sides } = facts;
  if (exchangesRelations(traits.exchange)) return schemasIn(facts, locate);
  return traits.exchange === 'view' ? ledTo(facts, cuts) : [...sides.live, ...keptOf(facts)];
}

/** What readers' views lead to, and led to before any cutover since. */
const ledTo = ({ sides, catalog }: RollbackFacts, cuts: TravelFacts['cuts']): readonly Container[] => [
  ...sides.live.flatMap((live) => catalog.pointsTo(live) ?? []),
  ...containersOf(
    cuts
      .flatMap(({ plan }) => plan?.changes ?? [])
      .flatMap((change) => (change.do === 'repoint' ? (change.was ?? []) : [])),
  ).map((container) => ({ ...container, schema: null })),
];

/** What holds the target and was live as a whole. */
const keptOf = ({ kept, target }: RollbackFacts): readonly Container[] =>
  kept.filter(({ release }) => release === target).flatMap(({ containers }) => containers);

const schemasIn = ({ to, kept }: RollbackFacts, locate: Locate): readonly Container[] => [
  ...schemasOf(
    [...(to.manifest?.nodes.values() ?? [])].flatMap(({ relation }) => (relation ? [locate(relation, 'live')] : [])),
  ),
  ...kept.flatMap((side) => side.containers),
];

export interface Travelled extends Levelled {
  /** null: whole containers change places. */
  readonly moves: readonly MoveBack[] | null;
  readonly fills: readonly Fill[];
  readonly filled: readonly Container[];
  readonly protect: readonly Protect[];
  readonly warnings: readonly string[];
  /** Kept containers that texts of views come from. */
  readonly containers: readonly Container[];
  readonly restores: readonly RemovedSide[];
  readonly earliest: ReadonlyMap<string, string>;
  /** Why it cannot be done, in sentences without their full stops. */
  readonly problems: readonly string[];
  /** Names of nodes whose rows of that time are not those that they have now, nor those that they left live with. */
  readonly written: readonly string[];
  /** Why the newest kept side is not what was live then, as a sentence without its full stop; null: it may be. */
  readonly elsewhere: string | null;
}

/** Nothing has to be had from anywhere. */
export const nowhere: Omit<Travelled, 'elsewhere'> = {
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

/** What was live then is in none of the places that a swap back takes from. */
export const otherSide = ({ sides, target }: RollbackFacts): string =>
  `what was ${sides.live.map(displayName).join(', ')} then is not kept any more, whatever else there is of ${target}`;

export interface Back {
  readonly node: ManifestNode;
  readonly live: Relation;
  readonly then: Then;
}

type TableBack = Back & { readonly then: Extract<Then, { is: 'table' }> };

/** Every relation of the target as it was at a time: tables cloned to the idle side, views by the texts that they had. */
export function travelBack(
  facts: RollbackFacts,
  travel: TravelFacts,
  locate: Locate,
  accepts: LevelFacts['accepts'],
): Travelled {
  const all = nodesBack(facts, locate).map(
    ({ node, live }): Back => ({ node, live, then: thenOf(live, facts, travel) }),
  );
  const judged = all.map((back) => ({ back, ...verdict(back, facts, accepts) }));
  const going = judged.filter(({ staying, loss }) => !staying && !loss).map(({ back }) => back);
  const tables = going.filter((back): back is TableBack => back.then.is === 'table');
  const placed = tables.map((back) => ({ ...back, idle: idleOf(back, travel, locate) }));
  const views = going.flatMap(({ live, then }) => (then.is === 'view' ? [{ live, from: then.from }] : []));
  const gone = going.filter(({ then }) => then.is === 'gone').map(({ live }) => ({ live, from: null }));
  const filled = schemasOf(placed.flatMap(({ idle }) => idle ?? []));
  const { given, warnings } = givenBack(facts, locate);
  return {
    moves: [...placed.flatMap(({ live, idle }) => (idle ? [{ live, from: idle }] : [])), ...views, ...gone],
    filled,
    fills: [
      ...filled.map((what): Fill => ({ do: 'drop', what })),
      ...filled.map((container): Fill => {
        const like = placed.find(({ idle }) => idle?.schema === container.schema)?.live;
        return { do: 'create', container, ...(like ? { like: schemasOf([like])[0] } : {}) };
      }),
      ...placed.flatMap(({ then: { from, id, at }, idle }): readonly Fill[] =>
        idle ? [{ do: 'copy', from, id, ...(at === null ? {} : { at }), to: idle }] : [],
      ),
    ],
    protect: [
      ...placed.flatMap(({ live, idle }): readonly Protect[] =>
        idle && facts.catalog.find(live)?.protection
          ? [{ do: 'protect', live, idle, restored: [], ...given(live) }]
          : [],
      ),
      ...protectBack(views, facts.catalog, given),
    ],
    warnings,
    containers: schemasOf(views.map(({ from }) => from)),
    restores: restoresOf(all),
    earliest: new Map(tables.map(({ node, then }) => [node.name, then.since])),
    problems: [...problemsOf(all, travel), ...(placed.some(({ idle }) => idle === null) ? [NO_IDLE] : [])],
    written: all.filter(({ then }) => isOther(then)).map(({ node }) => node.name),
    elsewhere: null,
    staying: judged.flatMap(({ staying }) => staying ?? []),
    losses: judged.flatMap(({ loss }) => loss ?? []),
    goingBack: tables.map(tableBack),
  };
}

/** What is told of a table whose rows go back. */
export const tableBack = ({
  node: { id, name, materialized },
  live,
  then,
}: TableBack): Levelled['goingBack'][number] => ({
  id,
  name,
  materialized,
  live,
  kept: then.from,
  movedOn: then.written,
});

/** Whether nobody can say that the rows of then are those of now, or those that rest. */
const isOther = (then: Then): boolean =>
  then.is === 'table' ? then.written : then.is === 'late' || then.is === 'never' || then.is === 'removed';

const NO_IDLE = 'the store does not say where the idle side of that release was';

/** Of the target, and names that only what is live has. */
export function nodesBack({ from, to }: RollbackFacts, locate: Locate): readonly Pick<Back, 'node' | 'live'>[] {
  const of = (manifest: RollbackFacts['to']['manifest']): readonly Pick<Back, 'node' | 'live'>[] =>
    [...(manifest?.nodes.values() ?? [])].flatMap((node) =>
      node.relation ? [{ node, live: locate(node.relation, 'live') }] : [],
    );
  const targets = of(to.manifest);
  const names = new Set(targets.map(({ live }) => nameKey(live)));
  return [...targets, ...of(from.manifest).filter(({ live }) => !names.has(nameKey(live)))];
}

function verdict(
  { node, live, then }: Back,
  facts: RollbackFacts,
  accepts: LevelFacts['accepts'],
): ReturnType<typeof judge> {
  if (then.is !== 'table' && then.is !== 'gone') return { staying: null, loss: null };
  const back = { node, live, from: then.is === 'table' ? then.from : null };
  const moved = then.is === 'gone' || then.written || !sameName(then.from, live);
  return judge(back, facts, { moved, accepts, returning: new Set() });
}

function idleOf({ node }: Back, { idle }: TravelFacts, locate: Locate): Relation | null {
  const relation = idle?.nodes.get(node.id)?.relation;
  return relation ? locate(relation, 'idle') : null;
}

const restoresOf = (all: readonly Back[]): readonly RemovedSide[] => [
  ...new Set(all.flatMap(({ then }) => (then.is === 'removed' ? [then.side] : []))),
];

/** Those that do not reach back say the earliest time for all. */
export function problemsOf(all: readonly Back[], { cuts }: Pick<TravelFacts, 'cuts'>): readonly string[] {
  const unknown = cuts.filter(({ plan }) => plan === null).map(({ release }) => release);
  if (unknown.length > 0) return [`the store does not say any more what the cutover of ${unknown.join(', ')} changed`];
  const never = all.flatMap(({ node, then }) => (then.is === 'never' ? [`${node.name} ${then.because}`] : []));
  const late = all.flatMap(({ node, then }) => (then.is === 'late' ? [{ name: node.name, since: then.since }] : []));
  const latest = late.toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since)).at(-1)?.since;
  if (latest === undefined) return never;
  return [
    ...never,
    `the earliest possible time is ${inSeconds(latest)}: rows of ${listed(late)} reach no further back`,
  ];
}

const LISTED = 5;
const listed = (some: readonly { readonly name: string }[]): string => {
  const names = some.slice(0, LISTED).map(({ name }) => name);
  return `${names.join(', ')}${some.length > LISTED ? ` and ${some.length - LISTED} more` : ''}`;
};

/** As `--at` takes it: the first whole second from then on. */
export const inSeconds = (iso: string): string =>
  new Date(Math.ceil(Date.parse(iso) / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
