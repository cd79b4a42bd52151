import snowflake from 'snowflake-sdk';
import type { SnowflakeServer } from '../../warehouses/snowflake/server.ts';
import { inLowerCase, type Row } from '../warehouse/house.ts';

/** A session of somebody who knows nothing of lastgreen. */
export interface Guest {
  readonly ask: (sql: string) => Promise<readonly Row[]>;
  readonly close: () => Promise<void>;
}

export async function guestOf(
  { connection }: SnowflakeServer,
  o: Readonly<Record<string, string>> = {},
): Promise<Guest> {
  snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  const session = snowflake.createConnection({ ...connection, ...o });
  await session.connectAsync();
  return {
    ask: (sqlText) =>
      new Promise((found, failed) => {
        session.execute({
          sqlText,
          complete: (error, _, rows) => (error ? failed(error) : found(inLowerCase(rows ?? []))),
        });
      }),
    close: () => new Promise((done) => session.destroy(() => done())),
  };
}
