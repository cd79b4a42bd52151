import { z } from 'zod';
import type { Fence } from '../../domain/ids.ts';
import { parseReleaseId, sha } from '../../domain/ids.ts';
import type { KeptSide, RemovedSide } from '../port.ts';
import { assertFence, orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { type Context, control } from './context.ts';
import { identifier, literal, schemaName, schemaOf, TRASH } from './dialect.ts';
import { DAY_MS } from './past.ts';

const historyRows = z.array(
  z.object({ name: z.string(), dropped_on: z.string().nullable(), retention_time: z.coerce.number() }),
);

/**
 * Schemas that were removed and whose records are still there, with until when each can be had back (documentation, "SHOW
 * SCHEMAS").
 */
async function inTrash({ database }: Context, session: Session): Promise<ReadonlyMap<string, string>> {
  const rows = await session.run(
    `show schemas history in database ${identifier(database)} starts with ${literal(TRASH)}`,
  );
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
      const containers = names.map((name) => ({
        location: '',
        database: ctx.database,
        schema: name.slice(TRASH.length),
      }));
      return [{ release, sha: sha(String(group[0]?.['SHA'])), containers, bytes: null, until }];
    });
  });

/** Under the name that it had, with the records of what rests in it (documentation, "UNDROP SCHEMA", "ALTER SCHEMA"). */
export const restore = (ctx: Context, side: KeptSide, fence: Fence): Promise<void> =>
  ctx.open.with('restore', async (session) => {
    await assertFence(ctx, session, fence);
    const at = (schema: string): string => schemaName({ database: ctx.database, schema });
    for (const schema of side.containers.map(schemaOf)) {
      const [there] = await session.run(
        `select count_if(SCHEMA_NAME = ?) as TRASHED, count_if(SCHEMA_NAME = ?) as KEPT from ${identifier(ctx.database)}.INFORMATION_SCHEMA.SCHEMATA`,
        [`${TRASH}${schema}`, schema],
      );
      if (Number(there?.['KEPT']) === 0) {
        if (Number(there?.['TRASHED']) === 0) await session.run(`undrop schema ${at(`${TRASH}${schema}`)}`);
        await session.run(`alter schema ${at(`${TRASH}${schema}`)} rename to ${at(schema)}`);
      }
      for (const statement of recordsTo(ctx, `${TRASH}${schema}`, schema)) await session.run(statement);
    }
  });

/** What holds names of schemas, by the column that does. */
const RECORDS = { RESTING: 'SCHEMA_NAME', KEPT: 'NAME' } as const;
const records = Object.entries(RECORDS) as [keyof typeof RECORDS, string][];

/** What rests in a schema is recorded under its name; what was recorded under the other one before is over. */
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
