import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { duckdbHouse, newFolder, runOn } from './duckdb/house.ts';
import { duckdbKinds } from './duckdb/kinds.ts';
import { Driver } from './warehouse/house.ts';
import { kindMatrix } from './warehouse/kinds.ts';
import { warehouseSuite } from './warehouse.suite.ts';

const manner = { exchanges: 'sides', seals: 'elsewhere', prints: 'content' } as const;
warehouseSuite('DuckDB', duckdbHouse, manner);
kindMatrix('DuckDB', duckdbHouse, duckdbKinds, manner);

describe('a DuckDB warehouse', () => {
  it('says of itself that files change places at once and writers exclude readers', async () => {
    const house = await duckdbHouse();
    expect(house.warehouse.traits).toMatchObject({
      cutover: 'atomic',
      viewsBind: 'name',
      writesBesideReaders: false,
      timeTravelMs: 0,
    });
    expect(house.warehouse.traits.exchange).toBe('file');
    await house.dispose();
  });

  it('reads no row of live again that its seal has told, as long as nobody wrote to it', async () => {
    const house = await duckdbHouse();
    const driver = new Driver(house);
    const { seal } = await driver.deploy(1, driver.orders([1]));
    const told = { ...seal, fingerprints: seal.fingerprints.map(([one]) => [one, 'as it was told'] as const) };
    const look = await house.another.look(house.live, undefined, told);
    expect(look.fingerprints).toEqual(
      ['orders', 'totals'].map((name) => [house.relation(house.live, name), 'as it was told']),
    );
    await house.write(house.live, [`insert into ${driver.relation(house.live, 'orders')} values (2, 20)`]);
    expect(await house.another.look(house.live, undefined, told)).toEqual(await house.another.look(house.live));
    await house.dispose();
  });

  it('answers what is read through a view from a file that the project attaches', async () => {
    const folder = await newFolder();
    const other = { location: join(folder, 'raw.duckdb'), database: 'raw data', schema: null };
    await runOn(other.location, ['create table events as select 7 as n'], 'READ_WRITE');
    const house = await duckdbHouse({ attached: [other] });
    const driver = new Driver(house);
    const attach = `attach '${other.location}' as "raw data" (read_only)`;
    const view = (side: typeof house.live) => driver.relation(side, 'v');
    await driver.deploy(1, (side) => [attach, `create view ${view(side)} as select n from "raw data".main.events`]);
    expect(await driver.ask(house.live, `select n from ${view(house.live)}`)).toEqual([{ n: 7 }]);
    const catalog = await house.warehouse.catalog(house.live);
    expect(catalog.readsOf(house.relation(house.live, 'v'))).toEqual([
      { location: '', database: 'raw data', schema: 'main', identifier: 'events' },
    ]);
    await house.dispose();
    await rm(folder, { recursive: true });
  });
});
