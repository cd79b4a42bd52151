import { z } from 'zod';
import type { Session } from './connect.ts';

const AT_MOST = 5;
const HIDDEN = '<insufficient privilege>';

const holders = z.array(
  z.object({
    pid: z.number(),
    who: z.string().nullable(),
    program: z.string().nullable(),
    state: z.string().nullable(),
    seconds: z.number().nullable(),
    query: z.string(),
  }),
);

/**
 * Who holds a lock on relations, the longest first: pid, who, and what was asked. Source: PostgreSQL documentation,
 * "pg_locks".
 */
export async function blockersOf(session: Session, oids: readonly string[]): Promise<readonly string[]> {
  const rows = await session.run(
    `select a.pid, a.usename::text as who, a.application_name as program, a.state,
       extract(epoch from now() - a.xact_start)::int as seconds, left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80) as query
     from pg_stat_activity a
     where a.pid <> pg_backend_pid() and a.pid in (
       select l.pid from pg_locks l where l.granted and l.relation = any ($1::oid[]) and l.database = (
         select d.oid from pg_database d where d.datname = current_database()))
     order by a.xact_start limit ${AT_MOST}`,
    [oids],
  );
  return holders.parse(rows).map(({ pid, who, program, state, seconds, query }) => {
    const since = seconds === null ? null : `for ${seconds} s`;
    const whose = [who, program, state, since].filter(Boolean).join(', ');
    // What a session runs is shown to its own role and to members of pg_read_all_stats ("pg_stat_activity").
    return `pid ${pid} (${whose}): ${query === HIDDEN ? 'what it runs is not shown to this role' : query}`;
  });
}
