import type { Fill } from '../../domain/change.ts';
import type { Seal } from '../../domain/cutover.ts';
import type { Fence, ReleaseId } from '../../domain/ids.ts';
import { type Container, contains, displayName, inContainer, nameKey, type Relation } from '../../domain/relation.ts';
import { recordAdopted } from './adopted.ts';
import { type BigqueryCatalog, behindIt, readCatalog } from './catalog.ts';
import type { Context } from './context.ts';
import { assertFence } from './control.ts';
import type { Eyes } from './cutover.ts';
import { refused } from './errors.ts';
import { fill } from './fill.ts';
import type { Found } from './found.ts';
import { inOrder } from './order.ts';
import { sideContainer } from './places.ts';
import { isPointer } from './pointers.ts';
import { buildingSlot } from './ring.ts';
import { seal } from './seal.ts';

export interface Adoption {
  readonly release: ReleaseId;
  readonly live: readonly Container[];
  readonly fence: Fence;
  /** What the project calls its own: only that is adopted; null: all that is there. */
  readonly relations: readonly Relation[] | null;
}

/**
 * What readers use becomes what a slot holds, by clone or copy: for now they go on with what they have. What is copied is
 * written down, with when it was written to last: only that is what the cutover replaces by a view.
 */
export async function adopt(ctx: Context, { release, live, fence, relations }: Adoption, eyes: Eyes): Promise<Seal> {
  const ring = await assertFence(ctx, fence);
  const look = (scope: readonly Container[]) => eyes.look(scope);
  const catalog = await readCatalog(ctx, live);
  const pointed = slotOfPointers(catalog, live);
  const slot = ring.live ?? pointed ?? buildingSlot(ctx.places, ring);
  const sides = [sideContainer(ctx.places, slot)];
  // Views point to it already: of another store, or of an adoption that was stopped in its cutover.
  if (ring.live !== null || pointed !== null) return seal(ctx, { release, sides, fence }, look);
  const found = adoptable(catalog, live, relations);
  const [side] = sides;
  if (side === undefined) throw new RangeError('a slot is a side');
  await recordAdopted(ctx, fence, found);
  const signal = new AbortController().signal;
  await fill(ctx, [{ do: 'create', container: side }, ...copiesOf(catalog, found, side)], { fence, signal });
  return seal(ctx, { release, sides, fence }, look);
}

function slotOfPointers(catalog: BigqueryCatalog, live: readonly Container[]): string | null {
  const pointer = catalog.relations.find((one) => isPointer(one) && live.some((side) => contains(side, one.relation)));
  return pointer === undefined ? null : behindIt(pointer).relation.location;
}

/** What a view can stand for, and whose copy has all of it. */
const KINDS = ['table', 'view'];

function adoptable(
  catalog: BigqueryCatalog,
  live: readonly Container[],
  relations: readonly Relation[] | null,
): readonly Found[] {
  const asked = relations && new Set(relations.map(nameKey));
  const found = catalog.relations.filter(
    ({ relation, kind }) =>
      live.some((side) => contains(side, relation)) &&
      (asked === null ? KINDS.includes(kind) : asked.has(nameKey(relation))),
  );
  const other = found.filter(({ kind }) => !KINDS.includes(kind));
  if (other.length > 0)
    throw refused(
      `${other.map(({ relation, kind }) => `${displayName(relation)} (${kind})`).join(', ')} cannot be adopted: only tables and views can`,
      { relations: other.map(({ relation }) => displayName(relation)) },
    );
  return found;
}

/** What is read before what reads it. */
function copiesOf(catalog: BigqueryCatalog, found: readonly Found[], side: Container): readonly Fill[] {
  const made = found.map((one) => {
    const reads = one.definition === null ? [] : catalog.readsOf(one.relation);
    return { ...one, reads: reads === 'unreadable' ? [] : reads };
  });
  return inOrder(made)
    .flat()
    .map(({ relation, object }): Fill => ({ do: 'copy', from: relation, id: object, to: inContainer(relation, side) }));
}
