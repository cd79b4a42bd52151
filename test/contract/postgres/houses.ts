import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Relation } from '../../../src/domain/relation.ts';
import { type PostgresServer, startPostgres } from '../../warehouses/postgres/server.ts';
import { Driver } from '../warehouse/house.ts';
import { type HouseOptions, type PostgresHouse, postgresHouse } from './house.ts';

/** What a test works with: a house, and who drives it. */
export interface Housed {
  readonly house: PostgresHouse;
  readonly driver: Driver;
  /** A name of the live side, quoted. */
  readonly live: (name: string) => string;
  readonly idle: (name: string) => string;
  readonly relation: (name: string) => Relation;
  /** The one value that a query gives. */
  readonly value: (sql: string) => Promise<unknown>;
}

type Opened = HouseOptions & {
  /** A release has what it changes and nothing else; else it begins with a copy of every table. */
  readonly slim?: boolean;
};

/** A server for the tests of a file, with these roles and settings; gives each test that asks a house of its own. */
export function houses(
  roles: readonly string[] = [],
  settings: Readonly<Record<string, number>> = {},
): (o?: Opened) => Promise<Housed> {
  let folder: string;
  let server: PostgresServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgreen-own-'));
    server = await startPostgres({ folder, settings });
    const admin = await server.client();
    for (const role of roles) await admin.query(`create role ${role}`);
    await admin.end();
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  return async ({ slim = false, ...o } = {}) => {
    const house = await postgresHouse(server, o);
    onTestFinished(house.dispose);
    const [like] = house.live;
    const create = house.idle.map((container) => ({ do: 'create', container, ...(like ? { like } : {}) }) as const);
    const driver = new Driver(slim ? { ...house, prepare: () => create } : house);
    return {
      house,
      driver,
      live: (name) => driver.relation(house.live, name),
      idle: (name) => driver.relation(house.idle, name),
      relation: (name) => house.relation(house.live, name),
      value: async (sql) => Object.values((await house.run(sql))[0] ?? {})[0],
    };
  };
}
