import { connectionOf, openClient } from '../../warehouses/bigquery/client.ts';
import type { Connection, Env, Source } from './source.ts';

/** Reads a project as a dashboard does, as the user that BIGQUERY_USER in the environment names. */
export function bigquery(live: string, { BIGQUERY_USER }: Env): Source {
  const { origin } = new URL(live);
  const client = openClient(connectionOf(origin, BIGQUERY_USER));
  const open = (): Promise<Connection> => Promise.resolve({ ask: client.ask, close: () => Promise.resolve() });
  return {
    open,
    there: async () => {
      const [found] = await client.bigquery.dataset('analytics').table('stg_orders').exists();
      return found;
    },
  };
}
