import type { Client } from './client.ts';
import { refused } from './errors.ts';
import { fromFirstWord } from './privilege.ts';
import type { Bind, Request } from './request.ts';
import { type Row, readableParameters, typeOf } from './rows.ts';
import { type Statement, scriptOf, sqlOf } from './script.ts';

/**
 * One session on the server. All throw WarehouseError, or the reason of an aborted signal. Nothing is sent twice: when an
 * answer is lost, nobody knows whether it was done (`isLost`).
 */
export interface Session {
  /** As CURRENT_SESSION() gives it. */
  readonly id: string;
  /** One statement; the first `?` or `:1` in it is the first of the binds. */
  run(sql: string, binds?: readonly Bind[], o?: Limit): Promise<readonly Row[]>;
  /**
   * Several statements in one request, which the server runs one by one until one fails: `detail.statement` is its index
   * then, and all before it are done, each committed (Snowflake documentation, "Transactions", DDL). Any other error but
   * `unknown` and a lost answer (`isLost`) means that none was run. After an aborted signal nobody knows how far it came.
   * Gives the id of the whole request's query.
   */
  script(statements: readonly Statement[], o?: Limit): Promise<{ readonly queryId: string | null }>;
  /** The columns that one statement would give, without running it; types as DESCRIBE has them. */
  fields(sql: string, o?: Limit): Promise<readonly Field[]>;
}

interface Limit {
  /** How long the server lets a statement run, ms, rounded up to seconds; then `busy`. Without: as the account has it. */
  readonly timeoutMs?: number;
}

interface Field {
  /** As Snowflake has it: in capitals where nobody quoted it. */
  readonly name: string;
  /** `NUMBER(38,0)`, `VARCHAR(16777216)`, `TIMESTAMP_NTZ(9)`. */
  readonly type: string;
  readonly nullable: boolean;
}

/** What stays with the session and would be there for whoever gets it next. */
const staying =
  /^(begin|start\s+transaction|use|alter\s+session|set|unset|create\s+(or\s+replace\s+)?((local|global)\s+)?temp(orary)?)\b/i;

/** `tidy`: nothing runs and nothing was left in it, so that somebody else may go on with the session. */
export function sessionOn(
  client: Client,
  id: string,
  tag: string,
  signal?: AbortSignal,
): { readonly session: Session; readonly tidy: () => boolean } {
  let running = 0;
  let clean = true;
  const ask = async (request: Omit<Request, 'parameters'>, { timeoutMs }: Limit, more: Request['parameters'] = {}) => {
    const limit = timeoutMs === undefined ? {} : { STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(timeoutMs / 1000) };
    running++;
    try {
      return await client.ask(
        {
          ...request,
          parameters: { QUERY_TAG: tag, ...readableParameters, ...limit, ...more },
          limited: timeoutMs !== undefined,
        },
        signal,
      );
    } finally {
      running--;
    }
  };
  const note = (sql: string) => {
    if (staying.test(fromFirstWord(sql))) clean = false;
  };
  return {
    session: {
      id,
      async run(sql, binds = [], o = {}) {
        note(sql);
        return (await ask({ sql, binds, wants: 'rows' }, o)).rows;
      },
      async script(statements, o = {}) {
        const script = scriptOf(statements);
        for (const statement of statements) note(sqlOf(statement));
        const { queryId } = await ask({ sql: script.text, script, wants: 'none' }, o, {
          MULTI_STATEMENT_COUNT: statements.length,
        });
        return { queryId };
      },
      async fields(sql, o = {}) {
        const { columns } = await ask({ sql, wants: 'columns' }, o);
        return columns.map((column) => ({ name: column.name, type: typeOf(column), nullable: column.nullable }));
      },
    },
    tidy: () => running === 0 && clean && !client.broken(),
  };
}

/** Asks who it is: that tells whether the server still knows it, and costs no warehouse. Throws WarehouseError. */
export async function idOf(client: Client, tag: string, signal?: AbortSignal): Promise<string> {
  const { rows } = await client.ask(
    { sql: 'select current_session() as ID', parameters: { QUERY_TAG: tag }, wants: 'rows' },
    signal,
  );
  const id = rows[0]?.['ID'];
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  throw refused('the server does not say which session it is');
}
