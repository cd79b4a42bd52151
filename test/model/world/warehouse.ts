import { type Change, sameState } from '../../../src/domain/change.ts';
import type { CutoverPlan, Seal } from '../../../src/domain/cutover.ts';
import { fence as asFence, type Fence } from '../../../src/domain/ids.ts';
import { type Container, displayName } from '../../../src/domain/relation.ts';
import { neverMixed, type Traits, type Warehouse, WarehouseError } from '../../../src/warehouse/port.ts';
import { catalogOf } from './catalog.ts';
import { tokenOf } from './content.ts';
import { apply, applyMark, assertGuard, type Guard, isDone, isUnchanged, lookAt, todoOf } from './cutting.ts';
import { type Data, quote, stateOf, turnOf } from './data.ts';
import type { Effects, PortErrors } from './effects.ts';
import { explain, fillOne } from './fill.ts';
import { isPlaced, mannerOf } from './modes.ts';
import { ask } from './query.ts';
import { adopt, discard, keptSides, removeSides, reopen, sealedSides } from './sides.ts';

const traitsOf = (data: Data): Traits => ({
  ...mannerOf(data),
  carry: isPlaced(data.mode) ? ['copy'] : ['ctas'],
  timeTravelMs: 0,
  drift: 'exact',
  writesBesideReaders: data.mode !== 'file',
});

const errors: PortErrors = {
  down: () => new WarehouseError('down', 'the warehouse cannot be reached'),
  unknown: () => new WarehouseError('unknown', 'the answer of the warehouse got lost'),
};

export interface WarehouseOptions {
  /** `store-only`: the protocol broken on purpose, to see that it is noticed. */
  readonly fence: 'checked' | 'store-only';
}

