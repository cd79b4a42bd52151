import snowflake, { type ConnectionOptions } from 'snowflake-sdk';

type Row = Readonly<Record<string, unknown>>;

/** A session of somebody who knows nothing of lastgreen. */
export interface Client {
  /**
   * The rows of one statement; column names in lower case. A request whose id the server knows already gets the answer
   * that it got before.
   */
  readonly ask: (sql: string, requestId?: string) => Promise<readonly Row[]>;
  readonly close: () => Promise<void>;
}

export async function openClient(login: ConnectionOptions): Promise<Client> {
  snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  const session = snowflake.createConnection({ ...login, clientSessionKeepAlive: false });
  await new Promise<void>((done, failed) => {
    // What it resolves to does not say whether anybody was let in.
    session.connectAsync((error) => (error ? failed(error) : done())).catch(failed);
  });
  return {
    ask: (sqlText, requestId) =>
      new Promise((found, failed) => {
        session.execute({
          sqlText,
          ...(requestId === undefined ? {} : { requestId }),
          complete: (error, _, rows) => (error ? failed(error) : found((rows ?? []).map(inLowerCase))),
        });
      }),
    close: () => new Promise((done) => session.destroy(() => done())),
  };
}

const inLowerCase = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
