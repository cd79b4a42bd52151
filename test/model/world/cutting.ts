import { type Change } from '../../../src/domain/change.ts';
import type { CutoverPlan, Fingerprints, LiveLook, Seal } from '../../../src/domain/cutover.ts';
import type { Fence, ObjectId } from '../../../src/domain/ids.ts';
import { observe } from '../../../src/domain/observe.ts';
import {
  type Container,
  contains,
  displayName,
  inContainer,
  isRelation,
  nameKey,
  type Relation,
} from '../../../src/domain/relation.ts';
import { WarehouseError } from '../../../src/warehouse/port.ts';
import { fingerprint, tokenOf } from './content.ts';
import {
  type Data,
  fileAt,
  putThing,
  repoint,
  servedBy,
  setThing,
  stateOf,
  thingAt,
  thingsIn,
  viewSaying,
} from './data.ts';
import { isPlaced, mannerOf } from './modes.ts';

export interface Guard {
  readonly fence: Fence;
  readonly seal: Seal | null;
  readonly live: LiveLook | null;
}

export const isWhole = (look: LiveLook): boolean => look.token.startsWith('all ');

/** What is in each relation of the containers now, or of those that are asked for. */
export function lookAt(data: Data, scope: readonly Container[], asked?: readonly Relation[]): LiveLook {
  const all = scope.flatMap((container) => thingsIn(data, container));
  const fingerprints: Fingerprints = asked
    ? asked.map((relation) => {
        const thing = thingAt(data, relation);
        return [relation, thing ? fingerprint(thing) : 'absent'];
      })
    : all.map(({ at, thing }) => [at, fingerprint(thing)]);
  return { fingerprints, token: `${asked ? 'some' : 'all'} ${tokenOf(data, scope)}` };
}

export const isUnchanged = (data: Data, scope: readonly Container[], look: LiveLook): boolean =>
  look.token.endsWith(` ${tokenOf(data, scope)}`);

export const isDone = (data: Data, { changes, mark }: CutoverPlan): boolean =>
  observe(changes, (name) => stateOf(data, name)).state === 'done' &&
  data.mark?.release === mark.release &&
  data.mark.content === mark.content &&
  data.mark.lineage === mark.lineage;

/**
 * What has to hold before anything is changed. Of a cutover of which a part is done, only what is not done yet is
 * compared: the rest was compared before it was changed, and nobody under a lower fence can have changed it since.
 */
export function assertGuard(data: Data, plan: CutoverPlan, guard: Guard): void {
  const seen = observe(plan.changes, (name) => stateOf(data, name));
  if (seen.state === 'foreign') throw drifted(seen.foreign.map(displayName), {});
  const todo = new Set(seen.todo);
  const names = plan.changes.filter((change) => !todo.has(change)).flatMap(({ after }) => after.map(([name]) => name));
  const keys = new Set(names.map(nameKey));
  const touched: Touched = {
    isAny: names.length > 0,
    has: (at) => keys.has(nameKey(at)) || names.some((one) => !isRelation(one) && contains(one, at)),
  };
  if (guard.seal) assertSealed(data, guard.seal, touched);
  if (guard.live) assertLive(data, guard.live, touched);
}

/** What changes that are done have changed. */
interface Touched {
  readonly isAny: boolean;
  readonly has: (at: Relation) => boolean;
}

const drifted = (relations: readonly string[], detail: Readonly<Record<string, unknown>>): WarehouseError =>
  new WarehouseError('drifted', `${relations.join(', ')} changed meanwhile`, { relations, keys: [], ...detail });

function assertSealed(data: Data, seal: Seal, touched: Touched): void {
  if (!touched.isAny && tokenOf(data, seal.sides) !== seal.token)
    throw drifted(seal.sides.map(displayName), { seal: true });
  const moved = seal.fingerprints.filter(([at, print]) => !touched.has(at) && printAt(data, at) !== print);
  if (moved.length > 0)
    throw drifted(
      moved.map(([at]) => displayName(at)),
      { seal: true },
    );
}

function assertLive(data: Data, look: LiveLook, touched: Touched): void {
  const scope = [data.live];
  if (!touched.isAny && isUnchanged(data, scope, look)) return;
  const known = new Set(look.fingerprints.map(([at]) => nameKey(at)));
  const fresh = isWhole(look) ? thingsIn(data, data.live).filter(({ at }) => !known.has(nameKey(at))) : [];
  const moved = [
    ...look.fingerprints.filter(([at, print]) => printAt(data, at) !== print).map(([at]) => at),
    ...fresh.map(({ at }) => at),
  ].filter((at) => !touched.has(at));
  if (moved.length === 0) return;
  throw new WarehouseError('drifted', 'live changed meanwhile', {
    relations: moved.map(displayName),
    keys: moved.map(nameKey),
  });
}

