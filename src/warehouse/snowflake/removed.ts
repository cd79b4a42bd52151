import { z } from 'zod';
import type { Fence } from '../../domain/ids.ts';
import { parseReleaseId, sha } from '../../domain/ids.ts';
import type { KeptSide, RemovedSide } from '../port.ts';
import { assertFence, orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { containerName, containerOf, madeContainers, ownName, wordOf } from './containers.ts';
import { type Context, control } from './context.ts';
import { identifier, literal, TRASH } from './dialect.ts';
import { DAY_MS } from './past.ts';

const historyRows = z.array(
  z.object({ name: z.string(), dropped_on: z.string().nullable(), retention_time: z.coerce.number() }),
);

/** How the names begin of what this environment removed: names of databases are those of the whole account. */
export const trashOf = ({ whole, database }: Pick<Context, 'whole' | 'database'>): string =>
  whole ? `${TRASH}${database}__` : TRASH;

/**
 * Containers that were removed and whose records are still there, with until when each can be had back (documentation,
 * "SHOW SCHEMAS", "SHOW DATABASES").
 */
async function inTrash(ctx: Context, session: Session): Promise<ReadonlyMap<string, string>> {
  const what = ctx.whole ? 'databases history' : `schemas history in database ${identifier(ctx.database)}`;
  const rows = await session.run(`show ${what} starts with ${literal(trashOf(ctx))}`);
  const ends = historyRows.parse(rows).map(({ name, dropped_on, retention_time }): readonly [string, number] => {
    const from = dropped_on === null ? Date.now() : Date.parse(dropped_on);
    return [name, from + retention_time * DAY_MS];
  });
  return new Map(ends.map(([name, end]) => [name, new Date(end).toISOString()]));
}

/** Kept sides that were removed and that the engine still holds (documentation, "UNDROP SCHEMA"). */
export const removed = (ctx: Context): Promise<readonly RemovedSide[]> =>
  ctx.open.with('removed', async (session) => {
    const rows = await orNothing(() =>
      session.run(
        `select NAME, RELEASE, SHA, DISPLACED_BY from ${control(ctx, 'KEPT')} where ENVIRONMENT = ? and startswith(NAME, ${literal(TRASH)}) order by LEFT_AT, NAME`,
        [ctx.environment],
      ),
    );
    if (rows.length === 0) return [];
    const ends = await inTrash(ctx, session);
    const together = Map.groupBy(rows, (row) => JSON.stringify([row['RELEASE'], row['DISPLACED_BY']]));
    return [...together.values()].flatMap((group): readonly RemovedSide[] => {
      const names = group.map((row) => String(row['NAME']));
      const until = names.flatMap((name) => ends.get(name) ?? []).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
      const release = parseReleaseId(String(group[0]?.['RELEASE']));
      if (release === null || names.some((name) => !ends.has(name)) || until === undefined) return [];
      const containers = names.map((name) => containerOf(ctx, name.slice(TRASH.length)));
      return [{ release, sha: sha(String(group[0]?.['SHA'])), containers, bytes: null, until }];
    });
  });

/**
 * Under the name that it had, with the records of what rests in it (documentation, "UNDROP SCHEMA", "UNDROP DATABASE",
 * "ALTER SCHEMA", "ALTER DATABASE").
 */
export const restore = (ctx: Context, side: KeptSide, fence: Fence): Promise<void> =>
  ctx.open.with('restore', async (session) => {
    await assertFence(ctx, session, fence);
    for (const container of side.containers) {
      const name = ownName(container);
      const trash = containerOf(ctx, `${TRASH}${name}`);
      const there = await madeContainers(ctx, session);
      if (!there.has(containerName(container))) {
        const word = wordOf(container);
        if (!there.has(containerName(trash))) await session.run(`undrop ${word} ${containerName(trash)}`);
        await session.run(`alter ${word} ${containerName(trash)} rename to ${containerName(container)}`);
      }
      for (const statement of recordsTo(ctx, `${TRASH}${name}`, name)) await session.run(statement);
    }
  });

/** What holds names of containers, by the column that does. */
const RECORDS = { RESTING: 'SCHEMA_NAME', KEPT: 'NAME' } as const;
const records = Object.entries(RECORDS) as [keyof typeof RECORDS, string][];

/** What rests in a container is recorded under its name; what was recorded under the other one before is over. */
export const recordsTo = (ctx: Context, from: string, to: string): readonly string[] =>
  records.flatMap(([table, column]) => [
    `delete from ${control(ctx, table)} where ${column} = ${literal(to)} and exists (select 1 from ${control(ctx, table)} o where o.${column} = ${literal(from)})`,
    `update ${control(ctx, table)} set ${column} = ${literal(to)} where ${column} = ${literal(from)}`,
  ]);

/** Records of what nobody can have back any more. */
export async function forgetRemoved(ctx: Context, session: Session): Promise<void> {
  const known = [...(await inTrash(ctx, session)).keys()];
  for (const [table, column] of records) {
    const others = known.length === 0 ? '' : ` and ${column} not in (${known.map(literal).join(', ')})`;
    await session.run(`delete from ${control(ctx, table)} where startswith(${column}, ${literal(TRASH)})${others}`);
  }
}
