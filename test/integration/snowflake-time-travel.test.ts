import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectReadable } from '../warehouses/snowflake/readable.ts';
import { type } from './frozen/commands.ts';
import { openSnowflakeShop, type SnowflakeShop, scopes } from './snowflake/shop.ts';

const orders = 'SHOP.ANALYTICS.ORDERS';
const countries = 'SHOP.ANALYTICS.COUNTRIES';

let place: SnowflakeShop;
afterEach(async () => {
  await expectReadable(place.server.control);
  await place[Symbol.asyncDispose]();
});

const ship = async (version: number): Promise<void> => {
  await place.shop.commit(version);
  await place.shop.build();
  await place.shop.promote();
};

/** All that a reader gets. */
const read = async () => ({
  orders: await place.guest.ask(`select id, version from ${orders} order by 1, 2`),
  countries: await place.guest.ask(`select code from ${countries} order by 1`),
  totals: await place.guest.ask('select * from SHOP.ANALYTICS.TOTALS'),
});

interface Moment {
  readonly at: string;
  readonly rows: Awaited<ReturnType<typeof read>>;
}

/** A time at which nothing is written, and what readers had then. */
const moment = async (): Promise<Moment> => {
  const rows = await read();
  return { at: new Date().toISOString(), rows };
};

// Codes have two letters.
let next = 10;
/** Somebody else's rows, in what releases change and in what they do not. */
const write = async (): Promise<void> => {
  next += 1;
  await place.guest.ask(`insert into ${orders} values (${next}, 0)`);
  await place.guest.ask(`insert into ${countries} values ('${next}')`);
};

const back = async (...argv: readonly string[]): Promise<string> => {
  const ended = await type(place.shop, 'rollback', ...argv);
  expect(ended).toMatchObject({ exit: 0 });
  return ended.out;
};

describe.each(scopes)('on Snowflake, scope %s,', (scope) => {
  beforeEach(async () => {
    place = await openSnowflakeShop(scope);
  }, 60_000);

  test('going back to a time gives exactly the rows and definitions of then, over one, two and three releases and over rollbacks in between', {
    timeout: 120_000,
  }, async () => {
    const moments: Moment[] = [];
    for (const version of [1, 2, 3]) {
      await ship(version);
      moments.push(await moment());
      await write();
      moments.push(await moment());
      await write();
    }
    await back();
    await write();
    moments.push(await moment());
    await write();
    const chosen = [5, 1, 6, 2].flatMap((n) => moments[n] ?? []);
    expect(chosen).toHaveLength(4);
    for (const { at, rows } of chosen) {
      expect(await back('--at', at)).toContain('by time travel');
      expect(await read()).toEqual(rows);
      await write();
    }
  });

  test('a time before a scheduled build on live put other tables in the place of what was there gives what was there, and says beforehand how far back one could go', async () => {
    await ship(1);
    await write();
    const before = await moment();
    await place.guest.ask(`create or replace transient table ${orders} as select 1 as id, 1 as version`);
    await write();
    const between = await moment();
    await ship(2);
    const told = await back('--at', before.at, '--dry-run');
    expect(told).toContain('by time travel');
    expect(told).toMatch(/orders +table; its rows can be had from \d{4}-/);
    await back('--at', before.at);
    expect(await read()).toEqual(before.rows);
    await back('--at', between.at);
    expect(await read()).toEqual(between.rows);
    expect(await place.shop.engine.leftOver(place.shop.dir, 0)).toEqual([]);
  });

  test('a kept side that was pruned is had back while the engine holds it; a time whose rows it does not hold any more is no way back', async () => {
    await ship(1);
    await write();
    const early = await moment();
    await write();
    const first = await moment();
    await ship(2);
    await write();
    const config = join(place.shop.dir, 'lastgreen.yml');
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replace('    target: prod', '    target: prod\n    rollback: {keep: 1s}'),
    );
    await expect
      .poll(
        async () => {
          await type(place.shop, 'prune', '--yes');
          return place.guest.ask(`select name from ${place.control}.KEPT where name not like 'LASTGREEN%'`);
        },
        { timeout: 30_000 },
      )
      .toEqual([]);
    const told = await back('--dry-run');
    expect(told).toMatch(/What was kept of r1 had been removed; it is had back first, which is possible until \d{4}-/);
    await back();
    expect(await read()).toMatchObject({ orders: first.rows.orders, totals: first.rows.totals });
    await place.server.control.passTime(2 * 24 * 60 * 60);
    const late = await type(place.shop, 'rollback', '--at', early.at);
    expect(late.exit).toBe(8);
    expect(late.err).toMatch(
      /the earliest possible time is \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: rows of [a-z, ]+ reach no further back/,
    );
    expect(late.err).toContain('lastgreen rollback --to r1 --strategy rebuild makes its rows anew');
  });
});
