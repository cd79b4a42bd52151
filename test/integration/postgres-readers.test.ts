import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { type PostgresHouse, postgresHouse, SCHEMA as schema } from '../contract/postgres/house.ts';
import { Driver } from '../contract/warehouse/house.ts';
import { type PostgresServer, startPostgres } from '../warehouses/postgres/server.ts';
import { ended, killAll, message, start } from './duckdb/processes.ts';
import type { Got, Habit, Reading } from './postgres/reader.ts';

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

let house: PostgresHouse;
let driver: Driver;
beforeEach(async () => {
  house = await postgresHouse(server);
  // All is built anew.
  driver = new Driver({ ...house, prepare: (catalog) => house.prepare(catalog).filter((fill) => fill.do !== 'copy') });
});
afterEach(async () => {
  await killAll();
  await house.dispose();
});

const readers: readonly Habit[] = ['statement', 'prepared', 'transaction', 'transaction'];

describe('readers in other processes', () => {
  const tables = Array.from({ length: 200 }, (_, n) => `table ${n}`);
  const views = Array.from({ length: 100 }, (_, n) => `view ${n}`);
  const stamped = (n: number) => (side: PostgresHouse['live']) => [
    ...tables.map((name) => `create table ${driver.relation(side, name)} as select ${n} as release`),
    ...views.map(
      (name, i) =>
        `create view ${driver.relation(side, name)} as select release from ${driver.relation(side, tables[i] ?? '')}`,
    ),
  ];

  it('see one whole release in each statement and transaction during ten cutovers and swap-backs of 300 relations', {
    timeout: 180_000,
  }, async () => {
    await driver.deploy(1, stamped(1));
    const { user, password, host, port } = server;
    const reading: Reading = {
      url: `postgres://${user}:${password}@${host}:${port}/${house.database}`,
      schema,
      relations: [...tables, ...views],
      readers,
    };
    const reader = start('../postgres/reader.ts', [JSON.stringify(reading)]);
    await message(reader);
    const took: number[] = [];
    const timed = async (act: () => Promise<unknown>): Promise<void> => {
      const from = performance.now();
      await act();
      took.push(performance.now() - from);
    };
    for (let n = 2; n <= 10; n += 2) {
      const built = await driver.build(n, stamped(n));

      await timed(() => driver.publish(built));

      await timed(() => driver.swapBack(n + 1, releaseOf(fence(1))));

      await house.warehouse.remove(await house.warehouse.kept());
    }
    reader.send('stop');
    // Sent by the readers beside this test.
    const got = (await message(reader)) as Got;
    await ended(reader);
    expect(got).toMatchObject({ errors: [], mixed: 0 });
    expect(got.seen).toContain(1);
    expect(got.seen.length).toBeGreaterThan(5);
    expect(got.queries).toBeGreaterThan(200);
    process.stdout.write(
      `${got.queries} answers, the slowest after ${got.longestMs.toFixed(0)} ms; ${took.length} cutovers of 300 relations, the slowest ${Math.max(...took).toFixed(0)} ms\n`,
    );
  });
});

describe('a transaction that reads one relation before the cutover and another after it', () => {
  const name = (relation: string) => driver.relation(house.live, relation);
  const made = (n: number, names: readonly string[]) => (side: PostgresHouse['live']) =>
    names.map((one) => `create table ${driver.relation(side, one)} as select ${n} as release`);
  const ask = async (client: pg.Client, relation: string) =>
    (await client.query(`select release from ${name(relation)}`)).rows.map(({ release }) => release);

  beforeEach(() => driver.deploy(1, made(1, ['changed', 'also changed', 'unchanged'])));
  const build = () => driver.build(2, made(2, ['changed', 'also changed']));

  async function began(isolation: string): Promise<pg.Client> {
    const client = await house.session();
    await client.query(`begin isolation level ${isolation}`);
    expect(await ask(client, 'unchanged')).toEqual([1]);
    return client;
  }

  it('gets what is live now of a relation that changed, read committed', async () => {
    const client = await began('read committed');
    await driver.publish(await build());
    expect(await ask(client, 'changed')).toEqual([2]);
    await client.end();
  });

  it('gets it repeatable read, too, where the build had ended when the transaction began', async () => {
    const built = await build();
    const client = await began('repeatable read');
    await driver.publish(built);
    expect(await ask(client, 'changed')).toEqual([2]);
    await client.end();
  });

  it('finds it without rows, repeatable read, where the transaction began before the build', async () => {
    const client = await began('repeatable read');
    await driver.publish(await build());
    expect(await ask(client, 'changed')).toEqual([]);
    await client.end();
  });

  it.each(['read committed', 'repeatable read'])(
    'gets both of one release where both change, because the cutover waits for it, %s',
    async (isolation) => {
      const client = await began(isolation);
      const built = await build();
      expect(await ask(client, 'changed')).toEqual([1]);
      const cutover = driver.publish(built);
      expect(await ask(client, 'also changed')).toEqual([1]);
      await client.query('commit');
      await cutover;
      expect([await ask(client, 'changed'), await ask(client, 'also changed')]).toEqual([[2], [2]]);
      await client.end();
    },
  );
});
