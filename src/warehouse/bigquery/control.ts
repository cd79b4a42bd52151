import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Fence } from '../../domain/ids.ts';
import { WarehouseError } from '../port.ts';
import type { Context } from './context.ts';
import { isDuplicate, isLost, isOutdated, refused } from './errors.ts';
import { controlDataset, type TableId } from './places.ts';
import { buildingSlot, emptyRing, forgotten, isInUse, keptSlots, type Ring, ringDocument } from './ring.ts';
import { ensureDataset, getTable, insertTable, patchTable } from './tables.ts';

/**
 * The control document is the description of a table without columns: changed only where it still has the etag that was read
 * (documentation, "Optimistic concurrency control"), which is an atomic compare-and-swap that costs no query.
 */
export const controlTable = ({ places }: Pick<Context, 'places'>, table = 'control'): TableId => ({
  project: places.project,
  dataset: controlDataset(places),
  table,
});

const stored = z.object({ nonce: z.string(), ring: ringDocument });

interface Read {
  /** null: there is none yet. */
  readonly etag: string | null;
  readonly nonce: string | null;
  readonly ring: Ring;
}

/** Before the first claim there is nothing. */
export const readRing = async (ctx: Context): Promise<Ring> => (await read(ctx)).ring;

async function read(ctx: Context): Promise<Read> {
  const found = await getTable(ctx.client, controlTable(ctx));
  if (found === null || found.description === '')
    return keeping(ctx, { etag: found?.etag ?? null, nonce: null, ring: emptyRing });
  const parsed = stored.safeParse(parsedJson(found.description));
  if (!parsed.success)
    throw refused(`the description of ${controlTable(ctx).dataset}.control is not what lastgreen writes there`, {
      problem: z.prettifyError(parsed.error),
    });
  return keeping(ctx, { etag: found.etag, ...parsed.data });
}

function keeping(ctx: Context, found: Read): Read {
  ctx.seen.ring = found.ring;
  return found;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** How often somebody else may be faster. */
const TRIES = 20;

/**
 * Changes the document as `change` says, again where somebody else was faster; the same document is not written. What `change`
 * throws is thrown. `unknown` where it cannot be told whether it was written.
 */
export async function changeRing(ctx: Context, change: (ring: Ring) => Ring): Promise<Ring> {
  let mine: string | null = null;
  for (let tried = 0; tried < TRIES; tried++) {
    const now = await read(ctx);
    // An earlier try whose answer was lost.
    if (mine !== null && now.nonce === mine) return now.ring;
    const wanted = change(now.ring);
    if (wanted === now.ring) return now.ring;
    mine = randomUUID();
    const description = JSON.stringify({ nonce: mine, ring: wanted });
    try {
      await write(ctx, now.etag, description);
      ctx.seen.ring = wanted;
      return wanted;
    } catch (error) {
      if (!isOutdated(error) && !isDuplicate(error) && !isLost(error)) throw error;
    }
  }
  throw new WarehouseError('busy', 'the control document changes all the time');
}

async function write(ctx: Context, etag: string | null, description: string): Promise<void> {
  const { client } = ctx;
  const id = controlTable(ctx);
  if (etag !== null) await patchTable(client, id, { body: { description }, etag });
  else {
    const what = 'What lastgreen needs itself: its control document and what it carried from where.';
    await ensureDataset(client, id.project, id.dataset, { location: await ctx.location(), description: what });
    await insertTable(client, id, { description });
  }
}

export const fencedBy = (claimed: Fence, because: string): WarehouseError =>
  new WarehouseError('fenced', `number ${claimed} has been claimed; ${because}`, { claimed });

/** Throws `fenced` when another number than this has been claimed. */
export function assertClaimed(ring: Ring, fence: Fence): Ring {
  if (ring.claimed !== fence) throw fencedBy(ring.claimed, `${fence} may not change anything`);
  return ring;
}

/** Throws `fenced` when another number than this has been claimed. */
export const assertFence = async (ctx: Context, fence: Fence): Promise<Ring> =>
  assertClaimed(await readRing(ctx), fence);

/**
 * Before something else is written to a slot, or deleted from it: whose content it held is forgotten. Throws `fenced`;
 * `refused` for a slot that readers have, and for one that is kept, unless it is the one whose turn it is.
 */
export const beginFill = (ctx: Context, slot: string, fence: Fence): Promise<Ring> =>
  changeRing(ctx, (ring) => forgotten(assertFillable(ctx, assertClaimed(ring, fence), slot), slot));

function assertFillable(ctx: Context, ring: Ring, slot: string): Ring {
  if (!ctx.places.slots.includes(slot)) throw refused(`${slot} is no slot of ${ctx.places.serving}`);
  if (isInUse(ring, slot)) throw refused(`${slot} is what readers have: nothing is written to it`, { slot });
  const kept = keptSlots(ctx.places, ring).find(([name]) => name === slot);
  if (kept !== undefined && slot !== buildingSlot(ctx.places, ring))
    throw refused(`${slot} holds ${kept[1].holds?.release}, which is kept: nothing is written to it`, { slot });
  return ring;
}
