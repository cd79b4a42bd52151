import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { type PostgresHouse, postgresHouse, SCHEMA as schema } from '../contract/postgres/house.ts';
import { Driver } from '../contract/warehouse/house.ts';
import { ended, killAll, message, start } from '../integration/duckdb/processes.ts';
import type { Got, Reading } from '../integration/postgres/reader.ts';
import { type PostgresServer, startPostgres } from '../warehouses/postgres/server.ts';
import { spread, timed } from './measure.ts';
import { type Row, tableOf } from './table.ts';

interface Options {
  readonly quick: boolean;
  readonly say: (text: string) => void;
}

const BACK = 1_000;
const READ = 50;

/**
 * Cutovers of so many tables beside the same statements in one script on a plain connection, a swap back, and how long
 * readers wait at most while many of them go on.
 */
export async function postgres({ quick, say }: Options): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-bench-'));
  // Each relation that moves is a lock of its own (documentation, "max_locks_per_transaction").
  const server = await startPostgres({
    folder,
    settings: { max_locks_per_transaction: 1024, shared_buffers: '512MB' },
  });
  try {
    const rows: Row[] = [];
    for (const size of quick ? [10, 100] : [10, 100, 1_000, 5_000]) {
      say(`cutovers of ${size} relations`);
      rows.push(...(await cutovers(server, size, size > BACK || quick ? 3 : 5)));
    }
    const readers = await beside(server, quick ? 5 : READ, say);
    return [tableOf('Cutover on Postgres, at the port', rows), readers].join('\n');
  } finally {
    await killAll();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A house with tables of release 1 live, each with the number of its release in it. */
async function furnished(server: PostgresServer, size: number) {
  const house = await postgresHouse(server, { patience: { deadlineMs: 60_000 } });
  // All is built anew.
  const driver = new Driver({
    ...house,
    prepare: (catalog) => house.prepare(catalog).filter(({ do: what }) => what !== 'copy'),
  });
  const names = Array.from({ length: size }, (_, n) => `table ${n}`);
  const stamped = (n: number) => (side: PostgresHouse['live']) => [
    // In one text, which is one round trip.
    names.map((name) => `create table ${driver.relation(side, name)} as select ${n} as release`).join(';'),
  ];
  await driver.deploy(1, stamped(1));
  return { house, driver, names, stamped };
}

async function cutovers(server: PostgresServer, size: number, runs: number): Promise<readonly Row[]> {
  const { house, driver, names, stamped } = await furnished(server, size);
  const [ours, plain, back]: [number[], number[], number[]] = [[], [], []];
  const client = await house.session();
  for (let run = 0; run < runs; run++) {
    const n = 2 + 2 * run;
    const built = await driver.build(n, stamped(n));
    const plan = await driver.plan(n, built.seal.sides);
    ours.push(
      ...(await timed(1, () => house.warehouse.cutover(plan, { fence: fence(n), seal: built.seal, live: built.look }))),
    );
    await house.warehouse.claim(fence(n + 1), null);
    const side = (await house.warehouse.kept()).findLast(({ release }) => release === releaseOf(fence(1)));
    const way = await driver.plan(n + 1, side?.containers ?? [], releaseOf(fence(1)));
    back.push(...(await timed(1, () => house.warehouse.cutover(way, { fence: fence(n + 1), seal: null, live: null }))));
    await house.warehouse.remove(await house.warehouse.kept());
    await client.query(other(names));
    plain.push(...(await timed(1, () => client.query(script(names)))));
    await client.query(undone(names));
  }
  await client.end();
  await house.dispose();
  const beside = { what: 'the script', ms: spread(plain).median };
  const goalMs = beside.ms * 1.2;
  return [
    { what: `${size} relations: lock and move in one script`, values: plain },
    { what: `${size} relations: cutover`, values: ours, beside, goalMs },
    ...(size <= BACK ? [{ what: `${size} relations: swap back`, values: back, beside }] : []),
  ];
}

const q = (where: string, name: string): string => `${pg.escapeIdentifier(where)}.${pg.escapeIdentifier(name)}`;
const [comes, leaves] = ['comes', 'gone'];

/** Tables like those that a cutover puts in the place of live ones. */
const other = (names: readonly string[]): string =>
  [`create schema ${comes}`, ...names.map((name) => `create table ${q(comes, name)} as select 0 as release`)].join(';');

/** What somebody would type who moves them by hand. */
const script = (names: readonly string[]): string =>
  [
    'begin',
    `lock table only ${[...names.map((name) => q(comes, name)), ...names.map((name) => q(schema, name))].join(', ')} in access exclusive mode`,
    `create schema ${leaves}`,
    ...names.flatMap((name) => [
      `alter table ${q(schema, name)} set schema ${leaves}`,
      `alter table ${q(comes, name)} set schema ${pg.escapeIdentifier(schema)}`,
    ]),
    'commit',
  ].join(';');

const undone = (names: readonly string[]): string =>
  [
    ...names.flatMap((name) => [
      `drop table ${q(schema, name)}`,
      `alter table ${q(leaves, name)} set schema ${pg.escapeIdentifier(schema)}`,
    ]),
    `drop schema ${leaves}`,
    `drop schema ${comes}`,
  ].join(';');

async function beside(server: PostgresServer, times: number, say: (text: string) => void): Promise<string> {
  say(`${times} cutovers of 300 relations beside readers`);
  const { house, driver, names, stamped } = await furnished(server, 300);
  const { user, password, host, port } = server;
  const reading: Reading = {
    url: `postgres://${user}:${password}@${host}:${port}/${house.database}`,
    schema,
    relations: names,
    readers: ['statement', 'prepared', 'transaction', 'transaction'],
  };
  const reader = start('../postgres/reader.ts', [JSON.stringify(reading)]);
  await message(reader);
  const values: number[] = [];
  for (let n = 2; values.length < times; n += 2) {
    const built = await driver.build(n, stamped(n));
    values.push(...(await timed(1, () => driver.publish(built))));
    values.push(...(await timed(1, () => driver.swapBack(n + 1, releaseOf(fence(1))))));
    await house.warehouse.remove(await house.warehouse.kept());
  }
  reader.send('stop');
  // Sent by the readers beside this bench.
  const got = (await message(reader)) as Got;
  await ended(reader);
  await house.dispose();
  if (got.errors.length > 0 || got.mixed > 0)
    throw new Error(`readers saw ${got.mixed} mixes and ${got.errors.length} errors: ${got.errors[0] ?? ''}`);
  return tableOf(`4 readers beside cutovers of 300 relations, ${got.queries} answers`, [
    { what: 'cutover or swap back', values },
    { what: 'slowest answer', values: [got.longestMs] },
  ]);
}
