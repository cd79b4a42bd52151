import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fence, objectId, releaseOf } from '../../../src/domain/ids.ts';
import type { Past } from '../../../src/domain/past.ts';
import { type Relation, sameName } from '../../../src/domain/relation.ts';
import type { TimeTravel } from '../../../src/warehouse/port.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { Driver, isA } from '../warehouse/house.ts';
import { type SnowflakeHouse, snowflakeHouse } from './house.ts';

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
}, 60_000);
afterAll(() => server.stop());

const none = (what: string): never => {
  throw new Error(`there is no ${what}`);
};

const DAY_MS = 24 * 60 * 60 * 1000;

const scopes = ['table', 'database'] as const;
type Scope = (typeof scopes)[number];

interface Travelling {
  readonly house: SnowflakeHouse;
  readonly driver: Driver;
  readonly timeTravel: TimeTravel;
  /** `orders` on live, and on the idle side. */
  readonly orders: { readonly live: Relation; readonly idle: Relation };
  readonly ids: (relation: Relation) => Promise<readonly unknown[]>;
  /** What is known of the past of `orders`. */
  readonly pasts: () => Promise<readonly Past[]>;
}

async function travelling(scope: Scope, act: (given: Travelling) => Promise<void>): Promise<void> {
  const house = await snowflakeHouse(server, { scope });
  try {
    const { warehouse } = house;
    const timeTravel = warehouse.timeTravel ?? none('time travel');
    const orders = { live: house.relation(house.live, 'orders'), idle: house.relation(house.idle, 'orders') };
    await warehouse.claim(fence(1), null);
    await act({
      house,
      driver: new Driver(house),
      timeTravel,
      orders,
      ids: async (relation) =>
        (await house.read(`select id from ${warehouse.quote(relation)} order by id`)).map((row) => row['id']),
      pasts: async () =>
        (await timeTravel.past(house.live, now())).filter(({ relation }) => sameName(relation, orders.live)),
    });
  } finally {
    await house.dispose();
  }
}

/** By the server's clock, which a test may have moved on. */
let passedMs = 0;
const now = (): string => new Date(Date.now() + passedMs).toISOString();

test('a table is copied as it was at a time, also one that has another name since, or that another one has replaced', () =>
  travelling('table', async ({ house, driver, orders, ids, pasts }) => {
    const live = driver.relation(house.live, 'orders');
    const other = house.relation(house.live, 'others');
    await house.write(house.live, driver.orders([1, 2])(house.live));
    await house.run(`grant select on table ${live} to role public`);
    const first = now();
    await house.run(`insert into ${live} values (3, 30)`);
    const second = now();
    await house.run(`insert into ${live} values (4, 40)`);
    await house.run(`alter table ${live} rename to ${driver.relation(house.live, 'others')}`);
    await house.run(`create table ${live} (id integer)`, `insert into ${live} values (7)`);
    const third = now();
    await house.run(`create or replace table ${live} as select 8 as id`);

    const make = [
      { do: 'drop', what: house.idle[0] ?? none('idle side') },
      { do: 'create', container: house.idle[0] ?? none('idle side') },
    ] as const;
    const catalog = await house.warehouse.catalog(house.live);
    const renamed = catalog.state(other);
    const id = renamed.is === 'object' ? renamed.id : none('others');
    await driver.fill(1, [...make, { do: 'copy', from: other, id, at: first, to: orders.idle }]);
    expect(await ids(orders.idle)).toEqual([1, 2]);
    const grants = (await house.warehouse.catalog(house.idle)).find(orders.idle)?.protection?.grants;
    expect(grants).toEqual([{ what: 'SELECT to public', column: null }]);
    await driver.fill(1, [{ do: 'copy', from: other, id, at: second, to: orders.idle }]);
    expect(await ids(orders.idle)).toEqual([1, 2, 3]);

    const dropped = (await pasts()).find(({ until }) => until !== null) ?? none('dropped table');
    await driver.fill(1, [...make, { do: 'copy', from: orders.live, id: dropped.id, at: third, to: orders.idle }]);
    expect(await ids(orders.idle)).toEqual([7]);
    expect(await ids(orders.live)).toEqual([8]);
  }));

