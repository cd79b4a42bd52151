import snowflake from 'snowflake-sdk';

type Row = Readonly<Record<string, unknown>>;

/** A session of somebody who knows nothing of lastgreen. */
export interface Client {
  /** The rows of one statement; column names in lower case. */
  readonly ask: (sql: string) => Promise<readonly Row[]>;
  readonly close: () => Promise<void>;
}

export interface Login {
  readonly account: string;
  readonly username: string;
  readonly password: string;
  readonly accessUrl: string;
  readonly warehouse?: string;
  readonly role?: string;
  readonly database?: string;
}

export async function openClient(login: Login): Promise<Client> {
  snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  const session = snowflake.createConnection({ ...login, clientSessionKeepAlive: false });
  await session.connectAsync();
  return {
    ask: (sqlText) =>
      new Promise((found, failed) => {
        session.execute({
          sqlText,
          complete: (error, _, rows) => (error ? failed(error) : found((rows ?? []).map(inLowerCase))),
        });
      }),
    close: () => new Promise((done) => session.destroy(() => done())),
  };
}

const inLowerCase = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
