import { endLeftOver } from '../left-over.ts';
import type { Context } from './context.ts';

/** dbt's sessions have one application_name for the environment. Source: PostgreSQL documentation, "Server Signaling Functions". */
export const stop = (ctx: Context): Promise<number> =>
  ctx.open.with('stop', async (session) => {
    if (ctx.tag === '') return 0;
    return endLeftOver<number>(async (ended) => {
      const rows = await session.run(
        `select pid, pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`,
        [ctx.tag],
      );
      for (const row of rows) ended.add(Number(row['pid']));
    });
  });
