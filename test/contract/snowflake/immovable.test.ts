import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tied } from '../../../src/planning/strategies/ties.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { Driver, isA } from '../warehouse/house.ts';
import { snowflakeHouse } from './house.ts';

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.stop());

async function opened() {
  const house = await snowflakeHouse(server);
  const driver = new Driver(house);
  return { house, driver, [Symbol.asyncDispose]: () => house.dispose() };
}

const KINDS = ['dynamic table', 'materialized view', 'external table', 'iceberg table', 'hybrid table'] as const;

describe.each(KINDS)('a release with a relation of the kind %s', (kind) => {
  it('refuses with a sentence before it changes anything', async () => {
    await using at = await opened();
    const { house, driver } = at;
    const built = await driver.build(1, (side) => [
      ...driver.orders([1])(side),
      `create ${kind} ${driver.relation(side, 'odd')} as select 1 as id`,
    ]);
    const published = driver.publish(built);
    await expect(published).rejects.toMatchObject(isA('refused'));
    await expect(published).rejects.toThrow(
      new RegExp(`"odd" is an? ${kind}: only tables and views change places on Snowflake`),
    );
    expect((await house.warehouse.catalog(house.live)).relations).toEqual([]);
    const found = (await house.warehouse.catalog(house.idle)).find(house.relation(house.idle, 'odd'));
    expect(found?.kind).toBe(kind);
  });
});

describe('a stream on a live table', () => {
  it('is named as what would be stale, wherever it lies, and only of what is replaced', async () => {
    await using at = await opened();
    const { house, driver } = at;
    await driver.deploy(1, driver.orders([1]));
    const live = (name: string) => driver.relation(house.live, name);
    await house.run(
      `create schema ${house.database}.FEEDS`,
      `create table ${live('others')} (id integer)`,
      `create stream ${house.database}.FEEDS.CHANGES on table ${live('orders')}`,
    );
    const catalog = await house.warehouse.catalog(house.live);
    const problems = (name: string) =>
      tied({ replaced: [house.relation(house.live, name)], leaving: [], seeded: [] }, catalog);
    expect(problems('orders')).toEqual([
      `${house.database}."the shop".orders is held by stream ${house.database.toLowerCase()}.feeds.changes, which would stay with the relation that leaves live.`,
    ]);
    expect(problems('others')).toEqual([]);
  });
});
