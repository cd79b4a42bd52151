import type { Fill, Protect } from '../domain/change.ts';
import { contains, displayName, nameKey, type Relation, sameName } from '../domain/relation.ts';
import { sideOf } from './between.ts';
import { movedSince } from './containers-back.ts';
import { idOf, whyUnowned } from './copy-of-then.ts';
import { parentsFirst } from './graph.ts';
import type { LevelFacts, Levelled } from './level.ts';
import { judge } from './moves-back.ts';
import { type Locate, place } from './names.ts';
import { givenBack } from './rights-back.ts';
import type { RollbackFacts, TravelFacts } from './rollback-facts.ts';
import { inReadingOrder } from './strategies/texts.ts';
import { claimed, isAfter, isState, type Then, thenBehind } from './then.ts';
import { type Back, nodesBack, nowhere, otherSide, problemsOf, type Travelled, tableBack } from './time-travel.ts';

interface Known {
  readonly facts: RollbackFacts;
  readonly travel: TravelFacts;
  readonly locate: Locate;
  readonly accepts: LevelFacts['accepts'];
}

/** A relation of then, and where it is to lie. */
interface Placed extends Back {
  readonly to: Relation;
}

/**
 * What readers' views led to at a time, put together in a slot that they do not have: tables as they were, wherever they lie
 * by now; views by the texts that they had; what no release builds, and what cannot be made again, as live has it.
 */
export function travelSlots(
  facts: RollbackFacts,
  travel: TravelFacts,
  locate: Locate,
  accepts: LevelFacts['accepts'],
): Travelled {
  const known: Known = { facts, travel, locate, accepts };
  const { live: lives, idle } = facts.sides;
  const all = nodesBack(facts, locate).map(
    ({ node, live }): Placed => ({
      node,
      live,
      then: thenBehind(live, textOf({ node, live }, known), { catalog: facts.catalog, ...travel }),
      to: place(live, lives, idle),
    }),
  );
  const elsewhere = elsewhereThan(all, known);
  if (all.every(({ then }) => then.is === 'same')) return { ...nowhere, elsewhere };
  const judged = all.map((back) => ({ back, ...verdict(back, known) }));
  const going = judged.filter(({ staying, loss }) => !staying && !loss).map(({ back }) => back);
  const tables = going.flatMap(({ then, ...back }) => (then.is === 'table' ? [{ ...back, then }] : []));
  const { given, warnings } = givenBack(facts, locate);
  return {
    ...nowhere,
    elsewhere,
    fills: fillsOf(going, known),
    filled: idle,
    protect: protecting(going, known, given),
    warnings: [
      ...warnings,
      ...going
        .filter(({ then }) => then.is === 'text')
        .map(
          ({ node }) =>
            `Of ${node.name}, a view, only the text of then is left: its descriptions and labels come with its next build.`,
        ),
    ],
    earliest: new Map(tables.map(({ node, then }) => [node.name, then.since])),
    problems: problemsOf(all, travel),
    written: going.filter((back) => isOther(back, known)).map(({ node }) => node.name),
    staying: [...judged.flatMap(({ staying }) => staying ?? []), ...unowned(all, known)],
    losses: judged.flatMap(({ loss }) => loss ?? []),
    goingBack: tables.map(tableBack),
  };
}

/** Where a view of then can be read: where it rests, or, where its definition is still the same, on live. */
function textOf({ node, live }: Pick<Back, 'node' | 'live'>, { facts, travel }: Known): Relation | null {
  const { catalog, sides } = facts;
  const isText = (relation: Relation): boolean => (catalog.find(relation)?.kind ?? 'table') !== 'table';
  const was = claimed(live, travel.cuts);
  const rests = place(live, sides.live, sideOf(facts)?.containers ?? []);
  if (was !== null && !sameName(rests, live) && isText(rests) && isState(catalog.state(rests), was)) return rests;
  const isSame = facts.from.plan?.definitions[node.id] === facts.to.plan?.definitions[node.id];
  return isSame && isText(live) ? live : null;
}

/** Rows that cannot be made again stay, where they are other than then. */
function verdict({ node, live, then }: Placed, { facts, accepts }: Known): ReturnType<typeof judge> {
  if (then.is !== 'table' && then.is !== 'gone') return { staying: null, loss: null };
  const from = then.is === 'table' ? (facts.catalog.find(then.from) ? then.from : live) : null;
  return judge({ node, live, from }, facts, { moved: true, accepts, returning: new Set() });
}

/** Whether a swap back would give other rows than those of then: of what did not change it leaves those that live has. */
function isOther({ node, live, then }: Placed, { facts: { from, to, target, mark }, facts }: Known): boolean {
  if (then.is === 'late' || then.is === 'never' || then.is === 'removed') return true;
  if (then.is !== 'table') return false;
  const isSame = from.plan?.definitions[node.id] === to.plan?.definitions[node.id];
  return then.written || (target !== mark.content && isSame && movedSince(facts)(live));
}

