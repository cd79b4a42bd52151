import { randomUUID } from 'node:crypto';
import pMap from 'p-map';
import { sameState } from '../../domain/change.ts';
import { type CutoverPlan, isMarked, type LiveLook, type Seal } from '../../domain/cutover.ts';
import type { Fence } from '../../domain/ids.ts';
import { observe } from '../../domain/observe.ts';
import { type Container, containersOf, nameKey, type Relation } from '../../domain/relation.ts';
import { changed } from '../changed.ts';
import { type Catalog, type CatalogOptions, neverMixed, type Shown, WarehouseError } from '../port.ts';
import { readAdopted } from './adopted.ts';
import { completeView } from './complete.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { assertClaimed, changeRing, readRing } from './control.ts';
import { announceJobs, forgetJobs } from './cutting.ts';
import { letIn } from './gone.ts';
import { tableId } from './places.ts';
import { bringsBack, doesOf, doing, fenceOf, looksOf, type Repoint, repointsOf, slotOf } from './pointing.ts';
import { type Cutting, type Prepared, repoint, viewJob } from './repoint.ts';
import { begun, ended, type Ring, unbegun } from './ring.ts';
import { getTable } from './tables.ts';
import { type Timed, timedCutover } from './window.ts';

export interface Guard {
  readonly fence: Fence;
  readonly seal: Seal | null;
  readonly live: LiveLook | null;
}

/** How a cutover looks at what is there. */
export interface Eyes {
  catalog(scope: readonly Container[], o: CatalogOptions): Promise<Catalog>;
  look(scope: readonly Container[], relations?: readonly Relation[]): Promise<LiveLook>;
}

/**
 * View by view, as the engine changes one at a time: those that differ for readers at once, then the rest. Each only where it
 * still has the etag that was read before the first was changed.
 */
export async function cutOver(
  ctx: Context,
  eyes: Eyes,
  plan: CutoverPlan,
  guard: Guard,
  done?: (n: number) => void,
): Promise<Shown> {
  const repoints = repointsOf(ctx.places, plan);
  const to = slotOf(ctx.places, repoints);
  const ring = assertClaimed(await readRing(ctx), guard.fence);
  const prepared = await prepare(ctx, repoints, plan.visible, guard.fence);
  const undone = new Set(
    prepared.filter((one) => doing(ctx.places, one, one.found) !== 'nothing').map(({ change }) => change),
  );
  if (undone.size === 0 && isMarked(ring.mark, plan.mark)) return neverMixed;
  await assertAsPlanned(eyes, repoints, guard, undone);
  const cutting: Cutting = { plan, fence: guard.fence, nonce: randomUUID() };
  await lettingIn(ctx, prepared.slice(0, plan.visible), undone);
  await announceJobs(
    ctx,
    cutting,
    prepared
      .filter((one) => ['create', 'drop', 'replace', 'restore'].includes(doing(ctx.places, one, one.found)))
      .map(({ change }) => viewJob(ctx, cutting, change)),
  );
  await changeRing(ctx, (now) => begun(assertClaimed(now, guard.fence), guard.fence, to));
  await complete(ctx, prepared.slice(0, plan.visible), undone);
  const timed = timedCutover(prepared.slice(0, plan.visible).some(({ change }) => !undone.has(change)));
  await apply(ctx, cutting, { prepared, timed, ...(done ? { done } : {}) });
  await finish(ctx, plan, guard.fence, to);
  return { windowMs: timed.windowMs() };
}

/** Everything that can be read before: nothing is, while some views are changed and some are not. */
function prepare(ctx: Context, repoints: readonly Repoint[], visible: number, fence: Fence): Promise<Prepared[]> {
  let known: ReturnType<typeof readAdopted> | null = null;
  return pMap(
    repoints.entries(),
    async ([n, change]): Promise<Prepared> => {
      const view = tableId(ctx.places, change.name);
      const found = await getTable(ctx.client, view);
      if (found !== null && fenceOf(found) > fence) assertClaimed(await readRing(ctx), fence);
      const isOdd = bringsBack(change) || doesOf(ctx.places, change, found) === 'foreign';
      const adopted = isOdd ? (await (known ??= readAdopted(ctx)))(view) : null;
      if (doing(ctx.places, { change, adopted }, found) === 'foreign') throw changed([change.name]);
      // The rest tells what it told before.
      const looks = n < visible && found !== null ? await looksOfBoth(ctx, change) : null;
      return { change, view, found, adopted, looks };
    },
    { concurrency: IN_FLIGHT },
  );
}

async function looksOfBoth(ctx: Context, { to, was }: Repoint): Promise<Prepared['looks']> {
  if (to === null) return null;
  const [newer, older] = await Promise.all([
    getTable(ctx.client, tableId(ctx.places, to)),
    was === null ? null : getTable(ctx.client, tableId(ctx.places, was)),
  ]);
  if (newer === null) throw changed([to]);
  return { to: looksOf(newer), was: older === null ? null : looksOf(older) };
}

