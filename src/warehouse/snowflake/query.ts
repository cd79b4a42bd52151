import type { Column, QueryOptions } from '../port.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { refused } from './errors.ts';
import { fromFirstWord } from './privilege.ts';
import type { Row } from './rows.ts';

/**
 * One statement: a request of several is refused by the server unless it says how many it has. On timeout or abort it is
 * canceled and the signal's reason is thrown (for a timeout a DOMException named TimeoutError): the asker knows that it
 * came to no answer.
 */
export function query(ctx: Context, sql: string, o: QueryOptions): Promise<readonly Row[]> {
  return asking(ctx, o, async (session) => {
    if (!isQuery(sql)) throw refused('only what reads is asked here: a SELECT, or WITH and a SELECT');
    return session.run(sql);
  });
}

/** No row is read: the server tells the columns of a query without running it. */
export function describe(ctx: Context, sql: string, o: QueryOptions): Promise<readonly Column[]> {
  return asking(ctx, o, (session) => session.fields(sql));
}

/** No transaction here is read-only, and no query writes (Snowflake documentation, "Query Syntax"). */
const isQuery = (sql: string): boolean => /^(select|with|values|show|describe|desc)\b|^\(/i.test(fromFirstWord(sql));

function asking<T>({ open }: Context, o: QueryOptions, act: (session: Session) => Promise<T>): Promise<T> {
  const signal = AbortSignal.any([o.signal, AbortSignal.timeout(o.timeoutMs)]);
  return open.with('gate', act, { signal });
}