/** Why the newest kept slot is not what was live then; null: it may be. */
function elsewhereThan(all: readonly Placed[], { facts }: Known): string | null {
  if (facts.target === facts.mark.content) return null;
  const kept = sideOf(facts)?.containers ?? [];
  const isThere = ({ then }: Placed): boolean =>
    then.is !== 'table' || kept.some((container) => contains(container, then.from));
  return all.every(isThere) ? null : otherSide(facts);
}

type Given = ReturnType<typeof givenBack>['given'];

/** What is not as live has it gets live's rights, and so does what a commit between gave to others. */
function protecting(going: readonly Placed[], { facts: { catalog } }: Known, given: Given): readonly Protect[] {
  return going.flatMap(({ live, then, to }): readonly Protect[] => {
    if (then.is === 'gone' || !catalog.find(live)?.protection) return [];
    const differs = given(live);
    return then.is === 'same' && Object.keys(differs).length === 0
      ? []
      : [{ do: 'protect', live, idle: to, restored: [], ...differs }];
  });
}

/** A slot like that of live, with what was another then put in its place; views last, since they read the rest. */
function fillsOf(going: readonly Placed[], known: Known): readonly Fill[] {
  const { facts } = known;
  const replaced = going.filter(({ then }) => then.is === 'table' || then.is === 'gone');
  const views = viewsOf(going, known);
  const isThere = ({ then, to }: Pick<Placed, 'then' | 'to'>): boolean => 'from' in then && sameName(then.from, to);
  // A table is replaced where it is: what is dropped first cannot be asked for what it was by its name.
  const stays = [...replaced.filter(({ then }) => then.is === 'table'), ...views.filter(isThere)];
  const made = [...replaced.filter(({ then }) => then.is === 'gone'), ...views.filter((view) => !isThere(view))];
  return [
    ...facts.sides.live.flatMap((from, i): readonly Fill[] => {
      const to = facts.sides.idle[i];
      const [without, rest] = [made, stays].map((some) => some.map((one) => one.to));
      return to ? [{ do: 'copy', from, id: idOf(from, facts), to, without: without ?? [], spared: rest ?? [] }] : [];
    }),
    ...replaced.flatMap(({ then, to }): readonly Fill[] => {
      if (then.is !== 'table' || (then.at === null && sameName(then.from, to))) return [];
      return [{ do: 'copy', from: then.from, id: then.id, ...(then.at === null ? {} : { at: then.at }), to }];
    }),
    ...views
      .filter((view) => !isThere(view))
      .map(({ then, to }): Fill => {
        if (then.is === 'text') return { do: 'define', view: to, sql: then.sql, beside: then.beside };
        return { do: 'copy', from: then.from, id: idOf(then.from, facts), to };
      }),
  ];
}

interface View {
  readonly to: Relation;
  readonly then: Extract<Then, { is: 'view' | 'text' }>;
}

/** All that are to be there, each after what it reads: nodes as the target's project has them, then what no release builds. */
function viewsOf(going: readonly Placed[], { facts, locate }: Known): readonly View[] {
  const { sides, catalog, to: target } = facts;
  const lives = inLive(facts).filter(({ kind }) => kind.includes('view'));
  const isView = new Set(lives.map(({ relation }) => nameKey(relation)));
  const owned = new Map(
    going.flatMap(({ live, then, to }): readonly (readonly [string, View])[] => {
      if (then.is === 'view' || then.is === 'text') return [[nameKey(live), { then, to }]];
      return then.is === 'same' && isView.has(nameKey(live))
        ? [[nameKey(live), { then: { is: 'view', from: live }, to }]]
        : [];
    }),
  );
  const nodes = target.manifest ? parentsFirst(target.manifest) : [];
  const known = new Set(going.map(({ live }) => nameKey(live)));
  const others = lives
    .filter(({ relation }) => !known.has(nameKey(relation)))
    .map(({ relation: from }) => ({ live: from, from }));
  return [
    ...nodes.flatMap(({ relation }) => (relation && owned.get(nameKey(locate(relation, 'live')))) ?? []),
    ...inReadingOrder(others, catalog).map(
      ({ from }): View => ({ then: { is: 'view', from }, to: place(from, sides.live, sides.idle) }),
    ),
  ];
}

/** What readers' views lead to. */
const inLive = ({ sides, catalog }: RollbackFacts) =>
  catalog.relations.filter(
    ({ relation }) => sides.live.some((side) => contains(side, relation)) && catalog.pointsTo(relation) !== null,
  );

/** Who writes to what no release builds does not know of releases. */
function unowned(all: readonly Placed[], { facts, travel }: Known): Levelled['staying'] {
  const owned = new Set(all.map(({ live }) => nameKey(live)));
  const isUnwritten = (relation: Relation): boolean => {
    const behind = facts.catalog.pointsTo(relation);
    return travel.past.some(
      ({ relation: one, until, written }) =>
        behind !== null && sameName(one, behind) && until === null && written !== null && !isAfter(written, travel.at),
    );
  };
  return inLive(facts)
    .filter(({ relation, kind }) => kind === 'table' && !owned.has(nameKey(relation)) && !isUnwritten(relation))
    .map(({ relation: live }) => ({ name: displayName(live), live, because: whyUnowned(live, facts.settings) }));
}
