import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgres } from '../warehouses/postgres/server.ts';
import { postgresHouse } from './postgres/house.ts';
import { postgresKinds } from './postgres/kinds.ts';
import { kindMatrix } from './warehouse/kinds.ts';
import { warehouseSuite } from './warehouse.suite.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const manner = { exchanges: 'relations', prints: 'writes' } as const;
warehouseSuite('Postgres', () => postgresHouse(server), manner);
kindMatrix('Postgres', () => postgresHouse(server), postgresKinds, manner);
