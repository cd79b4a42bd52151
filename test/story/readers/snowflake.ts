import { openClient } from '../../warehouses/snowflake/client.ts';
import { ACCOUNT, USER, WAREHOUSE } from '../../warehouses/snowflake/names.ts';
import type { Connection, Env, Source } from './source.ts';

/** Reads an account's database as a dashboard does; the password is that of SNOWFLAKE_PASSWORD in the environment. */
export function snowflake(live: string, { SNOWFLAKE_PASSWORD }: Env): Source {
  const { origin, pathname } = new URL(live);
  const open = (): Promise<Connection> =>
    openClient({
      account: ACCOUNT,
      username: USER,
      password: SNOWFLAKE_PASSWORD ?? '',
      accessUrl: origin,
      role: 'DASHBOARD',
      warehouse: WAREHOUSE,
      database: pathname.slice(1),
    });
  return {
    open,
    async there() {
      const connection = await open();
      try {
        return (await connection.ask("show views like 'STG_ORDERS' in schema ANALYTICS")).length > 0;
      } catch {
        return false;
      } finally {
        await connection.close();
      }
    },
  };
}
