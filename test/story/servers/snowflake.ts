import { openClient } from '../../warehouses/snowflake/client.ts';
import { startSnowflake } from '../../warehouses/snowflake/server.ts';
import type { Server } from './server.ts';

/**
 * An account with the shop's database: DBT_ROLE owns it and may make others, and DASHBOARD may read whatever dbt
 * makes, by future grants, as a person who runs a shop would set it up.
 */
export async function snowflakeServer(): Promise<Server> {
  const server = await startSnowflake();
  const admin = await openClient({ ...server.connection, role: 'ACCOUNTADMIN' });
  for (const sql of [
    'create database SHOP',
    'create role DBT_ROLE',
    'create role DASHBOARD',
    `grant role DBT_ROLE to user ${server.user}`,
    `grant role DASHBOARD to user ${server.user}`,
    `grant usage on warehouse ${server.warehouse} to role DBT_ROLE`,
    `grant usage on warehouse ${server.warehouse} to role DASHBOARD`,
    'grant usage on database SHOP to role DASHBOARD',
    'grant usage on future schemas in database SHOP to role DASHBOARD',
    'grant select on future tables in database SHOP to role DASHBOARD',
    'grant select on future views in database SHOP to role DASHBOARD',
    'grant create database on account to role DBT_ROLE',
    'grant ownership on database SHOP to role DBT_ROLE copy current grants',
  ])
    await admin.ask(sql);
  await admin.close();
  return {
    live: `${server.url}/SHOP`,
    env: { SHOP_HOST: server.host, SHOP_PORT: String(server.port), SHOP_PASSWORD: server.password },
    readerEnv: { SNOWFLAKE_PASSWORD: server.password },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
