import type { Column, QueryOptions } from '../port.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { sqlStateOf } from './errors.ts';
import type { Row } from './rows.ts';

/**
 * Asks in a transaction that cannot write. On timeout or abort the statement is cancelled and the signal's reason is
 * thrown (for a timeout a DOMException named TimeoutError): the asker knows that it came to no answer.
 */
export function query(ctx: Context, sql: string, o: QueryOptions): Promise<readonly Row[]> {
  return reading(ctx, o, (session) => session.run(sql));
}

/** No row is read: the server tells the columns of a query with its first answer. */
export function describe(ctx: Context, sql: string, o: QueryOptions): Promise<readonly Column[]> {
  return reading(ctx, o, async (session) => {
    const fields = await session.fields(`select * from (${sql}\n) as described limit 0`);
    const types = await session.run(
      'select format_type(t.id, t.modifier) as type from unnest($1::oid[], $2::int[]) with ordinality as t (id, modifier, n) order by t.n',
      [fields.map(({ type }) => type), fields.map(({ modifier }) => modifier)],
    );
    return fields.map(({ name }, i) => ({ name, type: String(types[i]?.['type']), nullable: true }));
  });
}

async function reading<T>(ctx: Context, o: QueryOptions, act: (session: Session) => Promise<T>): Promise<T> {
  const signal = AbortSignal.any([o.signal, AbortSignal.timeout(o.timeoutMs)]);
  signal.throwIfAborted();
  return ctx.open.with(
    'query',
    async (session) => {
      await session.run('begin read only');
      try {
        return await act(session);
      } catch (error) {
        signal.throwIfAborted();
        if (sqlStateOf(error) === QUERY_CANCELLED)
          throw new DOMException('the server ended the statement', 'TimeoutError');
        throw error;
      } finally {
        await session.run('rollback').catch(() => undefined);
      }
    },
    { signal },
  );
}

/** query_canceled: by a statement_timeout that the role or the database has. */
const QUERY_CANCELLED = '57014';
