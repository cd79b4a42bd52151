import { type Fill, filled, namesIn } from '../../domain/change.ts';
import { containersOf, displayName, isRelation, type Relation, sameName } from '../../domain/relation.ts';
import { type FillOptions, WarehouseError } from '../port.ts';
import { readCarried } from './carried.ts';
import { setGuards } from './carry-guards.ts';
import { type BigqueryCatalog, behindIt, readCatalog, stateOf } from './catalog.ts';
import type { Context } from './context.ts';
import { assertFence, beginFill } from './control.ts';
import { type Copying, copyPast, copyThing, makeAlike, putView } from './copy.ts';
import { refused } from './errors.ts';
import { copySlot, emptySlot, isSlotCopy } from './fill-slot.ts';
import { type Filling, guardsIn, textIn } from './filling.ts';
import { meansOf, type Records } from './means.ts';
import { tableId } from './places.ts';
import { protect } from './protect.ts';
import { guardsOf, isGuarded } from './protection.ts';
import { isInUse } from './ring.ts';
import { deleteThing, isRoutine } from './routines.ts';

export interface Entering extends Pick<Filling, 'adopting'> {
  /** Slots that may be written to though readers have something of them, as the caller knows that it is nothing of this. */
  readonly entered?: readonly string[];
}

/** One after the other; each replaces what is there. */
export async function fill(
  ctx: Context,
  fills: readonly Fill[],
  o: FillOptions,
  { entered = [], adopting }: Entering = {},
): Promise<void> {
  const filling: Filling = {
    ctx,
    fence: o.fence,
    signal: o.signal,
    assert: assertingFence(ctx, o),
    ...(adopting ? { adopting } : {}),
  };
  const begun = new Set(entered);
  let catalog: Promise<BigqueryCatalog> | null = null;
  let records: Promise<Records> | null = null;
  const work: Work = {
    filling,
    there: () =>
      (catalog ??= readCatalog(ctx, containersOf(fills.flatMap(namesIn)), {
        bare: !fills.some(({ do: what }) => what === 'protect'),
      })),
    records: () => (records ??= readCarried(ctx)),
    changed: () => {
      catalog = null;
      records = null;
    },
  };
  for (const [n, one] of fills.entries()) {
    o.signal.throwIfAborted();
    await filling.assert();
    const slot = filled(one).location;
    if (one.do === 'protect') await assertBehind(filling, slot);
    else if (!begun.has(slot)) {
      await beginFill(ctx, slot, o.fence);
      begun.add(slot);
    }
    await fillOne(work, one);
    o.done?.(n + 1);
  }
}

interface Work {
  readonly filling: Filling;
  /** What there is in every place that the fills name, read when it is first asked for. */
  readonly there: () => Promise<BigqueryCatalog>;
  /** What was carried from where, read when it is first asked for. */
  readonly records: () => Promise<Records>;
  /** All is read again when it is asked for next. */
  readonly changed: () => void;
}

/** How long a fill goes on without asking whether somebody claimed a higher number, ms: readers do not see what it does. */
const FENCE_MS = 1000;

function assertingFence(ctx: Context, { fence, signal }: FillOptions): () => Promise<void> {
  let asked = Number.NEGATIVE_INFINITY;
  return async () => {
    signal.throwIfAborted();
    if (performance.now() - asked < FENCE_MS) return;
    await assertFence(ctx, fence);
    asked = performance.now();
  };
}

/** Rights are also given to what rests and is to come back; never to what readers have. */
async function assertBehind({ ctx, fence }: Filling, slot: string): Promise<void> {
  const ring = await assertFence(ctx, fence);
  if (!ctx.places.slots.includes(slot) || isInUse(ring, slot))
    throw refused(`${slot} is no slot that readers do not have`, { slot });
}

async function fillOne({ filling, there, records, changed }: Work, one: Fill): Promise<void> {
  switch (one.do) {
    case 'create':
      changed();
      return emptySlot(filling, one.container, one.like ?? null);
    case 'drop':
      if (!isRelation(one.what)) {
        changed();
        return emptySlot(filling, one.what, null);
      }
      return drop(filling, await there(), one.what);
    case 'copy':
      if (isSlotCopy(one)) {
        changed();
        return copySlot(filling, one);
      }
      return copyRelation(filling, { catalog: await there(), records: await records() }, one);
    case 'define': {
      await drop(filling, await there(), one.view);
      const { view, sql, beside } = one;
      const text = beside ? textIn(filling, sql, { ...view, location: beside.location }, view.location) : sql;
      await putView(filling, tableId(filling.ctx.places, view), text);
      return;
    }
    case 'protect':
      return protect(filling, one, await there());
    case 'bind':
      throw refused('a slot keeps its name: what lies in it is not bound to another');
    case 'refer':
      // Keys come with the copy, and are not enforced ("Use primary and foreign keys").
      return;
  }
}

/** A function and a table may have the same name. */
async function drop(filling: Filling, { relations }: BigqueryCatalog, relation: Relation): Promise<void> {
  for (const found of relations.filter((one) => sameName(one.relation, relation))) await deleteThing(filling, found);
}

async function copyRelation(
  filling: Filling,
  { catalog, records }: { readonly catalog: BigqueryCatalog; readonly records: Records },
  { from, to, id, at, revoked = [] }: Extract<Fill, { do: 'copy' }>,
): Promise<void> {
  const { ctx } = filling;
  if (!isRelation(from) || !isRelation(to)) throw refused('a side is not copied to a relation');
  const found = catalog.find(from);
  const target = catalog.relations.find(
    (one) => sameName(one.relation, to) && isRoutine(one.kind) === (found !== null && isRoutine(found.kind)),
  );
  const copying = { to: tableId(ctx.places, to), location: to.location, target: target ?? null };
  const source = found && behindIt(found);
  // A time is one of its name: whatever has it by now.
  if (at !== undefined) {
    const past = source?.id ?? tableId(ctx.places, from);
    await copyPast(filling, { ...copying, from: past, at, isThere: source !== null });
    if (source !== null) await guardCopy(filling, { ...copying, source }, revoked);
    return;
  }
  if (!found || !source)
    throw new WarehouseError('missing', `there is no ${displayName(from)}`, { relation: displayName(from) });
  const state = stateOf(found);
  if (id !== null && state.is === 'object' && state.id !== id)
    throw new WarehouseError('drifted', `${displayName(from)} is not the relation any more that was to be copied`, {
      relations: [displayName(from)],
      expected: id,
    });
  const whole = { ...copying, source };
  const facts = { records, known: catalog.relations.map(behindIt) };
  const means = await copyThing(filling, whole, meansOf(source, target ?? null, facts));
  if ((means === 'clone' || means === 'copy') && (await makeAlike(filling, whole, false)))
    await makeAlike(filling, whole, true);
  await guardCopy(filling, whole, revoked);
}

async function guardCopy(
  filling: Filling,
  { source, to, location }: Copying,
  revoked: NonNullable<Extract<Fill, { do: 'copy' }>['revoked']>,
): Promise<void> {
  const { ctx, signal } = filling;
  if (!isGuarded(source)) return;
  const guards = guardsIn(filling, await guardsOf(ctx, source), source, location);
  await setGuards(ctx, { id: to, kind: source.kind }, guards, { revoked, restored: [], onlyThese: true, signal });
}
