import pMap from 'p-map';
import type { SetAside } from '../port.ts';
import { adoptedAt, forgetAdopted, movedAway } from './adopted.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { ownViews } from './own-views.ts';
import { relationOf, type TableId, tableId } from './places.ts';
import { servingDatasets } from './sides.ts';
import { deleteTable, listTables } from './tables.ts';

/** Tables that views took the place of when they were adopted: their rows are in a slot, and nobody goes back to them. */
export const setAside = async (ctx: Context): Promise<readonly SetAside[]> =>
  (await found(ctx)).map(({ id, at }) => ({
    relation: relationOf(ctx.places, id),
    since: new Date(at).toISOString(),
  }));

/** Deletes them; what is no table of that kind by now stays. Returns what it deleted. Repeatable. */
export async function removeSetAside(ctx: Context, all: readonly SetAside[]): Promise<readonly string[]> {
  const asked = new Set(all.map(({ relation }) => nameOf(tableId(ctx.places, relation))));
  const there = await found(ctx);
  const gone = there.filter(({ id }) => asked.has(nameOf(id)));
  await pMap(gone, ({ id }) => deleteTable(ctx.client, id), { concurrency: IN_FLIGHT });
  if (gone.length > 0 && gone.length === there.length) await forgetAdopted(ctx);
  return gone.map(({ id }) => nameOf(id));
}

const nameOf = ({ dataset, table }: TableId): string => `${dataset}.${table}`;

async function found(ctx: Context): Promise<readonly { readonly id: TableId; readonly at: number }[]> {
  const { client, places } = ctx;
  const since = await adoptedAt(ctx);
  if (since.size === 0) return [];
  const own = new Set((await ownViews(ctx)).map(({ tableReference }) => nameOf(tableReference)));
  const listed = await pMap(await servingDatasets(ctx), ({ dataset }) => listTables(client, places.project, dataset), {
    concurrency: IN_FLIGHT,
  });
  return listed.flatMap((tables) => {
    const resting = new Map(tables.map((one) => [one.tableReference.table, one]));
    return tables.flatMap(({ tableReference: view }) => {
      const id = movedAway(view);
      const at = since.get(nameOf(view));
      const rests = resting.get(id.table);
      return own.has(nameOf(view)) && at !== undefined && rests?.type === 'TABLE' ? [{ id, at }] : [];
    });
  });
}