/** Throws `drifted`: what is live, or what was sealed, is not what the plan was made from. */
async function assertAsPlanned(
  eyes: Eyes,
  repoints: readonly Repoint[],
  guard: Guard,
  undone: ReadonlySet<Repoint>,
): Promise<void> {
  const names = repoints.flatMap(({ before, after }) => [...before, ...after].map(([name]) => name));
  const targets = [...undone].flatMap(({ to, was }) => [to, was].flatMap((one) => one ?? []));
  const catalog = await eyes.catalog(containersOf([...names, ...targets]), { bare: true });
  const { foreign } = observe(repoints, (name) => catalog.state(name));
  if (foreign.length > 0) throw changed(foreign);
  const gone = [...undone].flatMap(({ name, to, after }) => {
    const claim = after.find(([of]) => nameKey(of) === nameKey(name));
    return to === null || claim === undefined || sameState(claim[1], catalog.state(to)) ? [] : [to];
  });
  if (gone.length > 0) throw changed(gone);
  const isDone = new Set(repoints.filter((change) => !undone.has(change)).map(({ name }) => nameKey(name)));
  await assertSame(eyes, guard.seal?.fingerprints ?? [], { seal: true });
  const live = (guard.live?.fingerprints ?? []).filter(([relation]) => !isDone.has(nameKey(relation)));
  await assertSame(eyes, live, {});
}

async function assertSame(
  eyes: Eyes,
  before: LiveLook['fingerprints'],
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (before.length === 0) return;
  const relations = before.map(([relation]) => relation);
  const { fingerprints } = await eyes.look(containersOf(relations), relations);
  const is = new Map(fingerprints.map(([relation, print]) => [nameKey(relation), print]));
  const moved = before.filter(([relation, print]) => is.get(nameKey(relation)) !== print).map(([relation]) => relation);
  if (moved.length > 0) throw changed(moved, detail);
}

/** Before anybody sees it: who may use a changed relation may use the view that will show it. */
const lettingIn = (ctx: Context, prepared: readonly Prepared[], undone: ReadonlySet<Repoint>): Promise<unknown> =>
  pMap(
    prepared,
    async ({ change, view, found }) => {
      if (change.to === null || found === null || !undone.has(change)) return;
      await letIn(ctx, view, { relation: tableId(ctx.places, change.to) });
    },
    { concurrency: IN_FLIGHT },
  );

/** Of what was done before: whoever did it may have been stopped before it was all done. */
const complete = (ctx: Context, prepared: readonly Prepared[], undone: ReadonlySet<Repoint>): Promise<unknown> =>
  pMap(
    prepared,
    async ({ change, view }) => {
      if (change.to !== null && !undone.has(change)) await completeView(ctx, view, tableId(ctx.places, change.to));
    },
    { concurrency: IN_FLIGHT },
  );

interface Applying {
  readonly prepared: readonly Prepared[];
  readonly timed: Timed;
  readonly done?: (n: number) => void;
}

/** The visible ones first, all of them before the rest; after a failure nothing more is sent. */
async function apply(ctx: Context, cutting: Cutting, { prepared, timed, done }: Applying): Promise<void> {
  const { visible } = cutting.plan;
  let n = 0;
  for (const [part, isVisible] of [
    [prepared.slice(0, visible), true],
    [prepared.slice(visible), false],
  ] as const) {
    const failures: unknown[] = [];
    await pMap(
      part,
      async (one) => {
        if (failures.length > 0) return;
        try {
          const work = () => repoint(ctx, cutting, one);
          // What is new is missing in nothing that was live.
          const isTimed = isVisible && one.change.was !== null;
          if (await (isTimed ? timed.visible(work) : work())) timed.changed();
          done?.(++n);
        } catch (error) {
          failures.push(error);
        }
      },
      { concurrency: IN_FLIGHT },
    );
    if (failures.length > 0) await stopped(ctx, cutting, timed, failures);
  }
}

/** Nothing was changed: it did not begin. A part was: nobody but an observer knows which. */
async function stopped(ctx: Context, { fence }: Cutting, timed: Timed, failures: readonly unknown[]): Promise<never> {
  const error = failures.find((one) => one instanceof WarehouseError && one.is === 'fenced') ?? failures[0];
  if (!(error instanceof WarehouseError) || error.is === 'fenced' || error.is === 'unknown') throw error;
  if (timed.anything() || failures.some((one) => one instanceof WarehouseError && one.is === 'unknown'))
    throw new WarehouseError('unknown', error.message, error.detail, { cause: error });
  await changeRing(ctx, (now) => unbegun(assertClaimed(now, fence)));
  await forgetJobs(ctx, fence);
  throw error;
}

/** The mark is the last of it. */
async function finish(ctx: Context, { mark }: CutoverPlan, fence: Fence, to: string | null): Promise<void> {
  try {
    await changeRing(ctx, (ring: Ring) => ended(assertClaimed(ring, fence), { ...mark, fence }, to));
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.is === 'fenced') throw error;
    throw new WarehouseError('unknown', error.message, error.detail, { cause: error });
  }
  // It is live: what only the next claim would have read may stay until then.
  await forgetJobs(ctx, fence).catch(() => {});
}
