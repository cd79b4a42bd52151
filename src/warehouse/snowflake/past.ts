import { z } from 'zod';
import { objectId } from '../../domain/ids.ts';
import type { Past } from '../../domain/past.ts';
import { type Container, nameKey, type Relation } from '../../domain/relation.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { databaseNamed } from './containers.ts';
import type { Context } from './context.ts';
import { identifier, inSchemas, schemaName, schemaOf } from './dialect.ts';
import { lastChanges } from './look.ts';
import { keptContainers } from './resting.ts';
import { sqlOf } from './sql.ts';

export const DAY_MS = 24 * 60 * 60 * 1_000;

const tableRows = z.array(
  z.object({
    TABLE_SCHEMA: z.string(),
    TABLE_NAME: z.string(),
    CREATED: z.string(),
    // Where nothing says otherwise, a day (documentation, "DATA_RETENTION_TIME_IN_DAYS").
    RETENTION_TIME: z.coerce
      .number()
      .nullable()
      .transform((days) => days ?? 1),
    IS_TRANSIENT: z.string().nullable(),
  }),
);

const droppedRows = z.array(
  z.object({
    name: z.string(),
    schema_name: z.string(),
    created_on: z.string(),
    dropped_on: z.string().nullable(),
    retention_time: z.coerce.number(),
  }),
);

/** Tables that are there, and those that were dropped and whose rows are still held. */
export const past = (ctx: Context, scope: readonly Container[]): Promise<readonly Past[]> =>
  ctx.open.with('past', async (session) => {
    if (scope.length === 0) return [];
    const [clock] = await session.run('select current_timestamp() as ASKED');
    const asked = String(clock?.['ASKED']);
    const found: Past[] = [];
    for (const [database, containers] of Map.groupBy(scope, (one) => one.database)) {
      const of = await pastsIn(ctx, session, database, { containers, asked });
      found.push(...of);
    }
    return found;
  });

interface Asked {
  readonly containers: readonly Container[];
  /** When, by the engine's clock. */
  readonly asked: string;
}

async function pastsIn(ctx: Context, session: Session, database: string, o: Asked): Promise<readonly Past[]> {
  const all = [...(await tablesIn(session, database, o))];
  if (ctx.whole) {
    const reach = await reachOf(session, database, o.asked);
    all.push(...(await droppedIn(session, `database ${identifier(database)}`, database, o.asked)));
    // What is copied as a whole has no longer a past than the whole (documentation, "CREATE <object> ... CLONE").
    return all.map((one) => (Date.parse(one.since) >= Date.parse(reach) ? one : { ...one, since: reach }));
  }
  // Nothing is replaced where things only rest.
  const resting = await keptContainers(ctx, session);
  for (const schema of new Set(o.containers.map(schemaOf)))
    if (!resting.has(schema))
      all.push(...(await droppedIn(session, `schema ${schemaName({ database, schema })}`, database, o.asked)));
  return all;
}

async function reachOf(session: Session, database: string, asked: string): Promise<string> {
  const found = await databaseNamed(session, database);
  return sinceOf(found?.created ?? asked, asked, found?.days ?? 0);
}

async function tablesIn(session: Session, database: string, { containers, asked }: Asked): Promise<readonly Past[]> {
  const parameters = { database: identifier(database), schemas: inSchemas(containers, 't.TABLE_SCHEMA') };
  const tables = tableRows.parse(await session.run(await sqlOf('past', parameters))).map((row) => {
    // A transient table has a day at the most (documentation, "Working with Temporary and Transient Tables").
    const days = row.IS_TRANSIENT === 'YES' ? Math.min(row.RETENTION_TIME, 1) : row.RETENTION_TIME;
    const relation: Relation = { location: '', database, schema: row.TABLE_SCHEMA, identifier: row.TABLE_NAME };
    return { relation, created: row.CREATED, since: sinceOf(row.CREATED, asked, days) };
  });
  const changes = new Map(
    (await lastChanges(session, tables)).map(([{ relation }, change]) => [nameKey(relation), writtenOf(change)]),
  );
  return tables.map(({ relation, created, since }) => ({
    relation,
    id: objectId(created),
    created,
    since,
    until: null,
    written: changes.get(nameKey(relation)) ?? null,
  }));
}

/** What was dropped keeps its past for as long as it would have been kept before (documentation, "SHOW TABLES"). */
async function droppedIn(session: Session, place: string, database: string, asked: string): Promise<readonly Past[]> {
  const rows = await orNothing(() => session.run(`show tables history in ${place}`));
  return droppedRows.parse(rows).flatMap((row): readonly Past[] => {
    if (row.dropped_on === null) return [];
    const since = sinceOf(row.created_on, asked, row.retention_time);
    const relation: Relation = { location: '', database, schema: row.schema_name, identifier: row.name };
    return Date.parse(since) > Date.parse(row.dropped_on)
      ? []
      : [
          {
            relation,
            id: objectId(row.created_on),
            created: row.created_on,
            since,
            until: row.dropped_on,
            written: null,
          },
        ];
  });
}

function sinceOf(created: string, asked: string, days: number): string {
  const reach = Date.parse(asked) - days * DAY_MS;
  return Date.parse(created) >= reach ? created : new Date(reach).toISOString();
}

/** The token counts nanoseconds since 1970 (documentation, "SYSTEM$LAST_CHANGE_COMMIT_TIME"). */
function writtenOf(change: string): string | null {
  const found = /^changed (\d+)$/.exec(change)?.[1];
  return found === undefined ? null : new Date(Number(BigInt(found) / 1_000_000n)).toISOString();
}
