import type { ChildProcess } from 'node:child_process';
import { lstat, mkdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { foreseen } from '../../src/engine/retry.ts';
import { type DuckdbHouse, duckdbHouse } from '../contract/duckdb/house.ts';
import { Driver, isA } from '../contract/warehouse/house.ts';
import { kill, message, start } from './duckdb/processes.ts';

describe('adopting a file that no release made', () => {
  let house: DuckdbHouse;
  let driver: Driver;
  let other: ChildProcess | null = null;
  beforeEach(async () => {
    house = await duckdbHouse({ busyMs: 300 });
    driver = new Driver(house);
    await house.write(house.live, driver.orders([1, 2])(house.live));
  });
  afterEach(async () => {
    if (other) await kill(other);
    other = null;
    await house.dispose();
  });

  const adopt = async (n: number) => {
    const { warehouse, live } = house;
    await warehouse.claim(fence(n), null);
    const look = await warehouse.look(live);
    return { n, look, seal: await warehouse.adopt(releaseOf(fence(n)), live, fence(n)) };
  };
  const hold = async (mode: 'READ_ONLY' | 'READ_WRITE') => {
    other = start('holder.ts', [house.liveFile.location, mode]);
    await message(other);
    return other;
  };

  it('makes it the first release without copying it, and readers notice nothing', async () => {
    const before = await stat(house.liveFile.location);
    const reader = await hold('READ_ONLY');
    const adopted = await adopt(1);
    expect(await driver.readers()).toEqual([1, 2]);
    await driver.publish(adopted);
    expect((await lstat(house.liveFile.location)).isSymbolicLink()).toBe(true);
    expect((await stat(house.liveFile.location)).ino).toBe(before.ino);
    reader.send(`select count(*)::int from ${driver.relation(house.live, 'orders')}`);
    expect(await message(reader)).toEqual([[2]]);
    expect(await driver.readers()).toEqual([1, 2]);
    expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r1', content: 'r1' });
  });

  it('is followed by releases, and can be gone back to', async () => {
    await driver.publish(await adopt(1));
    await driver.deploy(2, driver.orders([3]));
    expect(await driver.readers()).toEqual([3]);
    await driver.swapBack(3, releaseOf(fence(1)));
    expect(await driver.readers()).toEqual([1, 2]);
  });

  it('can be repeated, and given up: the file stays as it was', async () => {
    const first = await adopt(1);
    expect(await house.warehouse.adopt(releaseOf(fence(1)), house.live, fence(1))).toEqual(first.seal);
    await house.warehouse.discard(first.seal.sides);
    expect((await lstat(house.liveFile.location)).isFile()).toBe(true);
    expect(await driver.readers()).toEqual([1, 2]);
  });

  it('takes over what another lineage released, where it lies', async () => {
    await driver.publish(await adopt(1));
    const { seal } = await driver.deploy(2, driver.orders([7]));
    const again = await adopt(3);
    expect(again.seal.sides).toEqual(seal.sides);
    await driver.publish(again);
    expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r3' });
    expect(await driver.readers()).toEqual([7]);
  });

  it('includes what a writer had only written beside it before it was killed', async () => {
    const writer = await hold('READ_WRITE');
    writer.send(`insert into ${driver.relation(house.live, 'orders')} values (3, 30)`);
    await message(writer);
    await kill(writer);
    await driver.publish(await adopt(1));
    expect(await driver.readers()).toEqual([1, 2, 3]);
  });

  it('does not begin, and does not end, while somebody writes to it', async () => {
    const adopted = await adopt(1);
    const plan = await driver.plan(1, adopted.seal.sides);
    const writer = await hold('READ_WRITE');
    const busy = { ...isA('busy'), detail: { pid: writer.pid } };
    await expect(house.warehouse.adopt(releaseOf(fence(1)), house.live, fence(1))).rejects.toMatchObject(busy);
    const sent = house.warehouse.cutover(plan, { fence: fence(1), seal: null, live: null });
    await expect(sent).rejects.toMatchObject(busy);
    expect((await lstat(house.liveFile.location)).isFile()).toBe(true);
  });

  it('names what was written to it meanwhile', async () => {
    const adopted = await adopt(1);
    await house.write(house.live, [`insert into ${driver.relation(house.live, 'orders')} values (3, 30)`]);
    await expect(driver.publish(adopted)).rejects.toMatchObject(isA('drifted'));
    await driver.publish(await adopt(2));
    expect(await driver.readers()).toEqual([1, 2, 3]);
  });

  it('does not leave behind what a killed writer wrote beside it meanwhile', async () => {
    const adopted = await adopt(1);
    const plan = await driver.plan(1, adopted.seal.sides);
    const writer = await hold('READ_WRITE');
    writer.send(`insert into ${driver.relation(house.live, 'orders')} values (3, 30)`);
    await message(writer);
    await kill(writer);
    const sent = house.warehouse.cutover(plan, { fence: fence(1), seal: null, live: null });
    await expect(sent).rejects.toMatchObject(isA('drifted'));
    await driver.publish(await adopt(2));
    expect(await driver.readers()).toEqual([1, 2, 3]);
  });

  it('is asked for before a release would take its place', async () => {
    const { warehouse, idle, idleFile, write } = house;
    await warehouse.claim(fence(1), null);
    await driver.fill(1, [{ do: 'create', container: idleFile }]);
    await write(idle, driver.orders([9])(idle));
    const seal = await warehouse.seal(releaseOf(fence(1)), idle, fence(1));
    const sent = driver.publish({ n: 1, seal, look: await warehouse.look(house.live) });
    await expect(sent).rejects.toMatchObject(isA('refused'));
    expect(foreseen(await sent.catch((error: unknown) => error))).toMatchObject({
      code: 'ADOPT_NEEDED',
      next: 'lastgreen adopt',
    });
    expect(await driver.readers()).toEqual([1, 2]);
  });

  it('refuses a link that it did not make, and leaves it', async () => {
    const elsewhere = join(house.folder, 'elsewhere');
    await mkdir(elsewhere);
    await rename(house.liveFile.location, join(elsewhere, 'shop.duckdb'));
    await symlink(join(elsewhere, 'shop.duckdb'), house.liveFile.location);
    const refused = await adopt(1).catch((error: unknown) => error);
    expect(refused).toMatchObject(isA('refused'));
    expect(foreseen(refused)).toMatchObject({ code: 'FOREIGN_CHANGE' });
    expect((await readFile(house.liveFile.location)).length).toBeGreaterThan(0);
    expect(await driver.readers()).toEqual([1, 2]);
  });
});
