import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { identifier } from './dialect.ts';

/** How long nothing may come after the first that was ended, and after one that came again, ms. */
const QUIET_MS = 500;
const AGAIN_MS = 10_000;

/**
 * dbt's queries have one QUERY_TAG for the environment, and the lease lets one dbt of it run at a time: whatever runs
 * with it now is left over. What comes again belongs to a dbt that is alive somewhere else; it is waited for longer.
 * Source: Snowflake documentation, "QUERY_HISTORY", "SYSTEM$CANCEL_QUERY".
 */
export const stop = (ctx: Context): Promise<number> =>
  ctx.open.with('stop', async (session) => {
    const ended = new Set<string>();
    let wanted = QUIET_MS;
    if (ctx.tag === '' || (await endTagged(ctx, session, ended)) === 0) return 0;
    for (let quiet = 0; quiet < wanted; quiet += 100) {
      await pause(100);
      if ((await endTagged(ctx, session, ended)) > 0) [quiet, wanted] = [0, AGAIN_MS];
    }
    return ended.size;
  });

/** Returns how many there were that had not been ended before (documentation, "SYSTEM$CANCEL_QUERY"). */
async function endTagged({ controlDatabase, tag }: Context, session: Session, ended: Set<string>): Promise<number> {
  const before = ended.size;
  const rows = await session.run(
    `select QUERY_ID from table(${identifier(controlDatabase)}.information_schema.query_history(result_limit => 10000))
     where QUERY_TAG = ? and EXECUTION_STATUS <> 'SUCCESS' and EXECUTION_STATUS not like 'FAILED%'`,
    [tag],
  );
  for (const id of rows.map((row) => String(row['QUERY_ID'])).filter((one) => !ended.has(one))) {
    await session.run('select system$cancel_query(?)', [id]);
    ended.add(id);
  }
  return ended.size - before;
}
