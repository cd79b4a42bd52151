import type { Mark } from '../../domain/cutover.ts';
import type { Fence } from '../../domain/ids.ts';
import type { Standing } from '../port.ts';
import type { Context } from './context.ts';
import { assertClaimed, changeRing, fencedBy, readRing } from './control.ts';
import { raiseLabels, takeJobs } from './cutting.ts';
import { type Ring, unbegun } from './ring.ts';

export async function standing(ctx: Context): Promise<Standing> {
  const { mark, claimed } = await readRing(ctx);
  return { mark, claimed };
}

/**
 * The highest number wins, by one compare-and-swap. A cutover begins with another of the same document, under the number that
 * is claimed: from here on none begins under a lower one. Of one that had begun, every view gets another etag than the one
 * that was read, and every job's id is taken.
 */
export async function claim(ctx: Context, fence: Fence): Promise<Mark | null> {
  const ring = await changeRing(ctx, (now) => raised(now, fence));
  if (ring.cutting !== null && ring.cutting.fence < fence) await shut(ctx, ring, fence);
  return ring.mark;
}

function raised(ring: Ring, fence: Fence): Ring {
  if (ring.claimed >= fence) throw fencedBy(ring.claimed, `${fence} is not above it`);
  return { ...ring, claimed: fence };
}

async function shut(ctx: Context, { cutting, live }: Ring, fence: Fence): Promise<void> {
  // Jobs first: what they make has its label by then.
  await takeJobs(ctx, fence);
  const pointed = await raiseLabels(ctx, fence);
  const has = cutting?.slots.some((slot) => slot !== live && pointed.has(slot)) ?? false;
  // Stopped before readers had anything of it: its slot is an idle one again.
  if (!has) await changeRing(ctx, (now) => unbegun(assertClaimed(now, fence)));
}
