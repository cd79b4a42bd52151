import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mark } from '../../../../src/domain/cutover.ts';
import { fence, releaseOf, sha } from '../../../../src/domain/ids.ts';
import {
  begun,
  buildingSlot,
  emptying,
  emptyRing,
  ended,
  forgotten,
  isInUse,
  keptSlots,
  type Ring,
  ringDocument,
  unbegun,
} from '../../../../src/warehouse/bigquery/ring.ts';

const places = { slots: ['blue', 'green', 'grey'] };

const markOf = (n: number, content = n): Mark => ({
  lineage: 'store',
  fence: fence(n),
  release: releaseOf(fence(n)),
  content: releaseOf(fence(content)),
  sha: sha(`sha-${content}`),
  back: content !== n,
  previous: null,
  token: null,
  at: '2026-01-01T00:00:00.000Z',
});

/** Builds in the slot whose turn it is, and cuts over to it. */
function deployed(ring: Ring, n: number): Ring {
  const slot = buildingSlot(places, ring);
  return ended(begun(forgotten(ring, slot), fence(n), slot), markOf(n), slot);
}

const deploys = (...numbers: readonly number[]): Ring => numbers.reduce(deployed, emptyRing);
const kept = (ring: Ring) => keptSlots(places, ring).map(([name, { holds }]) => `${holds?.release} in ${name}`);

describe('a ring of slots', () => {
  it('builds where nothing was first, and then where live was longest ago', () => {
    const turns = [emptyRing, deploys(1), deploys(1, 2), deploys(1, 2, 3), deploys(1, 2, 3, 4)];
    expect(turns.map((ring) => buildingSlot(places, ring))).toEqual(['blue', 'green', 'grey', 'blue', 'green']);
  });

  it('keeps what left live, also where the next release is built, until that is begun', () => {
    expect(kept(deploys(1))).toEqual([]);
    expect(kept(deploys(1, 2))).toEqual(['r1 in blue']);
    expect(kept(deploys(1, 2, 3))).toEqual(['r1 in blue', 'r2 in green']);
    expect(kept(forgotten(deploys(1, 2, 3), 'blue'))).toEqual(['r2 in green']);
  });

  it('has the same turn until a cutover, whatever is written to a slot or taken from it', () => {
    const ring = deploys(1, 2);
    for (const other of [forgotten(ring, 'grey'), emptying(ring, 'blue'), begun(ring, fence(3), 'grey')])
      expect(buildingSlot(places, other)).toBe('grey');
  });

  it('goes back to a slot that was kept, and keeps what was live', () => {
    const back = ended(begun(deploys(1, 2), fence(3), 'blue'), markOf(3, 1), 'blue');
    expect(back.live).toBe('blue');
    expect(kept(back)).toEqual(['r2 in green']);
    expect(buildingSlot(places, back)).toBe('grey');
  });

  it('stays where it is when only the mark changes', () => {
    const ring = ended(deploys(1, 2), markOf(3), null);
    expect(ring.live).toBe('green');
    expect(kept(ring)).toEqual(['r1 in blue']);
    expect(ring.slots['green']?.holds?.release).toBe('r3');
  });

  it('has in use what a cutover that nobody ended may have given readers', () => {
    const ring = begun(begun(deploys(1, 2), fence(3), 'grey'), fence(4), 'green');
    expect(places.slots.filter((slot) => isInUse(ring, slot))).toEqual(['green', 'grey']);
    expect(isInUse(unbegun(ring), 'grey')).toBe(false);
  });

  it('gives a slot up before it is emptied', () => {
    expect(kept(emptying(deploys(1, 2), 'blue'))).toEqual([]);
  });

  it('never builds in what readers have, nor keeps it, and comes back from its document as it was', () => {
    const step = fc.constantFrom<(ring: Ring, n: number) => Ring>(
      deployed,
      (ring, n) => {
        const [slot] = keptSlots(places, ring)[0] ?? [];
        return slot === undefined ? ring : ended(begun(ring, fence(n), slot), markOf(n), slot);
      },
      (ring, n) => begun(ring, fence(n), buildingSlot(places, ring)),
      (ring) => unbegun(ring),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const ring = steps.reduce((before, next, i) => next(before, i + 1), emptyRing);
        expect(buildingSlot(places, ring)).not.toBe(ring.live);
        for (const [slot] of keptSlots(places, ring)) expect(isInUse(ring, slot)).toBe(false);
        expect(ringDocument.parse(JSON.parse(JSON.stringify(ring)))).toEqual(ring);
      }),
    );
  });
});
