import pg from 'pg';
import type { Connection, Env, Source } from './source.ts';

/** Reads a Postgres database as a dashboard does; the password is that of PGPASSWORD in the environment. */
export function postgres(live: string, { PGPASSWORD }: Env): Source {
  const url = new URL(live);
  url.password = encodeURIComponent(PGPASSWORD ?? '');
  const open = async (): Promise<Connection> => {
    const client = new pg.Client({
      connectionString: url.href,
      ssl: false,
      application_name: 'dashboard',
    });
    // What breaks a connection is an error of the statement after it.
    client.on('error', () => undefined);
    await client.connect();
    return {
      ask: async (sql) => (await client.query<Readonly<Record<string, unknown>>>(sql)).rows,
      close: () => client.end(),
    };
  };
  return {
    open,
    async there() {
      const connection = await open();
      try {
        const [row] = await connection.ask("SELECT to_regclass('analytics.revenue_by_country') IS NOT NULL AS there");
        return row?.['there'] === true;
      } finally {
        await connection.close();
      }
    },
  };
}
