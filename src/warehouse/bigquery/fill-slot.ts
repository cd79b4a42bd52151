import pMap from 'p-map';
import type { Fill } from '../../domain/change.ts';
import { type Container, contains, inContainer, isRelation, nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { readCarried } from './carried.ts';
import { guardsHash, setGuards } from './carry-guards.ts';
import { type BigqueryCatalog, readCatalog } from './catalog.ts';
import { IN_FLIGHT } from './context.ts';
import { beginFill } from './control.ts';
import { copyThing, type Item, makeAlike } from './copy.ts';
import { type Filling, guardsIn } from './filling.ts';
import type { Found } from './found.ts';
import { type Facts, type Means, meansOf, printOf } from './means.ts';
import { inOrder, refuseReading } from './order.ts';
import { sideOf, tableId } from './places.ts';
import { isPointer } from './pointers.ts';
import { guardsOf, isGuarded } from './protection.ts';
import { recordCarried } from './recording.ts';
import { isRoutine } from './routines.ts';
import { deleteAll, ensureSlot } from './slots.ts';

export type SlotCopy = Extract<Fill, { do: 'copy' }> & { readonly from: Container; readonly to: Container };

export const isSlotCopy = (fill: Fill): fill is SlotCopy =>
  fill.do === 'copy' && !isRelation(fill.from) && !isRelation(fill.to);

/**
 * Afterwards the slot has what the other side has, and nothing else. Of live that is what readers' views lead to, with the
 * functions of the slot behind them. Throws `refused` for a slot that readers have, or that is kept.
 */
export async function copySlot(filling: Filling, { from, to, id, without = [], spared = [] }: SlotCopy): Promise<void> {
  const { ctx, fence } = filling;
  const { live } = await beginFill(ctx, to.location, fence);
  const behind = sideOf(ctx.places, from.location) === 'live' && live !== null ? live : from.location;
  const slot = { ...from, location: behind };
  const [catalog, records] = await Promise.all([readCatalog(ctx, [from, slot, to], { bare: true }), readCarried(ctx)]);
  assertSame(catalog, from, id);
  const facts = { records, known: catalog.relations.filter((one) => !isPointer(one)) };
  const inSlot = (relation: Relation): Relation => inContainer(relation, { ...to, schema: null });
  const [absent, stays] = [without.map(inSlot), new Set(spared.map((relation) => nameKey(inSlot(relation))))];
  const left = new Set([...absent.map(nameKey), ...stays]);
  const items = itemsOf(filling, catalog, { from, slot, to }, facts).filter(
    ({ relation }) => !left.has(nameKey(relation)),
  );
  refuseReading(items, absent);
  const wanted = new Set(items.map(({ relation }) => nameKey(relation)));
  const there = catalog.relations.filter(({ relation }) => contains(to, relation));
  await ensureSlot(filling, to.location, schemasOf([...items, ...without.map((relation) => ({ relation }))]), there);
  await deleteAll(
    filling,
    there.filter(({ relation }) => !wanted.has(nameKey(relation)) && !stays.has(nameKey(relation))),
  );
  const taken = await copyAll(filling, items);
  const done = items.map((item) => ({ ...item, means: taken.get(item) ?? item.means }));
  await recordCarried(filling, { items: done, guards: await guardAll(filling, done, facts), facts });
}

const schemasOf = (all: readonly { readonly relation: Relation }[]): readonly string[] => [
  ...new Set(all.map(({ relation }) => relation.schema)),
];

/** Before the first release readers have no slot: there is nothing to copy then. */
function assertSame(catalog: BigqueryCatalog, from: Container, id: string | null): void {
  const state = catalog.state(from);
  const now = state.is === 'object' ? state.id : null;
  if (id !== null && now !== id)
    throw new WarehouseError('drifted', `${from.location} is not the side any more that was to be copied`, {
      expected: id,
    });
}

interface Sides {
  readonly from: Container;
  /** The slot that what is copied lies in; in the middle of a cutover one of them. */
  readonly slot: Container;
  readonly to: Container;
}

function itemsOf(filling: Filling, catalog: BigqueryCatalog, sides: Sides, facts: Facts): readonly Item[] {
  const { places } = filling.ctx;
  const { from, slot, to } = sides;
  const isLive = from.location !== slot.location;
  const things = catalog.relations.flatMap((one): readonly Found[] => {
    if (isPointer(one)) return contains(from, one.relation) ? [one.to] : [];
    return contains(slot, one.relation) && (!isLive || isRoutine(one.kind)) ? [one] : [];
  });
  const there = { ...to, schema: null };
  const items = things.map((source): Item => {
    const relation = inContainer(source.relation, there);
    const target = catalog.relations.find(
      (one) => nameKey(one.relation) === nameKey(relation) && isRoutine(one.kind) === isRoutine(source.kind),
    );
    const read = catalog.readsOf(source.relation);
    return {
      source,
      relation,
      to: tableId(places, relation),
      location: to.location,
      target: target ?? null,
      means: meansOf(source, target ?? null, facts),
      reads: (read === 'unreadable' ? [] : read)
        .filter(({ location }) => location === source.relation.location)
        .map((one) => inContainer(one, there)),
    };
  });
  return items.map((item) => (hasNewBase(item, items) ? { ...item, means: 'make' } : item));
}

/** A materialized view is of the tables that it was made of, not of their names ("Introduction to materialized views"). */
const hasNewBase = ({ source, reads }: Item, items: readonly Item[]): boolean =>
  source.kind === 'materialized view' &&
  items.some(({ relation, means }) => means !== 'nothing' && reads.some((read) => nameKey(read) === nameKey(relation)));

/** Tables at once, and then what reads them, after what it reads itself. Gives the way that each took. */
async function copyAll(filling: Filling, items: readonly Item[]): Promise<ReadonlyMap<Item, Means>> {
  const taken = new Map<Item, Means>();
  const each = async (some: readonly Item[], act: (item: Item) => Promise<unknown>): Promise<void> => {
    await filling.assert();
    await pMap(some, act, { concurrency: IN_FLIGHT, signal: filling.signal });
  };
  const copyOne = async (item: Item) => taken.set(item, await copyThing(filling, item, item.means));
  const isTable = ({ source: { kind } }: Item): boolean => !kind.endsWith('view') && !isRoutine(kind);
  const todo = items.filter(({ means }) => means !== 'nothing');
  await each(todo.filter(isTable), copyOne);
  const tables = todo.filter((item) => ['clone', 'copy'].includes(item.means));
  const referring: Item[] = [];
  await each(tables, async (item) => (await makeAlike(filling, item, false)) && referring.push(item));
  await each(referring, (item) => makeAlike(filling, item, true));
  for (const group of inOrder(todo.filter((item) => !isTable(item)))) await each(group, copyOne);
  return taken;
}

/** Each has the rights that what it was copied from has now; gives what these are. */
async function guardAll(
  filling: Filling,
  items: readonly Item[],
  { records }: Facts,
): Promise<ReadonlyMap<Item, string>> {
  const { ctx, signal } = filling;
  await filling.assert();
  const pairs = await pMap(
    items.filter(({ source }) => isGuarded(source)),
    async (item) => {
      const guards = await guardsOf(ctx, item.source);
      const now = guardsHash(guards);
      const known = item.means === 'nothing' && item.target !== null && records.get(printOf(item.target));
      if (!known || known.guards !== now)
        await setGuards(
          ctx,
          { id: item.to, kind: item.source.kind },
          guardsIn(filling, guards, item.source, item.location),
          { restored: [], onlyThese: true, signal },
        );
      return [item, now] as const;
    },
    { concurrency: IN_FLIGHT, signal },
  );
  return new Map(pairs);
}

/** All datasets of a slot, without anything in them. */
export async function emptySlot(filling: Filling, to: Container, like: Container | null): Promise<void> {
  const { ctx, fence } = filling;
  await beginFill(ctx, to.location, fence);
  const { relations } = await readCatalog(ctx, [to], { bare: true });
  await ensureSlot(
    filling,
    to.location,
    like?.schema ? [like.schema] : to.schema === null ? [] : [to.schema],
    relations,
  );
  await deleteAll(filling, relations);
}
