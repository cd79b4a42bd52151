import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type PostgresServer, postgresVersions, startPostgres } from '../warehouses/postgres/server.ts';
import { postgresHouse } from './postgres/house.ts';
import { postgresKinds } from './postgres/kinds.ts';
import { kindMatrix } from './warehouse/kinds.ts';
import { warehouseSuite } from './warehouse.suite.ts';

const manner = { exchanges: 'relations', seals: 'in place', prints: 'writes' } as const;

describe.each(postgresVersions)('on the server of version %d', (version) => {
  let folder: string;
  let server: PostgresServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgreen-postgres-'));
    server = await startPostgres({ folder, version });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  warehouseSuite(`Postgres ${version}`, () => postgresHouse(server), manner);
  kindMatrix(`Postgres ${version}`, () => postgresHouse(server), postgresKinds, manner);
});
