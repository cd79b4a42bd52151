import { z } from 'zod';
import type { Cost } from '../../domain/cost.ts';
import type { ReleaseId } from '../../domain/ids.ts';
import { WarehouseError } from '../port.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { identifier, literal } from './dialect.ts';
import { sqlOf } from './sql.ts';

const timeRows = z.array(
  z.object({ WAREHOUSE_NAME: z.string(), STATEMENTS: z.coerce.number(), MS: z.coerce.number() }),
);
const creditRows = z.array(z.object({ WAREHOUSE_NAME: z.string(), CREDITS: z.coerce.number() }));

/** By QUERY_TAG and time: dbt has one tag for the environment, and the lease lets one dbt of it run at a time. */
export const cost = (
  ctx: Context,
  { release, from, until }: { readonly release: ReleaseId; readonly from: Date; readonly until: Date },
): Promise<readonly Cost[]> =>
  ctx.open.with('show', async (session) => {
    const at = (time: Date): string => `${literal(time.toISOString())}::timestamp_tz`;
    const asked = { from: at(from), until: at(until), dbt: literal(ctx.tag), release: literal(release) };
    const database = identifier(ctx.controlDatabase);
    const times = timeRows.parse(await session.run(await sqlOf('cost', { ...asked, database })));
    const credits = await creditsOf(session, await sqlOf('credits', asked));
    return times.map((row) => ({
      on: row.WAREHOUSE_NAME,
      statements: row.STATEMENTS,
      seconds: row.MS / 1000,
      credits: credits.get(row.WAREHOUSE_NAME) ?? null,
    }));
  });

/** Most roles may not see them. */
async function creditsOf(session: Session, ask: string): Promise<ReadonlyMap<string, number>> {
  try {
    const rows = creditRows.parse(await session.run(ask));
    return new Map(rows.map((row) => [row.WAREHOUSE_NAME, row.CREDITS]));
  } catch (error) {
    if (error instanceof WarehouseError && (error.is === 'missing' || error.is === 'denied')) return new Map();
    throw error;
  }
}
