import { randomBytes } from 'node:crypto';
import snowflake from 'snowflake-sdk';
import { expect } from 'vitest';
import type { SnowflakeServer } from '../../warehouses/snowflake/server.ts';

snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false, disableOCSPChecks: true, keepAlive: false });

export type Row = Readonly<Record<string, unknown>>;

export interface Client extends AsyncDisposable {
  /** All rows; throws with Snowflake's code as a string of six digits. */
  rows(sql: string, o?: Asked): Promise<readonly Row[]>;
  /** The only column of the only row. */
  value(sql: string, o?: Asked): Promise<unknown>;
  /** The same, as text. */
  text(sql: string): Promise<string>;
  /** Several statements, one request each. */
  run(...sql: readonly string[]): Promise<void>;
  /** Several statements in one request. */
  together(...sql: readonly string[]): Promise<readonly Row[]>;
  /** For what the others cannot do. */
  readonly raw: snowflake.Connection;
}

export interface Asked {
  readonly binds?: readonly (string | number | null)[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly asyncExec?: boolean;
}

export async function connected(server: SnowflakeServer, options: object = {}): Promise<Client> {
  const raw = snowflake.createConnection({ ...server.connection, ...options });
  await new Promise<void>((resolve, reject) => {
    raw.connect((error) => (error ? reject(error) : resolve()));
  });
  const rows = (sqlText: string, { binds, ...more }: Asked = {}): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      raw.execute({
        sqlText,
        ...more,
        ...(binds === undefined ? {} : { binds: [...binds] }),
        complete: (error, _, found) => (error ? reject(error) : resolve(found ?? [])),
      });
    });
  const value = async (sql: string, o?: Asked): Promise<unknown> => Object.values((await rows(sql, o))[0] ?? {})[0];
  return {
    raw,
    rows,
    value,
    text: async (sql) => String(await value(sql)),
    run: async (...sql) => {
      for (const one of sql) await rows(one);
    },
    together: (...sql) => rows(sql.join(';\n'), { parameters: { MULTI_STATEMENT_COUNT: sql.length } }),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        raw.destroy(() => resolve());
      }),
  };
}

/** A connection with a new database of its own as the current one. */
export async function inDatabase(server: SnowflakeServer, options: object = {}): Promise<Client & { name: string }> {
  const name = `T${randomBytes(5).toString('hex').toUpperCase()}`;
  const client = await connected(server, options);
  await client.rows(`create database ${name}`);
  return { ...client, name };
}

/** What an attempt is refused with: Snowflake's code and SQLSTATE. */
export const refusal = (code: string, sqlState?: string): object =>
  expect.objectContaining(sqlState === undefined ? { code } : { code, sqlState });
