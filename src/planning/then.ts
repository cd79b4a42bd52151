import type { Claims, State } from '../domain/change.ts';
import type { CutoverPlan } from '../domain/cutover.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Past } from '../domain/past.ts';
import { type Container, contains, isRelation, type Name, type Relation, sameName } from '../domain/relation.ts';
import type { RemovedSide } from '../warehouse/port.ts';
import { restingPlaces } from './moves-back.ts';
import type { RollbackFacts, TravelFacts } from './rollback-facts.ts';

/** What had a live name at a time, and where its rows are. */
export type Then =
  /** What has it now, with the rows that it has. */
  | { readonly is: 'same' }
  /** Nothing had it. */
  | { readonly is: 'gone' }
  | {
      readonly is: 'table';
      readonly from: Relation;
      readonly id: ObjectId;
      /** ISO; null: as it rests. */
      readonly at: string | null;
      /** The earliest time whose rows can be had, ISO. */
      readonly since: string;
      /** Whether rows were written to it after that time. */
      readonly written: boolean;
    }
  | { readonly is: 'view'; readonly from: Relation }
  /** A view of which only the text is left, and where that was. */
  | { readonly is: 'text'; readonly sql: string; readonly beside: Container }
  /** In a side that was removed and can be had back. */
  | { readonly is: 'removed'; readonly side: RemovedSide }
  /** Its rows can be had, but not of so long ago. */
  | { readonly is: 'late'; readonly since: string }
  /** `because`: after the node's name. */
  | { readonly is: 'never'; readonly because: string };

type Facts = Pick<RollbackFacts, 'asked' | 'catalog' | 'kept'>;
type TableFacts = Pick<RollbackFacts, 'asked' | 'catalog'> & TravelFacts;

/**
 * What is asked for is the object that had the name then. The first cutover since says which it was, by what it claimed of
 * the name; where none claims it, it is what has the name now, or what a rebuild in place has dropped since.
 */
export function thenOf(live: Relation, facts: Facts, travel: TravelFacts): Then {
  const was = claimed(live, travel.cuts);
  const now = facts.catalog.state(live);
  if (was === null)
    return now.is === 'object'
      ? tableThen(live, live, { ...facts, ...travel })
      : now.is === 'absent'
        ? droppedThen(live, travel)
        : same;
  if (was.is === 'absent') return now.is === 'absent' ? same : { is: 'gone' };
  if (was.is === 'view' && now.is === 'view' && now.text === was.text) return same;
  const from = [live, ...places(live, facts)].find((place) => isState(facts.catalog.state(place), was));
  if (!from) return removedThen(live, was, travel);
  return was.is === 'view' ? { is: 'view', from } : tableThen(from, live, { ...facts, ...travel });
}

const same: Then = { is: 'same' };

/** The same of what lies in a container that was live as a whole: it has the name there that it had then. */
export function thenInside(there: Relation, isLive: boolean, facts: TableFacts): Then {
  const found = facts.catalog.find(there);
  // Texts come along with the container.
  if (found?.kind.includes('view')) return same;
  return found ? tableThen(there, there, facts, isLive) : droppedThen(there, facts);
}

export const isState = (one: State, other: State): boolean => JSON.stringify(one) === JSON.stringify(other);

const places = (live: Relation, { kept }: Facts): readonly Relation[] =>
  restingPlaces(
    kept.flatMap((side) => side.containers),
    live,
  );

/** What a name held before the first cutover that changed it; null: none did. */
export function claimed(live: Name, cuts: TravelFacts['cuts']): State | null {
  for (const { plan } of cuts)
    for (const { before } of plan?.changes ?? [])
      for (const [name, state] of before) if (sameName(name, live)) return state;
  return null;
}

function tableThen(from: Relation, live: Relation, facts: TableFacts, isLive: boolean = sameName(from, live)): Then {
  const { catalog, asked, past, at } = facts;
  const kind = catalog.find(from)?.kind;
  if (kind !== 'table') return { is: 'never', because: `is a ${kind ?? 'relation'}, and only tables have a past` };
  const one = past.find(({ relation, until }) => until === null && sameName(relation, from));
  if (!one) return { is: 'never', because: 'has no past that this role may see' };
  // Nobody writes to what rests: it has the rows that it left live with.
  if (!isLive && asked.at === null)
    return { is: 'table', from, id: one.id, at: null, since: one.since, written: false };
  if (isAfter(one.created, at)) return droppedThen(live, facts, one);
  const written = one.written === null || isAfter(one.written, at);
  if (!written) return isLive ? same : { is: 'table', from, id: one.id, at: null, since: one.since, written };
  return tableOf(one, at, written);
}

