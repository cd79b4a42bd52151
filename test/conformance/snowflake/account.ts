import { drop } from '../../contract/snowflake/account.ts';
import type { Client } from '../../warehouses/snowflake/client.ts';
import { kindOf, type Took, tookOf } from '../took.ts';
import type { Run } from './run.ts';

/** What was asked, in the server's own words; what it does not tell is left out. */
export async function aboutAccount(guest: Client): Promise<ReadonlyMap<string, string>> {
  const about = new Map<string, string>();
  for (const [what, sql] of [
    ['account', 'current_account()'],
    ['organization', 'current_organization_name()'],
    ['version', 'current_version()'],
    ['region', 'current_region()'],
    ['user', 'current_user()'],
    ['role', 'current_role()'],
    ['warehouse', 'current_warehouse()'],
  ] as const) {
    const rows = await guest.ask(`select ${sql} as v`).catch(() => []);
    const found = rows[0]?.['v'];
    if (typeof found === 'string') about.set(what, found);
  }
  return about;
}

/** As many as one question to the history is answered with. */
const PAGE = 10_000;

/** lastgreen's own statements of a run, by their first words; what takes longest comes first. */
export async function tookBy(guest: Client, { database, prefix }: Run): Promise<readonly Took[]> {
  const found = new Map<string, number[]>();
  const seen = new Set<unknown>();
  for (let until = 'current_timestamp()'; ; ) {
    const rows = await guest.ask(
      `select QUERY_ID, left(QUERY_TEXT, 300) as sql, TOTAL_ELAPSED_TIME as ms, END_TIME::varchar as until,
         QUERY_TAG like '%"app":"lastgreen"%' and QUERY_TEXT like '%${prefix}%' as own
       from table("${database}".information_schema.query_history_by_user(end_time_range_end => ${until}, result_limit => ${PAGE}))
       order by END_TIME`,
    );
    for (const row of rows.filter(({ query_id }) => !seen.has(query_id))) {
      seen.add(row['query_id']);
      if (row['own'] !== true) continue;
      const kind = kindOf(String(row['sql']));
      found.set(kind, [...(found.get(kind) ?? []), Number(row['ms'])]);
    }
    const [first] = rows;
    if (rows.length < PAGE || !first || !rows.some(({ own }) => own === true)) break;
    until = `'${String(first['until'])}'::timestamp_ltz`;
  }
  return tookOf(found);
}

/** Drops what a run has made. What ran when it was interrupted may still make something: it looks until nothing is there. */
export async function dropAll(
  guest: Client,
  { database, databases, prefix }: Run,
  madeDatabase: boolean,
): Promise<void> {
  for (let found = 1; found > 0; ) {
    found = databases ? await drop(guest, 'databases', prefix) : 0;
    if (!madeDatabase) {
      found += await drop(guest, 'schemas', prefix, database);
      found += await drop(guest, 'schemas', 'LASTGREEN', database);
    }
  }
}
