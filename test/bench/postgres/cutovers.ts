import pg from 'pg';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { SCHEMA as schema } from '../../contract/postgres/house.ts';
import type { PostgresServer } from '../../warehouses/postgres/server.ts';
import { spread, timed } from '../measure.ts';
import type { Row } from '../table.ts';
import { furnished } from './furnish.ts';

/** The most relations that are swapped back as well. */
export const SWAPPED_BACK = 1_000;

/**
 * Cutovers of so many tables, in turn with the very statements of one, sent by a connection of its own as `psql -f`
 * would. Beside them what moving alone takes, which nothing guards.
 */
export async function cutovers(server: PostgresServer, size: number, runs: number): Promise<readonly Row[]> {
  const { house, driver, names, stamped } = await furnished(server, size);
  const [ours, same, bare, back]: [number[], number[], number[], number[]] = [[], [], [], []];
  const client = await house.session();
  for (let run = 0; run < 2 * runs; run++) {
    const n = 2 + 2 * run;
    const built = await driver.build(n, stamped(n));
    const plan = await driver.plan(n, built.seal.sides);
    const cutOver = () => house.warehouse.cutover(plan, { fence: fence(n), seal: built.seal, live: built.look });
    if (run % 2 === 0) ours.push(...(await timed(1, cutOver)));
    else {
      const statements = await statementsOf(cutOver);
      same.push(...(await timed(1, () => sentAlone(house.session, statements))));
    }
    await house.warehouse.claim(fence(n + 1), null);
    const side = (await house.warehouse.kept()).findLast(({ release }) => release === releaseOf(fence(1)));
    const way = await driver.plan(n + 1, side?.containers ?? [], releaseOf(fence(1)));
    back.push(...(await timed(1, () => house.warehouse.cutover(way, { fence: fence(n + 1), seal: null, live: null }))));
    await house.warehouse.remove(await house.warehouse.kept());
    if (run % 2 === 0) continue;
    await client.query(other(names));
    bare.push(...(await timed(1, () => client.query(moving(names)))));
    await client.query(undone(names));
  }
  await client.end();
  await house.dispose();
  const beside = { what: 'the same statements', ms: spread(same).median };
  return [
    { what: `${size} relations: lock and move alone, by hand`, values: bare },
    { what: `${size} relations: the same statements, sent by psql`, values: same },
    { what: `${size} relations: cutover`, values: ours, beside, goalMs: beside.ms * 1.2 },
    ...(size <= SWAPPED_BACK ? [{ what: `${size} relations: swap back`, values: back, beside }] : []),
  ];
}

/** What a cutover would send as its transaction; it is not sent, and nothing has changed. */
async function statementsOf(cutOver: () => Promise<unknown>): Promise<string> {
  // Its many signatures are handed through as they are.
  const query = Reflect.get(pg.Client.prototype, 'query') as (...args: readonly unknown[]) => unknown;
  let statements = '';
  const instead = function (this: pg.Client, ...args: readonly unknown[]): unknown {
    const [text] = args;
    if (typeof text !== 'string' || !text.startsWith('begin;')) return Reflect.apply(query, this, args);
    statements = text;
    return Promise.reject(new RangeError('not sent'));
  };
  Reflect.set(pg.Client.prototype, 'query', instead);
  try {
    await cutOver();
  } catch (error) {
    if (statements === '') throw error;
  } finally {
    Reflect.set(pg.Client.prototype, 'query', query);
  }
  return statements;
}

async function sentAlone(connect: () => Promise<pg.Client>, statements: string): Promise<void> {
  const client = await connect();
  await client.query(statements);
  await client.end();
}

const q = (where: string, name: string): string => `${pg.escapeIdentifier(where)}.${pg.escapeIdentifier(name)}`;
const [comes, leaves] = ['comes', 'gone'];

/** Tables like those that a cutover puts in the place of live ones. */
const other = (names: readonly string[]): string =>
  [`create schema ${comes}`, ...names.map((name) => `create table ${q(comes, name)} as select 0 as release`)].join(';');

/** What somebody would type who moves them by hand. */
const moving = (names: readonly string[]): string =>
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