const printAt = (data: Data, at: Relation): string => {
  const thing = thingAt(data, at);
  return thing ? fingerprint(thing) : 'absent';
};

/** Changes that are not done yet, in order. */
export const todoOf = (data: Data, { changes }: CutoverPlan): readonly Change[] =>
  observe(changes, (name) => stateOf(data, name)).todo;

/** One change, as one statement does it. */
export function apply(data: Data, change: Change): void {
  switch (change.do) {
    case 'point':
      if (!fileAt(data, change.to.location)) throw new WarehouseError('missing', `${change.to.location} is not there`);
      // A plain file that was adopted has a second name: the pointer takes the place of the first.
      data.files.delete(change.name.location);
      data.links.set(change.name.location, change.to.location);
      return;
    case 'repoint': {
      const { name, to } = change;
      if (to && !thingAt(data, to)) missing(to);
      setThing(data, name, null);
      repoint(data, name, to);
      return;
    }
    case 'exchange': {
      const { a, b } = change;
      if (!isRelation(a) && !isRelation(b)) return exchangeSchemas(data, a, b);
      if (!isRelation(a) || !isRelation(b)) throw refused('a relation and a schema do not change places');
      const [first, second] = [thingAt(data, a), thingAt(data, b)];
      if (!first || !second) throw new WarehouseError('missing', `${displayName(first ? b : a)} is not there`);
      setThing(data, a, second);
      setThing(data, b, first);
      return;
    }
    case 'move': {
      const { from, to } = change;
      if (!isRelation(from) && !isRelation(to)) return moveSchema(data, from, to);
      if (!isRelation(from) || !isRelation(to)) throw refused('a relation does not become a schema');
      if (thingAt(data, to)) throw refused(`${displayName(to)} is there already`);
      const thing = thingAt(data, from) ?? missing(from);
      setThing(data, from, null);
      setThing(data, to, thing);
      return;
    }
    case 'define':
      if (mannerOf(data).viewsBind === 'object') throw refused('views here are bound to objects and move with them');
      putThing(data, change.view, viewSaying(change.sql, change.view.identifier));
  }
}

/** What lies in a schema goes with it. */
function exchangeSchemas(data: Data, a: Container, b: Container): void {
  const [first, second] = [idOf(data, a), idOf(data, b)];
  const moved = [
    ...thingsIn(data, a).map(({ at, thing }) => ({ from: at, to: inContainer(at, b), thing })),
    ...thingsIn(data, b).map(({ at, thing }) => ({ from: at, to: inContainer(at, a), thing })),
  ];
  for (const { from } of moved) setThing(data, from, null);
  for (const { to, thing } of moved) setThing(data, to, thing);
  data.schemas.set(nameKey(a), second);
  data.schemas.set(nameKey(b), first);
}

function moveSchema(data: Data, from: Container, to: Container): void {
  if (stateOf(data, to).is !== 'absent') throw refused(`${displayName(to)} is there already`);
  const id = idOf(data, from);
  for (const { at, thing } of thingsIn(data, from)) {
    setThing(data, at, null);
    setThing(data, inContainer(at, to), thing);
  }
  data.schemas.delete(nameKey(from));
  data.schemas.set(nameKey(to), id);
  // What it was kept for is not in it any more.
  data.kept.delete(nameKey(from));
}

function idOf(data: Data, container: Container): ObjectId {
  const state = stateOf(data, container);
  if (state.is !== 'object') throw new WarehouseError('missing', `${displayName(container)} is not there`);
  return state.id;
}

const refused = (message: string): WarehouseError => new WarehouseError('refused', message);

const missing = (relation: Relation): never => {
  throw new WarehouseError('missing', `${displayName(relation)} is not there`);
};

/** Written with the last change: what is live, and whose content rests where. */
export function applyMark(data: Data, { mark, kept, changes }: CutoverPlan): void {
  const left = data.mark;
  data.mark = mark;
  if (isPlaced(data.mode)) {
    const to = changes.map((change) => (change.do === 'repoint' ? change.to : null)).find((one) => one !== null);
    if (to) data.turns = [...data.turns.filter((location) => location !== to.location), to.location];
    const live = fileAt(data, servedBy(data)?.location ?? data.live.location);
    if (live) live.was = { release: mark.content, sha: mark.sha };
    return;
  }
  for (const container of kept)
    if (left && !contains(container, { ...liveName(data), identifier: '' }))
      data.kept.set(nameKey(container), { container, release: left.content, sha: left.sha });
}

const liveName = ({ live }: Data): Omit<Relation, 'identifier'> => ({ ...live, schema: live.schema ?? '' });
