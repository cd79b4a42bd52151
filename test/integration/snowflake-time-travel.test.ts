import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectReadable } from '../warehouses/snowflake/readable.ts';
import {
  back,
  keepShortly,
  moment,
  ship,
  type Travelling,
  travelBehindRebuild,
  travelThroughReleases,
} from './frozen/back-in-time.ts';
import { type } from './frozen/commands.ts';
import { openSnowflakeShop, type SnowflakeShop, scopes } from './snowflake/shop.ts';

const orders = 'SHOP.ANALYTICS.ORDERS';
const countries = 'SHOP.ANALYTICS.COUNTRIES';

let place: SnowflakeShop;
afterEach(async () => {
  await expectReadable(place.server.control);
  await place[Symbol.asyncDispose]();
});

/** All that a reader gets. */
const read = async () => ({
  orders: await place.guest.ask(`select id, version from ${orders} order by 1, 2`),
  countries: await place.guest.ask(`select code from ${countries} order by 1`),
  totals: await place.guest.ask('select * from SHOP.ANALYTICS.TOTALS'),
});

// Codes have two letters.
let next = 10;
/** Somebody else's rows, in what releases change and in what they do not. */
const write = async (): Promise<void> => {
  next += 1;
  await place.guest.ask(`insert into ${orders} values (${next}, 0)`);
  await place.guest.ask(`insert into ${countries} values ('${next}')`);
};

const travelling = (): Travelling => ({ shop: place.shop, read, write });

describe.each(scopes)('on Snowflake, scope %s,', (scope) => {
  beforeEach(async () => {
    place = await openSnowflakeShop(scope);
  }, 60_000);

  test('going back to a time gives exactly the rows and definitions of then, over one, two and three releases and over rollbacks in between', {
    timeout: 120_000,
  }, async () => {
    const trips = await travelThroughReleases(travelling());
    expect(trips.map(({ have }) => have)).toEqual(trips.map(({ had }) => had));
    for (const { told } of trips) expect(told).toContain('by time travel');
  });

  test('a time before a scheduled build on live put other tables in the place of what was there gives what was there, and says beforehand how far back one could go', async () => {
    const rebuild = `create or replace transient table ${orders} as select 1 as id, 1 as version`;
    const trips = await travelBehindRebuild(travelling(), () => place.guest.ask(rebuild));
    expect(trips.map(({ have }) => have)).toEqual(trips.map(({ had }) => had));
    expect(trips[0]?.told).toMatch(
      /by time travel[^]*orders +table; its rows can be had from \d{4}-[^]*Next: lastgreen rollback --at \d{4}-/,
    );
    expect(await place.shop.engine.leftOver(place.shop.dir, 0)).toEqual([]);
  });

  test('a kept side that was pruned is had back while the engine holds it; a time whose rows it does not hold any more is no way back', async () => {
    await ship(travelling(), 1);
    await write();
    const early = await moment(travelling());
    await write();
    const first = await moment(travelling());
    await ship(travelling(), 2);
    await write();
    await keepShortly(travelling());
    await expect
      .poll(
        async () => {
          await type(place.shop, 'prune', '--yes');
          return place.guest.ask(`select name from ${place.control}.KEPT where name not like 'LASTGREEN%'`);
        },
        { timeout: 30_000 },
      )
      .toEqual([]);
    const told = await back(travelling(), '--dry-run');
    expect(told).toMatch(/What was kept of r1 had been removed; it is had back first, which is possible until \d{4}-/);
    await back(travelling());
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
