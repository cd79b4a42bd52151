import type { LiveLook, Seal } from '../../domain/cutover.ts';
import type { Fence, ReleaseId } from '../../domain/ids.ts';
import type { Container } from '../../domain/relation.ts';
import { tokenOf } from '../token.ts';
import { authoriseSlot } from './authorise.ts';
import type { Context } from './context.ts';
import { assertFence, readRing } from './control.ts';
import { refused } from './errors.ts';
import { buildingSlot, isHeld, isInUse } from './ring.ts';

/**
 * The slot keeps its place, and the engine tells every write to what is in it. What readers use may read it from here on,
 * though nobody's view points to it yet.
 */
export async function seal(
  ctx: Context,
  o: { readonly release: ReleaseId; readonly sides: readonly Container[]; readonly fence: Fence },
  look: (scope: readonly Container[]) => Promise<LiveLook>,
): Promise<Seal> {
  await assertFence(ctx, o.fence);
  for (const slot of slotsOf(ctx, o.sides)) await authoriseSlot(ctx, slot);
  const { fingerprints } = await look(o.sides);
  return { release: o.release, fence: o.fence, sides: o.sides, fingerprints, token: tokenOf(fingerprints) };
}

function slotsOf({ places }: Context, sides: readonly Container[]): readonly string[] {
  const locations = [...new Set(sides.map(({ location }) => location))];
  const other = locations.find((location) => !places.slots.includes(location));
  if (other !== undefined) throw refused(`${other} is no slot of ${places.serving}`);
  return locations;
}

/** What is in a slot that readers never had stays: the next release fills it anew, and takes from it what is right. */
export async function discard(ctx: Context, sides: readonly Container[]): Promise<void> {
  const ring = await readRing(ctx);
  const building = buildingSlot(ctx.places, ring);
  const held = slotsOf(ctx, sides).find((slot) => isInUse(ring, slot) || (isHeld(ring, slot) && slot !== building));
  if (held !== undefined) throw refused(`${held} is, or was, what readers have`, { slot: held });
}