/** A controller's way to the world's warehouse. */
export function warehouseOf(data: Data, effects: Effects, o: WarehouseOptions): Warehouse {
  const { read } = effects;
  const effect = <T>(name: string, act: () => T): Promise<T> =>
    effects.effect(`warehouse.${name}`, async () => act(), errors);

  const assertFence = (mine: Fence): void => {
    if (o.fence === 'store-only' || data.claimed === mine) return;
    throw new WarehouseError('fenced', `fence ${mine} does not stand; ${data.claimed} is claimed`, {
      fence: mine,
      claimed: data.claimed,
    });
  };
  const sealOf = (sides: readonly Container[], release: Seal['release'], fence: Fence): Seal => ({
    release,
    fence,
    sides,
    fingerprints: lookAt(data, sides).fingerprints,
    token: tokenOf(data, sides),
  });

  // By what was read last, as a controller knows it.
  let turn = turnOf(data);

  return {
    traits: traitsOf(data),
    examine: () => read(async () => []),
    ...(data.slots.length > 1 ? { building: () => turn } : {}),
    standing: () =>
      read(async () => {
        turn = turnOf(data);
        return { mark: data.mark, claimed: asFence(data.claimed) };
      }),
    claim: (mine) =>
      effect(`claim`, () => {
        if (mine <= data.claimed && o.fence === 'checked')
          throw new WarehouseError('fenced', `fence ${mine} is not above ${data.claimed}`);
        data.claimed = Math.max(mine, data.claimed);
        turn = turnOf(data);
        return data.mark;
      }),
    catalog: (scope) => read(async () => catalogOf(data, scope)),
    look: (scope, relations) => read(async () => lookAt(data, scope, relations)),
    // Fingerprints are of what is in each relation.
    countWrites: async () => {},
    sizes: (relations) =>
      read(async () =>
        relations.flatMap((at) =>
          lookAt(data, [], [at]).fingerprints[0]?.[1] !== 'absent' ? [[at, 100] as const] : [],
        ),
      ),
    unchanged: (scope, look) => read(async () => isUnchanged(data, scope, look)),
    async fill(fills, { fence, signal, done }) {
      for (const [i, fill] of fills.entries()) {
        signal.throwIfAborted();
        await effect(`fill ${explain(fill)}`, () => {
          assertFence(fence);
          fillOne(data, fill);
        });
        done?.(i + 1);
      }
    },
    stop: () => read(async () => 0),
    readerAccess: () => read(async () => []),
    seal: (release, idle, fence) =>
      effect(`seal ${release}`, () => {
        assertFence(fence);
        return sealOf(sealedSides(data, release, idle), release, fence);
      }),
    adopt: (release, live, fence) =>
      effect(`adopt ${release}`, () => {
        assertFence(fence);
        return sealOf(adopt(data, release, live), release, fence);
      }),
    reopen: (seal, idle) => effect(`reopen ${seal.release}`, () => reopen(data, seal, idle)),
    discard: (sides) => effect(`discard ${sides.map(displayName).join(', ')}`, () => discard(data, sides)),
    cutover: async (plan, guard, done) => {
      if (await read(async () => isDone(data, plan))) return neverMixed;
      if (mannerOf(data).cutover === 'each') {
        await oneByOne(data, plan, guard, { effect, assertFence: () => assertFence(guard.fence), done });
        turn = turnOf(data);
        return { windowMs: null };
      }
      await effect(`cutover ${plan.release}`, () => atOnce(data, plan, guard, () => assertFence(guard.fence)));
      done?.(plan.changes.length);
      return neverMixed;
    },
    kept: () => read(async () => keptSides(data)),
    remove: (sides) =>
      effect(`remove ${sides.map(({ release }) => release).join(', ')}`, () => removeSides(data, sides)),
    describe: async () => {
      throw new WarehouseError('refused', 'the model has no columns');
    },
    query: (sql, { in: container, signal }) =>
      read(async () => {
        signal.throwIfAborted();
        return ask(data, container, sql);
      }),
    quote,
    explain: (step) =>
      step.do === 'point' || step.do === 'repoint' || step.do === 'exchange' || step.do === 'move'
        ? step.do
        : explain(step),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** One transaction: all of it, with the mark, or nothing. */
function atOnce(data: Data, plan: CutoverPlan, guard: Guard, assertFence: () => void): void {
  assertFence();
  assertGuard(data, plan, guard);
  const undo = new Map([...data.files].map(([location, file]) => [location, new Map(file.things)] as const));
  try {
    for (const change of todoOf(data, plan)) apply(data, change);
  } catch (error) {
    for (const [location, things] of undo) restore(data, location, things);
    throw error;
  }
  applyMark(data, plan);
  data.underWay = false;
  data.shown = plan.mark.sha;
  data.visible(`cutover ${plan.release}`, guard.fence);
}

function restore(data: Data, location: string, things: ReadonlyMap<string, unknown>): void {
  const file = data.files.get(location);
  for (const key of file?.things.keys() ?? []) if (!things.has(key)) file?.things.delete(key);
  // The map was copied from this very file a moment ago.
  for (const [key, value] of things as NonNullable<typeof file>['things']) file?.things.set(key, value);
}

interface Steps {
  readonly effect: <T>(name: string, act: () => T) => Promise<T>;
  readonly assertFence: () => void;
  readonly done: ((n: number) => void) | undefined;
}

/** A view is only changed where it is what was read before: the server compares. */
function assertOurs(data: Data, change: Change, began: boolean): void {
  if (data.mode !== 'views-each') return;
  if (change.before.every(([name, state]) => sameState(state, stateOf(data, name)))) return;
  throw new WarehouseError(began ? 'unknown' : 'drifted', 'somebody else changed it', { relations: [], keys: [] });
}

/**
 * One request to the server: the guard first, then change after change, the mark last. Who claims meanwhile drains it:
 * what is left of it is not done.
 */
async function oneByOne(
  data: Data,
  plan: CutoverPlan,
  guard: Guard,
  { effect, assertFence, done }: Steps,
): Promise<void> {
  // Where views are repointed, several are on their way at once, and any may be the first.
  const todo = data.mode === 'views-each' ? todoOf(data, plan).toReversed() : todoOf(data, plan);
  const visible = new Set(plan.changes.slice(0, plan.visible));
  const left = new Set(todo.filter((change) => visible.has(change)));
  let began = false;
  const fenced = (): void => {
    try {
      assertFence();
    } catch (error) {
      // Something of it was done: how much, only a look can tell.
      if (began) throw new WarehouseError('unknown', 'the request was ended by who claimed', {}, { cause: error });
      throw error;
    }
  };
  for (const [i, change] of todo.entries()) {
    await effect(`cutover ${plan.release} ${i + 1} of ${todo.length}: ${change.do}`, () => {
      fenced();
      if (!began) assertGuard(data, plan, guard);
      assertOurs(data, change, began);
      apply(data, change);
      began = true;
      left.delete(change);
      data.underWay = left.size > 0;
      if (left.size === 0) data.shown = plan.mark.sha;
      data.visible(`cutover ${plan.release}: ${change.do}`, guard.fence);
    });
    done?.(i + 1);
  }
  await effect(`cutover ${plan.release}: mark`, () => {
    fenced();
    applyMark(data, plan);
    data.underWay = false;
    data.shown = plan.mark.sha;
    data.visible(`mark ${plan.release}`, guard.fence);
  });
}
