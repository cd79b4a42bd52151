import pMap from 'p-map';
import type { Fill } from '../../domain/change.ts';
import type { Seal } from '../../domain/cutover.ts';
import type { Fence, ReleaseId } from '../../domain/ids.ts';
import {
  type Container,
  containersOf,
  contains,
  displayName,
  inContainer,
  nameKey,
  type Relation,
} from '../../domain/relation.ts';
import type { Elsewhere } from '../port.ts';
import { isRecorded, readAdopted, recordAdopted } from './adopted.ts';
import { authoriseSlot } from './authorise.ts';
import { type BigqueryCatalog, behindIt, readCatalog } from './catalog.ts';
import { completeView } from './complete.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { assertFence } from './control.ts';
import type { Eyes } from './cutover.ts';
import { refused } from './errors.ts';
import { fill } from './fill.ts';
import type { Found } from './found.ts';
import { inOrder } from './order.ts';
import { sideContainer, tableId } from './places.ts';
import { isPointer, type There } from './pointers.ts';
import { buildingSlot } from './ring.ts';
import { seal } from './seal.ts';

export interface Adoption {
  readonly release: ReleaseId;
  readonly live: readonly Container[];
  readonly fence: Fence;
  /** What the project calls its own: only that is adopted; null: all that is there. */
  readonly relations: readonly Relation[] | null;
  /** Where they are, if not where readers will have them: what is there goes on as it is. */
  readonly from?: Elsewhere;
}

/**
 * What readers use becomes what a slot holds, by clone or copy: for now they go on with what they have. What is copied is
 * written down, with when it was written to last: only that is what the cutover replaces by a view.
 */
export async function adopt(ctx: Context, adoption: Adoption, eyes: Eyes): Promise<Seal> {
  const { release, live, fence, relations, from } = adoption;
  const ring = await assertFence(ctx, fence);
  const look = (scope: readonly Container[]) => eyes.look(scope);
  const catalog = await readCatalog(ctx, live);
  const pointed = slotOfPointers(catalog, live);
  const slot = ring.live ?? pointed ?? buildingSlot(ctx.places, ring);
  const sides = [sideContainer(ctx.places, slot)];
  const [side] = sides;
  if (side === undefined) throw new RangeError('a slot is a side');
  // Of another store, whose release it goes on to be.
  if (ring.live !== null) return seal(ctx, { release, sides, fence }, look);
  if (from !== undefined && relations !== null && pointed === null) {
    await takeFrom(ctx, fence, { relations, from, side });
    return seal(ctx, { release, sides, fence }, look);
  }
  const found = adoptable(catalog, live, relations);
  // An adoption was stopped in its cutover: what no view stands for by then may have been written to since.
  const isTaken = pointed === null ? () => false : await takenBefore(ctx);
  const todo = found.filter((one) => !isTaken(one));
  await recordAdopted(ctx, fence, todo);
  const signal = new AbortController().signal;
  const copies = copiesOf(catalog, todo, (relation) => inContainer(relation, side));
  if (pointed === null) {
    await fill(
      ctx,
      [
        ...datasetsOf(
          ctx,
          found.map(({ relation }) => relation),
        ),
        ...copies,
      ],
      { fence, signal },
    );
    for (const other of ctx.places.slots) await authoriseSlot(ctx, other);
  } else {
    await fill(ctx, copies, { fence, signal }, { entered: [slot] });
    await pMap(found.filter(isPointer), ({ relation, to }) => completeView(ctx, tableId(ctx.places, relation), to.id), {
      concurrency: IN_FLIGHT,
    });
  }
  return seal(ctx, { release, sides, fence }, look);
}

/** A production that lies beside the environment: what readers will have is a copy, and nothing there is touched. */
async function takeFrom(
  ctx: Context,
  fence: Fence,
  { relations, from, side }: { relations: readonly Relation[]; from: Elsewhere; side: Container },
): Promise<void> {
  const lives = new Map(relations.map((live) => [nameKey(from(live)), live]));
  const scope = containersOf(relations.map(from));
  const catalog = await readCatalog(ctx, scope, { bare: true });
  const found = adoptable(catalog, scope, relations.map(from));
  const adopting = new Map(relations.map((live) => [from(live).schema, live.schema]));
  const copies = copiesOf(catalog, found, (relation) => inContainer(lives.get(nameKey(relation)) ?? relation, side));
  const signal = new AbortController().signal;
  await fill(ctx, [...datasetsOf(ctx, relations), ...copies], { fence, signal }, { adopting });
  for (const slot of ctx.places.slots) await authoriseSlot(ctx, slot);
}

/** Whether something is as it was when it was copied, or shows its copy already. */
async function takenBefore(ctx: Context): Promise<(one: There) => boolean> {
  const adopted = await readAdopted(ctx);
  return (one) => {
    const was = adopted(one.id);
    return isPointer(one) || (was !== null && isRecorded(was, one));
  };
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
): readonly There[] {
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

/** One for each that readers use, and of every slot: whoever has what they read can authorise all of them at once. */
const datasetsOf = ({ places }: Context, lives: readonly Relation[]): readonly Fill[] => {
  const schemas = [...new Set(lives.map(({ schema }) => schema))];
  return places.slots.flatMap((slot) => {
    const side = sideContainer(places, slot);
    return [side, ...schemas.map((schema) => ({ ...side, schema }))].map(
      (container): Fill => ({ do: 'create', container }),
    );
  });
};

/** What is read before what reads it. */
function copiesOf(
  catalog: BigqueryCatalog,
  found: readonly Found[],
  to: (relation: Relation) => Relation,
): readonly Fill[] {
  const made = found.map((one) => {
    const reads = one.definition === null ? [] : catalog.readsOf(one.relation);
    return { ...one, reads: reads === 'unreadable' ? [] : reads };
  });
  return inOrder(made)
    .flat()
    .map(({ relation, object }): Fill => ({ do: 'copy', from: relation, id: object, to: to(relation) }));
}
