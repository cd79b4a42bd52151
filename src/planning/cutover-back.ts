import type { Change } from '../domain/change.ts';
import type { CutoverPlan, Mark, Seal } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { Fence, ReleaseId, Sha } from '../domain/ids.ts';
import { type Container, contains, isRelation, nameKey, type Relation } from '../domain/relation.ts';
import type { Catalog, Traits } from '../warehouse/port.ts';
import { markOf } from './cutover.ts';
import { exchangeRelations } from './strategies/relation.ts';

export interface CutoverBackFacts {
  /** The rollback's own number. */
  readonly release: ReleaseId;
  readonly content: ReleaseId;
  readonly sha: Sha;
  /** What becomes live: the kept side, or a levelled copy of it. */
  readonly target: readonly Container[];
  /** Of the levelled copy. */
  readonly seal: Seal | null;
  readonly live: readonly Container[];
  /** Of live and of the target, read just now. */
  readonly catalog: Catalog;
  /** Of the releases that are taken back, newest first; null where the store does not have it. */
  readonly cutovers: readonly (CutoverPlan | null)[];
  readonly traits: Traits;
  readonly previous: Mark;
  readonly fence: Fence;
  readonly lineage: string;
  readonly now: Date;
}

/** The way back as changes of what readers get, from fresh facts. Throws NO_WAY_BACK when there is nothing to go to. */
export function planCutoverBack(facts: CutoverBackFacts): CutoverPlan {
  const moved = facts.cutovers.some((cutover) =>
    cutover?.changes.some((change) => change.do === 'exchange' || change.do === 'move'),
  );
  const { changes, visible, kept } = moved ? relationsBack(facts) : containersBack(facts);
  const mark = markOf({ ...facts, back: true, token: facts.seal?.token ?? null });
  return { release: facts.release, changes, visible, kept, mark };
}

interface Back {
  readonly changes: readonly Change[];
  readonly visible: number;
  readonly kept: readonly Container[];
}

function containersBack({ live, target, catalog, content }: CutoverBackFacts): Back {
  const changes = live.map((name, i): Extract<Change, { do: 'point' }> => {
    const to = target[i];
    if (!to || catalog.state(to).is === 'absent')
      fail('NO_WAY_BACK', { asked: content, because: [`what was kept of ${content} is not there any more`] });
    return {
      do: 'point',
      name,
      to,
      was: catalog.pointsTo(name),
      before: [[name, catalog.state(name)]],
      after: [[name, catalog.state(to)]],
    };
  });
  return { changes, visible: changes.length, kept: changes.flatMap((change) => change.was ?? []) };
}

/** Each relation from the oldest kept side that is newer than the target; what was not there then goes away. */
function relationsBack({ cutovers, live, catalog, release, previous }: CutoverBackFacts): Back {
  const before = new Map<string, { readonly live: Relation; readonly from: Relation | null }>();
  // Newest first: what an older cutover displaced is what the target had.
  for (const cutover of cutovers)
    for (const one of cutover ? displaced(cutover) : []) before.set(nameKey(one.live), one);
  return exchangeRelations([...before.values()], { live, catalog, leaves: previous.content, release });
}

/** What each live name held before a cutover: where that rests now, or null where there was nothing. */
function displaced({
  changes,
  kept,
}: CutoverPlan): readonly { readonly live: Relation; readonly from: Relation | null }[] {
  // Whose object is under an idle name once the two have changed places.
  const origin = new Map<string, Relation>();
  const held = new Map<string, { live: Relation; from: Relation | null }>();
  for (const change of changes) {
    if (change.do === 'exchange' && isRelation(change.a)) origin.set(nameKey(change.b), change.a);
    if (change.do !== 'move' || !isRelation(change.from) || !isRelation(change.to)) continue;
    const { from, to } = change;
    const live = origin.get(nameKey(from)) ?? from;
    if (kept.some((container) => contains(container, to))) held.set(nameKey(live), { live, from: to });
    else if (!held.has(nameKey(to))) held.set(nameKey(to), { live: to, from: null });
  }
  return [...held.values()];
}