export const isAfter = (time: string, at: string): boolean => Date.parse(time) > Date.parse(at);

/**
 * The same of what readers get by a view: the first cutover since says what the view led to, which has the name there that it
 * had. `last`: where its text may be found, if what it led to was a view itself; null: nowhere.
 */
export function thenBehind(
  live: Relation,
  last: Relation | null,
  { catalog, ...travel }: Pick<RollbackFacts, 'catalog'> & TravelFacts,
): Then {
  const now = catalog.pointsTo(live);
  const was = ledTo(live, travel.cuts, now && isRelation(now) ? now : null);
  if (was === null) return now === null ? same : { is: 'gone' };
  const isNow = now !== null && sameName(was, now);
  const state = claimed(live, travel.cuts) ?? catalog.state(live);
  const one = travel.past.find(({ relation, until }) => until === null && sameName(relation, was));
  const isTable = travel.past.some(({ relation }) => sameName(relation, was));
  if (state.is === 'view' || (!isTable && last !== null)) {
    if (isNow) return same;
    return last === null ? textThen(live, travel.cuts) : { is: 'view', from: last };
  }
  if (!one || isAfter(one.created, travel.at)) {
    const then = droppedThen(was, travel, one ?? null);
    return then.is === 'same' ? { is: 'never', because: 'is not kept any more as it was then' } : then;
  }
  const written = one.written === null || isAfter(one.written, travel.at);
  if (written) return tableOf(one, travel.at, written);
  return isNow ? same : { is: 'table', from: was, id: one.id, at: null, since: one.since, written };
}

/** What the first cutover since that readers could tell from what it changed wrote down of it. */
function textThen(live: Relation, cuts: TravelFacts['cuts']): Then {
  const change = cuts
    .flatMap(({ plan }) => plan?.changes.slice(0, plan.visible) ?? [])
    .find((one) => one.do === 'repoint' && sameName(one.name, live));
  if (change?.do !== 'repoint' || change.said === undefined || change.was === null)
    return { is: 'never', because: 'is a view, whose text of then nobody wrote down' };
  const { location, database } = change.was;
  return { is: 'text', sql: change.said, beside: { location, database, schema: null } };
}

/** The relation behind a view that readers use, before the first cutover that led it elsewhere; null: there was none. */
function ledTo(live: Relation, cuts: TravelFacts['cuts'], now: Relation | null): Relation | null {
  for (const { plan } of cuts)
    for (const change of plan?.changes ?? [])
      if (change.do === 'repoint' && sameName(change.name, live)) return change.was;
  return now;
}

const tableOf = (one: Past, at: string, written: boolean): Then =>
  isAfter(one.since, at)
    ? { is: 'late', since: one.since }
    : { is: 'table', from: one.relation, id: one.id, at, since: one.since, written };

/** A refresh may have put another table in its place, which dropped it. */
function droppedThen(live: Relation, { past, at }: TravelFacts, now: Past | null = null): Then {
  const dropped = past.find(
    ({ relation, created, until }) =>
      until !== null && sameName(relation, live) && !isAfter(created, at) && isAfter(until, at),
  );
  if (dropped) return tableOf(dropped, at, true);
  return now ? { is: 'late', since: now.created } : same;
}

function removedThen(live: Relation, was: State, travel: TravelFacts): Then {
  const side = removedWith(live, was, travel);
  return side ? { is: 'removed', side } : { is: 'never', because: 'is not kept any more as it was then' };
}

/** Where what is nowhere any more was put last, if that can be had back; `live`: the name that it had. */
export function removedWith(live: Name, was: State, { cuts, removed }: TravelFacts): RemovedSide | null {
  const last = cuts
    .flatMap(({ plan }) => claimsOf(plan))
    .findLast(([name, state]) => isRelation(name) === isRelation(live) && isState(state, was))?.[0];
  const holds = (container: Container): boolean =>
    last !== undefined && (isRelation(last) ? contains(container, last) : sameName(container, last));
  return removed.find(({ containers }) => containers.some(holds)) ?? null;
}

const claimsOf = (plan: CutoverPlan | null): Claims => (plan?.changes ?? []).flatMap(({ after }) => after);
