import { z } from 'zod';
import type { Mark } from '../../domain/cutover.ts';
import { fence as asFence, type Fence } from '../../domain/ids.ts';
import { releaseText } from '../kept-sides.ts';
import type { Places } from './places.ts';

const fenceNumber = z.number().int().nonnegative().transform(asFence);

/** What one slot of the ring has been. */
const slot = z.object({
  /** Whose content readers got from it, until something else is written there. */
  holds: z.object({ release: releaseText, sha: z.string(), displacedBy: releaseText.nullable() }).nullable(),
  /** The number under which it left live last. */
  left: fenceNumber.nullable(),
  /** It is being emptied, and what is in it is nobody's any more. */
  emptying: z.boolean(),
});

export type Slot = z.infer<typeof slot>;

const mark = z
  .looseObject({ lineage: z.string(), fence: z.number(), release: releaseText, content: releaseText, sha: z.string() })
  // What this adapter wrote itself, in its own control document.
  .transform((found) => found as unknown as Mark);

/** What lastgreen knows of an environment: one document, changed as a whole. */
export const ringDocument = z.object({
  version: z.literal(1),
  claimed: fenceNumber,
  mark: mark.nullable(),
  /** The slot that readers' views point to; null before the first release. */
  live: z.string().nullable(),
  /** A cutover that has begun and not ended: the slots that readers may have something of, beside `live`. */
  cutting: z.object({ fence: fenceNumber, slots: z.array(z.string()) }).nullable(),
  slots: z.record(z.string(), slot),
});

export type Ring = z.infer<typeof ringDocument>;

export const emptyRing: Ring = { version: 1, claimed: asFence(0), mark: null, live: null, cutting: null, slots: {} };

const untouched: Slot = { holds: null, left: null, emptying: false };

const slotOf = ({ slots }: Ring, name: string): Slot => slots[name] ?? untouched;

const withSlot = (ring: Ring, name: string, change: Partial<Slot>): Ring => ({
  ...ring,
  slots: { ...ring.slots, [name]: { ...slotOf(ring, name), ...change } },
});

/** Whether readers may have something of a slot. */
export const isInUse = (ring: Ring, name: string): boolean =>
  ring.live === name || (ring.cutting?.slots.includes(name) ?? false);

/** Where the next release is built: of those that are not live the one that was it longest ago; changes only by a cutover. */
export function buildingSlot({ slots: names }: Pick<Places, 'slots'>, ring: Ring): string {
  const [first] = names
    .filter((name) => name !== ring.live)
    .toSorted((a, b) => (slotOf(ring, a).left ?? 0) - (slotOf(ring, b).left ?? 0));
  if (first === undefined) throw new RangeError('a ring has at least two slots');
  return first;
}

/** Slots that readers had before and that nothing else was written to, those that left last at the end. */
export const keptSlots = (places: Pick<Places, 'slots'>, ring: Ring): readonly (readonly [string, Slot])[] =>
  places.slots
    .map((name) => [name, slotOf(ring, name)] as const)
    .filter(([name, { holds, emptying: gone }]) => holds !== null && !gone && !isInUse(ring, name))
    .toSorted(([, a], [, b]) => (a.left ?? 0) - (b.left ?? 0));

/** Something else is about to be written to a slot. */
export const forgotten = (ring: Ring, name: string): Ring => {
  const { holds, emptying } = slotOf(ring, name);
  return holds === null && !emptying ? ring : withSlot(ring, name, { holds: null, emptying: false });
};

/** What is in the slot is about to be deleted. */
export const emptying = (ring: Ring, name: string): Ring => withSlot(ring, name, { holds: null, emptying: true });

/** Whether it holds what readers had or have. */
export const isHeld = (ring: Ring, name: string): boolean => slotOf(ring, name).holds !== null;

export const isEmptying = (ring: Ring, name: string): boolean => slotOf(ring, name).emptying;

/** A cutover is about to change what readers get. */
export function begun(ring: Ring, fence: Fence, to: string | null): Ring {
  const slots = new Set([...(ring.cutting?.slots ?? []), ...(to === null ? [] : [to])]);
  return { ...ring, cutting: { fence, slots: [...slots] } };
}

/** Nobody has anything of what a cutover began with. */
export const unbegun = (ring: Ring): Ring => ({ ...ring, cutting: null });

/** A cutover has ended: readers have the slot `to`; null: what they had before. */
export function ended(ring: Ring, wanted: Mark, to: string | null): Ring {
  const leaving = to === null || to === ring.live ? null : ring.live;
  const marked: Ring = { ...ring, mark: wanted, cutting: null, live: to ?? ring.live };
  const { live } = marked;
  const left =
    leaving === null
      ? marked
      : withSlot(marked, leaving, { left: wanted.fence, ...displaced(slotOf(marked, leaving), wanted) });
  if (live === null) return left;
  const holds = { release: wanted.content, sha: wanted.sha, displacedBy: null };
  return withSlot(left, live, { holds, emptying: false });
}

const displaced = ({ holds }: Slot, { release }: Mark): Partial<Slot> =>
  holds === null ? {} : { holds: { ...holds, displacedBy: release } };
