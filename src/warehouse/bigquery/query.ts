import type { Column, QueryOptions } from '../port.ts';
import type { Context } from './context.ts';
import { refused } from './errors.ts';
import { dryRun, runQuery } from './queries.ts';
import { columnOf, type Row, rowOf } from './rows.ts';

/**
 * One query, of which the server says beforehand that it only reads. On timeout or abort its job is cancelled and the signal's
 * reason is thrown (for a timeout a DOMException named TimeoutError): the asker knows that it came to no answer. A query that
 * would read more than `maxBytes` is refused by the server before it reads anything.
 */
export async function query(ctx: Context, sql: string, o: QueryOptions): Promise<readonly Row[]> {
  const signal = signalOf(o);
  await readsOnly(ctx, sql, signal);
  const { fields, rows } = await runQuery(ctx, {
    sql,
    step: 'gate',
    maxBytes: o.maxBytes,
    timeoutMs: o.timeoutMs,
    signal,
  });
  return rows.map(rowOf(fields));
}

/** Nothing is read: the server tells the columns of a query without running it (documentation, "Run a dry run"). */
export async function describe(ctx: Context, sql: string, o: QueryOptions): Promise<readonly Column[]> {
  const { fields } = await readsOnly(ctx, sql, signalOf(o));
  return fields.map(columnOf);
}

/** Bytes; of a script of several statements what it would read at the most. Costs nothing (the same page). */
export const estimate = async (ctx: Context, sql: string, o: QueryOptions): Promise<number> =>
  (await dryRun(ctx, { sql, signal: signalOf(o) })).bytes;

const signalOf = ({ signal, timeoutMs }: QueryOptions): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);

async function readsOnly(ctx: Context, sql: string, signal: AbortSignal) {
  const foretold = await dryRun(ctx, { sql, signal });
  // A script of several statements is one of type SCRIPT.
  if (foretold.statement !== 'SELECT') throw refused(`only a query is asked here, and this is ${foretold.statement}`);
  return foretold;
}
