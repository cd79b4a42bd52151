import type { DuckDBConnection } from '@duckdb/node-api';
import type { Container } from '../../domain/relation.ts';
import type { Column, QueryOptions } from '../port.ts';
import type { Context } from './context.ts';
import { attach } from './dialect.ts';
import { type Row, rowsOf } from './rows.ts';

/**
 * Asks one side, opened read-only. On timeout or abort the statement is interrupted and the signal's reason is thrown
 * (for a timeout a DOMException named TimeoutError): the asker knows that it came to no answer. `maxBytes` means nothing
 * here: reading a file costs nothing.
 */
export async function query(
  ctx: Context,
  attached: readonly Container[],
  sql: string,
  o: QueryOptions,
): Promise<readonly Row[]> {
  const signal = AbortSignal.any([o.signal, AbortSignal.timeout(o.timeoutMs)]);
  signal.throwIfAborted();
  const { location: path, database } = o.in;
  return ctx.open.with({ path, database, how: 'read' }, async (connection) => {
    // What the project attaches beside its own file, so that views which read it can be asked.
    for (const other of attached) await connection.run(attach(other.location, other.database, 'READ_ONLY', true));
    return ask(connection, sql, signal);
  });
}

/** DESCRIBE binds a query and runs nothing (DuckDB documentation, "Describe"). */
export async function describe(
  ctx: Context,
  attached: readonly Container[],
  sql: string,
  o: QueryOptions,
): Promise<readonly Column[]> {
  const rows = await query(ctx, attached, `DESCRIBE ${sql}`, o);
  return rows.map((row) => ({
    name: String(row['column_name']),
    type: String(row['column_type']),
    nullable: row['null'] === 'YES',
  }));
}

async function ask(connection: DuckDBConnection, sql: string, signal: AbortSignal): Promise<readonly Row[]> {
  const interrupt = () => connection.interrupt();
  signal.throwIfAborted();
  signal.addEventListener('abort', interrupt);
  try {
    return rowsOf(await connection.runAndReadAll(sql));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
