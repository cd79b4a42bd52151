import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection, RowStatement } from 'snowflake-sdk';
import { WarehouseError } from '../port.ts';
import { cancelOnAbort } from './cancel.ts';
import { type Asked, isLost, speaking } from './errors.ts';
import { type Row, readable, rowReader } from './rows.ts';
import { type Answer, calling } from './sdk.ts';

export interface Request extends Asked {
  readonly sql: string;
  readonly binds?: readonly Bind[];
  /** Of the server's session, for this request. */
  readonly parameters: Readonly<Record<string, string | number>>;
  /** `columns`: it is not run, only described. `none`: nobody reads rows, as of a request of several statements. */
  readonly wants: 'rows' | 'columns' | 'none';
}

export type Bind = string | number | boolean | null;

export interface Answered {
  readonly rows: readonly Row[];
  readonly queryId: string | null;
  readonly columns: NonNullable<Answer['rowtype']>;
}

/** How a session is asked. */
export interface Way {
  readonly connection: Connection;
  readonly cutting: AbortController;
  /** Ends the session without a word to the server. */
  readonly cut: () => void;
  readonly signal: AbortSignal | undefined;
  readonly secrets: readonly string[];
}

/** Sends a request, once; of several statements, asks what became of it when the answer was lost. Throws WarehouseError. */
export async function answerTo(way: Way, request: Request): Promise<Answered> {
  const asked = { ...request, secrets: way.secrets };
  const requestId = randomUUID();
  try {
    return await speaking(() => send(way, request, requestId), asked);
  } catch (error) {
    if (request.wants !== 'none' || !isLost(error)) throw error;
    return found(error, () => speaking(() => send(way, { ...request, ...nothing }, requestId), asked));
  }
}

/** In place of the statements: the SDK sends a SELECT that says that nothing was found. */
const nothing = { sql: '', binds: [], parameters: {} } as const;
const NOT_FOUND = 'ERRORMESSAGE';

/** ms until it is asked, and asked again. */
const ASK_AFTER = [0, 300, 1000];

/**
 * What became of a request whose answer was lost. The server knows it by its requestId, waits for it if it still runs,
 * and tells how it ended; one that it does not know it cannot run any more, because that requestId is used up
 * (Snowflake documentation, "Executing statements", resubmitting requests, of the Node.js driver). Throws what was lost
 * where the server cannot be asked or does not know: it may have forgotten.
 */
async function found(lost: unknown, ask: () => Promise<Answered>): Promise<Answered> {
  for (const ms of ASK_AFTER) {
    await pause(ms);
    try {
      const answered = await ask();
      if (answered.columns.some(({ name }) => name === NOT_FOUND)) throw lost;
      return answered;
    } catch (error) {
      if (error === lost || isOfStatement(error)) throw error;
    }
  }
  throw lost;
}

/** Any other error may be one of asking like this. */
const isOfStatement = (error: unknown): boolean => error instanceof WarehouseError && 'statement' in error.detail;

async function send(
  { connection, cutting, cut, signal }: Way,
  { sql, binds = [], parameters, wants }: Request,
  requestId: string,
): Promise<Answered> {
  let answer: Answer = { queryId: '' };
  const heard = wants === 'rows' ? {} : { heard: (found: Answer) => void (answer = found) };
  return calling({ cut: cutting.signal, ...heard }, async () => {
    const { promise, resolve, reject } = Promise.withResolvers<RowStatement>();
    const statement = connection.execute({
      sqlText: sql,
      binds,
      parameters: { ...parameters },
      ...readable,
      fetchAsString: [...readable.fetchAsString],
      requestId,
      // Without it the SDK sends a statement whose answer was lost once more (see sdk.ts).
      streamResult: true,
      describeOnly: wants === 'columns',
      // Of several statements it is called again, for the first of them.
      complete: (error, done) => (error ? reject(error) : resolve(done)),
    });
    const cancelling = cancelOnAbort(() => statement.cancel(), cut, signal);
    try {
      const done = await promise;
      return {
        rows: wants === 'rows' ? await rowsOf(done) : [],
        queryId: answer.queryId || done.getQueryId(),
        columns: answer.rowtype ?? [],
      };
    } finally {
      cancelling.settled();
    }
  });
}

async function rowsOf(statement: RowStatement): Promise<readonly Row[]> {
  const read = rowReader(statement.getColumns() ?? []);
  const rows: Row[] = [];
  for await (const values of statement.streamRows()) rows.push(read(values));
  return rows;
}
