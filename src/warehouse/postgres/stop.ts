import type { Context } from './context.ts';

/**
 * Ends what a dead dbt left running: its sessions have one application_name for the environment, and the lease lets one
 * dbt of it run at a time. Returns how many. Source: PostgreSQL documentation, "Server Signaling Functions".
 */
export const stop = (ctx: Context): Promise<number> =>
  ctx.open.with('stop', async (session) => {
    if (ctx.tag === '') return 0;
    const rows = await session.run(
      `select pg_terminate_backend(pid) as ended from pg_stat_activity
       where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`,
      [ctx.tag],
    );
    return rows.filter((row) => row['ended'] === true).length;
  });
