import { randomBytes } from 'node:crypto';
import { startPostgres } from '../../warehouses/postgres/server.ts';
import type { Server } from './server.ts';

/**
 * A Postgres with the shop's database: `dbt` owns it and may do nothing else, and `dashboard` may read whatever dbt
 * makes, by default privileges, as a person who runs a shop would set it up.
 */
export async function postgresServer(folder: string): Promise<Server> {
  const server = await startPostgres({ folder });
  const [ofDbt, ofReaders] = [password(), password()];
  const admin = await server.client();
  await admin.query(`CREATE ROLE dbt LOGIN PASSWORD '${ofDbt}'; CREATE ROLE dashboard LOGIN PASSWORD '${ofReaders}'`);
  await admin.query('CREATE DATABASE shop OWNER dbt');
  await admin.end();
  const shop = await server.client('shop');
  await shop.query(`
    ALTER DEFAULT PRIVILEGES FOR ROLE dbt GRANT USAGE ON SCHEMAS TO dashboard;
    ALTER DEFAULT PRIVILEGES FOR ROLE dbt GRANT SELECT ON TABLES TO dashboard;
  `);
  await shop.end();
  return {
    live: `postgres://dashboard@${server.host}:${server.port}/shop`,
    env: { SHOP_HOST: server.host, SHOP_PORT: String(server.port), SHOP_PASSWORD: ofDbt },
    readerEnv: { PGPASSWORD: ofReaders },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** Of letters, digits, - and _: nothing that SQL would have to quote. */
const password = (): string => randomBytes(18).toString('base64url');