test('a database is copied as it was at a time, with what was in it then and nothing else, and its views read what lies beside them', () =>
  travelling('database', async ({ house, driver, orders, ids }) => {
    const { warehouse } = house;
    const at = (name: string) => driver.relation(house.live, name);
    await house.write(house.live, driver.orders([1, 2])(house.live));
    await house.write(house.live, [
      `create or replace table ${at('small')} as select 1 as id`,
      `alter table ${at('small')} set data_retention_time_in_days = 0`,
      `create or replace view ${at('named in full')} as select id from ${at('orders')}`,
    ]);
    const first = now();
    await house.run(`insert into ${at('orders')} values (3, 30)`);
    await house.run(
      `create or replace view ${at('totals')} as select 0 as orders`,
      `create table ${at('later')} (id integer)`,
    );
    const [live, idle] = [house.live[0] ?? none('live side'), house.idle[0] ?? none('idle side')];
    const state = (await warehouse.catalog(house.live)).state(live);
    const id = state.is === 'object' ? state.id : none('database');
    const copy = { do: 'copy', from: live, id, at: first, to: idle } as const;
    await driver.fill(1, [copy, { do: 'bind', container: idle, away: [live, idle] }]);
    expect(await ids(orders.idle)).toEqual([1, 2]);
    expect(await driver.ask(house.idle, `select orders from ${driver.relation(house.idle, 'totals')}`)).toEqual([
      { orders: 2 },
    ]);
    expect(await ids(house.relation(house.idle, 'named in full'))).toEqual([1, 2]);
    // What keeps no past is left out of it, and what came later was not there.
    const there = (await warehouse.catalog(house.idle)).relations.map(({ relation }) => relation.identifier);
    expect(there.toSorted()).toEqual(['named in full', 'orders', 'totals']);
    const small = { live: house.relation(house.live, 'small'), idle: house.relation(house.idle, 'small') };
    await driver.fill(1, [{ do: 'copy', from: small.live, id: null, to: small.idle }]);
    expect(await ids(small.idle)).toEqual([1]);
    await house.run(`alter database "${house.database}" set data_retention_time_in_days = 0`);
    await expect(driver.fill(1, [copy])).rejects.toThrow(/time travel/i);
    await expect(driver.fill(1, [{ ...copy, id: objectId('another') }])).rejects.toMatchObject(isA('drifted'));
  }));

describe.each(scopes)('where scope is %s', (scope) => {
  test('the past of a table begins with the table, or as long ago as its retention says', () =>
    travelling(scope, async ({ house, driver, pasts }) => {
      const live = driver.relation(house.live, 'orders');
      const [before] = [now(), await house.write(house.live, driver.orders([1])(house.live))];
      const [made] = await pasts();
      expect(made).toMatchObject({ created: made?.since, until: null });
      expect(made?.written && made.written > before && made.written < now()).toBe(true);
      await house.run(`alter table ${live} set data_retention_time_in_days = 0`);
      const [none] = await pasts();
      expect(none && Date.parse(none.since)).toBeGreaterThan(Date.parse(made?.written ?? ''));
      // One that is replaced without a past of its own cannot be had.
      await house.run(`create or replace table ${live} as select 2 as id`);
      expect(await pasts()).toHaveLength(1);
    }));

  test('a kept side that was removed can be had back with its rows and texts for a day, and then not any more', () =>
    travelling(scope, async ({ house, driver, timeTravel, ids }) => {
      const { warehouse } = house;
      await driver.deploy(2, driver.orders([1]));
      await driver.deploy(3, driver.orders([2]));
      const [side] = await warehouse.kept();
      const kept = side ?? none('kept side');
      const there = async () =>
        (await warehouse.catalog(kept.containers)).relations.map(({ relation, kind, definition }) => ({
          relation,
          kind,
          definition,
        }));
      const before = await there();
      expect(before.map(({ kind }) => kind)).toEqual(['table', 'view']);
      expect(await timeTravel.removed()).toEqual([]);
      expect(await warehouse.remove([kept])).toHaveLength(1);
      expect(await warehouse.kept()).toEqual([]);
      const found = await house.run('show schemas in account', 'show databases');
      expect(found.filter(({ name }) => String(name).includes('TRASH'))).toEqual([]);

      const [removed] = await timeTravel.removed();
      expect(removed).toMatchObject({ release: releaseOf(fence(2)), containers: kept.containers });
      expect(Math.abs(Date.parse(removed?.until ?? '') - Date.parse(now()) - DAY_MS)).toBeLessThan(60_000);
      await expect(timeTravel.restore(kept, fence(2))).rejects.toMatchObject(isA('fenced'));
      await timeTravel.restore(kept, fence(3));
      await timeTravel.restore(kept, fence(3));
      expect(await timeTravel.removed()).toEqual([]);
      expect(await warehouse.kept()).toEqual([kept]);
      expect(await there()).toEqual(before);
      expect(await ids(before[0]?.relation ?? none('table'))).toEqual([1]);

      await warehouse.remove([kept]);
      await server.control.passTime((2 * DAY_MS) / 1000);
      passedMs += 2 * DAY_MS;
      expect(await timeTravel.removed()).toEqual([]);
      await expect(timeTravel.restore(kept, fence(3))).rejects.toMatchObject(isA('missing'));
    }));
});
