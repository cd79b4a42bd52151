import pMap from 'p-map';
import { z } from 'zod';
import { sha } from '../../domain/ids.ts';
import type { KeptSide } from '../port.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { changeRing, readRing } from './control.ts';
import { ifThere, refused } from './errors.ts';
import { sideContainer } from './places.ts';
import { emptying, forgotten, isEmptying, isHeld, isInUse, keptSlots } from './ring.ts';
import { datasetsOf } from './sides.ts';
import { deleteTable, listed, listTables } from './tables.ts';

/** Slots that readers had, with whose content they had from it. */
export async function kept(ctx: Context): Promise<readonly KeptSide[]> {
  const ring = await readRing(ctx);
  return keptSlots(ctx.places, ring).flatMap(([name, { holds }]): readonly KeptSide[] =>
    holds === null
      ? []
      : [{ release: holds.release, sha: sha(holds.sha), containers: [sideContainer(ctx.places, name)], bytes: null }],
  );
}

/** Empties slots: the ring stays what it is. First nobody may go back to one any more, then what is in it is deleted. */
export async function remove(ctx: Context, sides: readonly KeptSide[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { location } of sides.flatMap(({ containers }) => containers)) {
    if (!ctx.places.slots.includes(location)) throw refused(`${location} is no slot of ${ctx.places.serving}`);
    const ring = await changeRing(ctx, (now) => {
      if (isInUse(now, location)) throw refused(`${location} is what readers have`, { slot: location });
      return isHeld(now, location) ? emptying(now, location) : now;
    });
    if (!isEmptying(ring, location)) continue;
    await emptySlot(ctx, location);
    removed.push(location);
  }
  // Also one that an earlier prune was stopped in.
  const ring = await readRing(ctx);
  for (const slot of ctx.places.slots.filter((name) => isEmptying(ring, name) && !removed.includes(name)))
    await emptySlot(ctx, slot);
  return removed;
}

async function emptySlot(ctx: Context, slot: string): Promise<void> {
  const { client, places } = ctx;
  for (const { dataset } of await datasetsOf(ctx, slot)) {
    const tables = await listTables(client, places.project, dataset);
    await pMap(tables, ({ tableReference }) => deleteTable(client, tableReference), { concurrency: IN_FLIGHT });
    const routines = await listed(
      client,
      { path: `/datasets/${dataset}/routines`, project: places.project },
      'routines',
      routine,
    );
    await pMap(routines, (id) => deleteRoutine(ctx, dataset, id), { concurrency: IN_FLIGHT });
  }
  await changeRing(ctx, (ring) => (isEmptying(ring, slot) ? forgotten(ring, slot) : ring));
}

const routine = z
  .looseObject({ routineReference: z.object({ routineId: z.string() }) })
  .transform(({ routineReference }) => routineReference.routineId);

async function deleteRoutine({ client, places: { project } }: Context, dataset: string, id: string): Promise<void> {
  const path = `/datasets/${dataset}/routines/${id}`;
  await ifThere(client.call({ method: 'DELETE', path, project, repeatable: true }));
}
