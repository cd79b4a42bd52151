import type { Output } from '../../config/port.ts';
import type { Container } from '../../domain/relation.ts';
import type { Traits, Warehouse } from '../port.ts';
import { adopt } from './adopt.ts';
import { removeSetAside, setAside } from './aside.ts';
import { readCatalog } from './catalog.ts';
import { claim, standing } from './claim.ts';
import type { Wait } from './client.ts';
import { contextOf } from './connect.ts';
import type { Patience } from './context.ts';
import { cost } from './cost.ts';
import { cutOver, type Eyes } from './cutover.ts';
import { qualified } from './dialect.ts';
import { elsewhere } from './elsewhere.ts';
import { speaking } from './errors.ts';
import { examine } from './examine.ts';
import { explain } from './explain.ts';
import { fill } from './fill.ts';
import { follow } from './follow.ts';
import { kept, remove } from './kept.ts';
import { look, unchanged } from './look.ts';
import { past } from './past.ts';
import { tableId } from './places.ts';
import { describe, estimate, query } from './query.ts';
import { readerAccess } from './reader-access.ts';
import { buildingSlot, emptyRing } from './ring.ts';
import { discard, seal } from './seal.ts';
import { sizes } from './sizes.ts';
import { stop } from './stop.ts';

export type { Wait };

export interface BigqueryOptions {
  /** The rendered target of profiles.yml, with secrets. */
  readonly output: Output;
  /** What readers use: as the target has it. */
  readonly live: readonly Container[];
  /** Of all slots, in the order in which they take turns. */
  readonly slots: readonly (readonly Container[])[];
  /** Gets every pause that the server asked for. */
  readonly waits?: (wait: Wait) => void;
  readonly patience?: Partial<Patience>;
}

const traits: Traits = {
  cutover: 'each',
  viewsBind: 'name',
  exchange: 'view',
  carry: ['clone', 'copy'],
  // What a dataset keeps when it says nothing else (documentation, "Data retention with time travel and fail-safe").
  timeTravelMs: 7 * 24 * 3_600_000,
  drift: 'exact',
  writesBesideReaders: true,
};

/**
 * Readers use views, each of which points to what one of several datasets holds; the cutover points them to another. Connects
 * when first asked. Throws PROFILE_INVALID.
 */
export function connectBigquery({ output, slots, waits, patience = {} }: BigqueryOptions): Warehouse {
  const ring = slots.flatMap(([first]) => (first ? [first.location] : []));
  const ctx = contextOf({ output, slots: ring, waits, patience });
  const eyes: Eyes = {
    catalog: (scope, o) => readCatalog(ctx, scope, o),
    look: (scope, relations) => look(ctx, scope, relations),
  };
  const looking = (scope: readonly Container[]) => look(ctx, scope);
  return {
    traits,
    timeTravel: {
      past: (scope, at) => speaking(() => past(ctx, scope, at)),
      // What was kept in a slot that was emptied comes back table by table.
      removed: async () => [],
      restore: async () => {},
    },
    building: () => ring.indexOf(buildingSlot(ctx.places, ctx.seen.ring ?? emptyRing)),
    serving() {
      const at = ring.indexOf(ctx.seen.ring?.live ?? '');
      return at === -1 ? null : at;
    },
    follow: (fence) => speaking(() => follow(ctx, fence)),
    readerAccess: (reading) => speaking(() => readerAccess(ctx, reading)),
    examine: (names) => speaking(() => examine(ctx, names)),
    standing: () => speaking(() => standing(ctx)),
    claim: (fence) => speaking(() => claim(ctx, fence)),
    catalog: (scope, o) => speaking(() => readCatalog(ctx, scope, o)),
    look: (scope, relations) => speaking(() => look(ctx, scope, relations)),
    unchanged: (scope, seen) => speaking(() => unchanged(ctx, scope, seen)),
    // The engine tells every write by itself.
    countWrites: async () => {},
    fill: (fills, o) => speaking(() => fill(ctx, fills, o)),
    sizes: (relations) => speaking(() => sizes(ctx, relations)),
    stop: () => speaking(() => stop(ctx)),
    seal: (release, sides, fence) => speaking(() => seal(ctx, { release, sides, fence }, looking)),
    adopt: (release, live, fence, relations, from) =>
      speaking(() =>
        adopt(ctx, { release, live, fence, relations: relations ?? null, ...(from ? { from } : {}) }, eyes),
      ),
    elsewhere: (dataset) => elsewhere(ctx.places, dataset),
    // What is sealed lies where it was built.
    reopen: async () => {},
    discard: (sides) => speaking(() => discard(ctx, sides)),
    cutover: (plan, guard, done) => speaking(() => cutOver(ctx, eyes, plan, guard, done)),
    kept: () => speaking(() => kept(ctx)),
    remove: (sides) => speaking(() => remove(ctx, sides)),
    setAside: () => speaking(() => setAside(ctx)),
    removeSetAside: (all) => speaking(() => removeSetAside(ctx, all)),
    query: (sql, o) => speaking(() => query(ctx, sql, o)),
    describe: (sql, o) => speaking(() => describe(ctx, sql, o)),
    estimate: (sql, o) => speaking(() => estimate(ctx, sql, o)),
    cost: (of) => speaking(() => cost(ctx, of)),
    quote: (relation) => qualified(tableId(ctx.places, relation)),
    explain: (step, kind) => explain(ctx.places, step, kind),
    [Symbol.asyncDispose]: async () => {},
  };
}
