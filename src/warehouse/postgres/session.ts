import type pg from 'pg';
import type { Client } from './client.ts';
import { speaking, sqlStateOf } from './errors.ts';
import type { Row } from './rows.ts';

/** One session on the server; one statement at a time. Both throw WarehouseError, or the reason of an aborted signal. */
export interface Session {
  /** Of the server's process that serves this session. */
  readonly pid: number;
  /** One statement; `$1` in it is the first of the values. */
  run(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * Several statements in one round trip, which are one transaction where they do not say otherwise; the rows of the
   * last that gives rows.
   */
  script(sql: string): Promise<readonly Row[]>;
  /** The columns that one statement gives: type as pg_type.oid and its modifier. */
  fields(sql: string): Promise<readonly { readonly name: string; readonly type: number; readonly modifier: number }[]>;
}

/** `tidy`: between transactions, after a statement that succeeded, so that somebody else may go on with the session. */
export function sessionOn(
  client: Client,
  signal?: AbortSignal,
): { readonly session: Session; readonly tidy: () => boolean } {
  let running = false;
  const ask = async (query: string | (pg.QueryConfig & { readonly queryMode: string })) => {
    signal?.throwIfAborted();
    running = true;
    try {
      const found = await speaking(() => client.pg.query<Row>(query));
      running = false;
      return found;
    } catch (error) {
      if (signal?.aborted && (sqlStateOf(error) === CANCELED || client.broken())) throw signal.reason;
      throw error;
    }
  };
  return {
    session: {
      pid: client.pid,
      // Extended: the server refuses a second statement in the same text.
      run: async (sql, values = []) => rowsOf(await ask({ text: sql, values: [...values], queryMode: 'extended' })),
      script: async (sql) => rowsOf(await ask(sql)),
      fields: async (sql) =>
        (await ask({ text: sql, queryMode: 'extended' })).fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
          name,
          type: dataTypeID,
          modifier: dataTypeModifier,
        })),
    },
    tidy: () => !running && !client.broken() && client.pg.getTransactionStatus() === 'I',
  };
}

const CANCELED = '57014';

/** `pg` gives a list where a text had several statements, which its types leave out. */
const rowsOf = (found: pg.QueryResult<Row> | readonly pg.QueryResult<Row>[]): readonly Row[] =>
  (Array.isArray(found) ? found : [found]).findLast((result) => result.fields.length > 0)?.rows ?? [];
