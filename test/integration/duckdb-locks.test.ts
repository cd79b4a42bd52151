import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { type DuckdbHouse, duckdbHouse } from '../contract/duckdb/house.ts';
import { Driver, isA } from '../contract/warehouse/house.ts';
import { kill, message, start } from './duckdb/processes.ts';

describe('a file that another process has open', () => {
  let house: DuckdbHouse;
  let driver: Driver;
  let holder: ChildProcess | null = null;
  beforeEach(async () => {
    house = await duckdbHouse({ busyMs: 300 });
    driver = new Driver(house);
  });
  afterEach(async () => {
    if (holder) await kill(holder);
    holder = null;
    await house.dispose();
  });

  const hold = async (path: string, mode: 'READ_ONLY' | 'READ_WRITE'): Promise<ChildProcess> => {
    holder = start('holder.ts', [path, mode]);
    await message(holder);
    return holder;
  };
  const busy = ({ pid }: ChildProcess, file: string) => ({ ...isA('busy'), detail: { pid, file } });

  it('for writing is reported with the pid of who writes, and used as soon as it is free', async () => {
    const { seal } = await driver.deploy(1, driver.orders([1]));
    const file = seal.sides[0]?.location ?? '';
    const writer = await hold(house.liveFile.location, 'READ_WRITE');
    // One that has not read the file yet: what is known of it stays true until something is written.
    await expect(house.another.look(house.live)).rejects.toMatchObject(busy(writer, file));
    await expect(house.another.catalog(house.live)).rejects.toThrow(String(writer.pid));
    await kill(writer);
    expect((await house.warehouse.look(house.live)).fingerprints).toHaveLength(2);
  });

  it('for writing, when it is live, makes a cutover change nothing; going back without comparing still works', async () => {
    await driver.deploy(1, driver.orders([1]));
    await driver.deploy(2, driver.orders([2]));
    const built = await driver.build(3, driver.orders([3]));
    const plan = await driver.plan(3, built.seal.sides);
    const [back] = await house.warehouse.kept();
    const way = await driver.plan(3, back?.containers ?? [], back?.release);
    const writer = await hold(house.liveFile.location, 'READ_WRITE');
    const sent = house.warehouse.cutover(plan, { fence: fence(3), seal: built.seal, live: built.look });
    await expect(sent).rejects.toMatchObject({ ...isA('busy'), detail: { pid: writer.pid } });
    expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r2' });
    await house.warehouse.cutover(way, { fence: fence(3), seal: null, live: null });
    expect(await driver.readers()).toEqual([1]);
  });

  it('for writing, when dbt still builds in it, is not sealed', async () => {
    const { warehouse, idle, idleFile } = house;
    await driver.build(1, driver.orders([1]));
    await warehouse.claim(fence(2), null);
    await driver.fill(2, house.prepare(await warehouse.catalog(house.live)));
    const dbt = await hold(idleFile.location, 'READ_WRITE');
    dbt.send('create table t as select 1');
    await message(dbt);
    const sealed = warehouse.seal(releaseOf(fence(2)), idle, fence(2));
    await expect(sealed).rejects.toMatchObject(busy(dbt, idleFile.location));
  });

  it('for reading is in nobody’s way, and its reader keeps the rows that it had', async () => {
    await driver.deploy(1, driver.orders([1]));
    const reader = await hold(house.liveFile.location, 'READ_ONLY');
    await driver.deploy(2, driver.orders([2]));
    reader.send(`select id from ${driver.relation(house.live, 'orders')}`);
    expect(await message(reader)).toEqual([[1]]);
    expect(await driver.readers()).toEqual([2]);
  });

  it('is copied with what its writer had only written beside it before it was killed', async () => {
    const { warehouse, live, idle, prepare } = house;
    await driver.deploy(1, driver.orders([1]));
    const writer = await hold(house.liveFile.location, 'READ_WRITE');
    writer.send(`insert into ${driver.relation(live, 'orders')} values (2, 20)`);
    await message(writer);
    await kill(writer);
    await warehouse.claim(fence(2), null);
    await driver.fill(2, prepare(await warehouse.catalog(live)));
    const sql = `select id from ${driver.relation(idle, 'orders')} order by id`;
    expect(await driver.ask(idle, sql)).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await driver.readers()).toEqual([1, 2]);
  });

  it('is free for dbt between the calls of one command', async () => {
    await driver.deploy(1, driver.orders([1]));
    await Promise.all([house.warehouse.look(house.live), house.warehouse.catalog(house.live), driver.readers()]);
    const writer = await hold(house.liveFile.location, 'READ_WRITE');
    expect(writer.connected).toBe(true);
  });
});
