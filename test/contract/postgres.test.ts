import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgres } from '../warehouses/postgres/server.ts';
import { postgresHouse } from './postgres/house.ts';
import { postgresKinds } from './postgres/kinds.ts';
import { kindMatrix } from './warehouse/kinds.ts';
import { warehouseSuite } from './warehouse.suite.ts';

let folder: string;
let server: PostgresServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-postgres-'));
  server = await startPostgres({ folder });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const manner = { exchanges: 'relations', prints: 'writes' } as const;
warehouseSuite('Postgres', () => postgresHouse(server), manner);
kindMatrix('Postgres', () => postgresHouse(server), postgresKinds, manner);
