import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';

/** How long nothing may come after the first that was ended, and after one that came again, ms. */
const QUIET_MS = 500;
const AGAIN_MS = 10_000;

/**
 * dbt's sessions have one application_name for the environment, and the lease lets one dbt of it run at a time: whatever
 * has it now is left over. What comes again belongs to a dbt that is alive somewhere else; it is waited for longer.
 * Source: PostgreSQL documentation, "Server Signaling Functions".
 */
export const stop = (ctx: Context): Promise<number> =>
  ctx.open.with('stop', async (session) => {
    const ended = new Set<number>();
    let wanted = QUIET_MS;
    if (ctx.tag === '' || (await endTagged(ctx, session, ended)) === 0) return 0;
    for (let quiet = 0; quiet < wanted; quiet += 100) {
      await pause(100);
      if ((await endTagged(ctx, session, ended)) > 0) [quiet, wanted] = [0, AGAIN_MS];
    }
    return ended.size;
  });

/** Returns how many there were that had not been ended before. */
async function endTagged(ctx: Context, session: Session, ended: Set<number>): Promise<number> {
  const before = ended.size;
  const rows = await session.run(
    `select pid, pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`,
    [ctx.tag],
  );
  for (const row of rows) ended.add(Number(row['pid']));
  return ended.size - before;
}
