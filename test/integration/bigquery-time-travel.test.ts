import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BigqueryShop, openBigqueryShop } from './bigquery/shop.ts';
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

let place: BigqueryShop;
beforeEach(async () => {
  place = await openBigqueryShop();
}, 60_000);
afterEach(async () => place[Symbol.asyncDispose]());

const read = async () => ({
  orders: await place.guest.ask('select id, version from analytics.orders order by 1, 2'),
  countries: await place.guest.ask('select code from analytics.countries order by 1'),
  totals: await place.guest.ask('select * from analytics.totals'),
});

/** The slot that readers have. */
async function slot(): Promise<string> {
  const [row] = await place.guest.ask(
    "select view_definition as text from analytics.INFORMATION_SCHEMA.VIEWS where table_name = 'orders'",
  );
  return /analytics__\w+/.exec(String(row?.['text']))?.[0] ?? '';
}

// Codes have two letters.
let next = 10;
const write = async (): Promise<void> => {
  next += 1;
  const live = await slot();
  await place.guest.ask(`insert into ${live}.orders (id, version) values (${next}, 0)`);
  await place.guest.ask(`insert into ${live}.countries (code) values ('${next}')`);
};

const travelling = (): Travelling => ({ shop: place.shop, read, write });

test('going back to a time gives exactly the rows and definitions of then, over one, two and three releases and over rollbacks in between', {
  timeout: 120_000,
}, async () => {
  const trips = await travelThroughReleases(travelling());
  expect(trips.map(({ have }) => have)).toEqual(trips.map(({ had }) => had));
  for (const { told } of trips) expect(told).toContain('by time travel');
});

test('a time before a scheduled build on live put other tables in the place of what was there gives what was there, and says beforehand how far back one could go', async () => {
  const rebuild = async () => `create or replace table ${await slot()}.orders as select 1 as id, 1 as version`;
  const trips = await travelBehindRebuild(travelling(), async () => place.guest.ask(await rebuild()));
  expect(trips.map(({ have }) => have)).toEqual(trips.map(({ had }) => had));
  expect(trips[0]?.told).toMatch(
    /by time travel[^]*orders +table; its rows can be had from \d{4}-[^]*Next: lastgreen rollback --at \d{4}-/,
  );
  await write();
  const after = await moment(travelling());
  await write();
  expect(await back(travelling(), '--at', after.at, '--dry-run')).toContain(
    'A rollback now gives r1 the rows back that it had then by time travel.',
  );
  await place.server.control.passTime(8 * 24 * 60 * 60);
  await write();
  const late = await type(place.shop, 'rollback', '--at', after.at);
  expect(late.exit).toBe(8);
  expect(late.err).toMatch(
    /the earliest possible time is \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: rows of [a-z, ]+ reach no further back/,
  );
  expect(await place.shop.engine.leftOver(place.shop.dir, 0)).toEqual([]);
});

test('what was kept and was pruned is had back while the engine holds it; a time whose rows it does not hold any more is no way back', async () => {
  await ship(travelling(), 1);
  const slots = [await slot()];
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
        return place.guest.ask(`select table_name from ${slots[0]}.INFORMATION_SCHEMA.TABLES`);
      },
      { timeout: 30_000 },
    )
    .toEqual([]);
  expect(await back(travelling(), '--dry-run')).toContain('by time travel');
  await back(travelling());
  expect(await read()).toMatchObject({ orders: first.rows['orders'], totals: first.rows['totals'] });
  await place.server.control.passTime(8 * 24 * 60 * 60);
  const late = await type(place.shop, 'rollback', '--at', early.at);
  expect(late.exit).toBe(8);
  expect(late.err).toContain('orders is not kept any more as it was then');
  expect(late.err).toContain('lastgreen rollback --to r1 --strategy rebuild makes its rows anew');
});
