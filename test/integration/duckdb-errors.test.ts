import * as node from 'node:fs/promises';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { foreseen } from '../../src/engine/retry.ts';
import type { Files } from '../../src/warehouse/duckdb/files.ts';
import { connectDuckdb } from '../../src/warehouse/duckdb/index.ts';
import { type DuckdbHouse, duckdbHouse, sidesIn } from '../contract/duckdb/house.ts';
import { Driver, isA } from '../contract/warehouse/house.ts';

describe('when files do not do what they should', () => {
  let house: DuckdbHouse;
  let driver: Driver;
  beforeEach(async () => {
    house = await duckdbHouse();
    driver = new Driver(house);
    await driver.deploy(1, driver.orders([1]));
  });
  afterEach(() => house.dispose());

  const failing = (name: 'rename' | 'mkdir' | 'copyFile', code: string, onlyTo = '') => {
    const fail = (...args: readonly unknown[]) => {
      // Each function gets the very arguments that it was called with.
      if (!args.some((arg) => String(arg).endsWith(onlyTo)))
        return (node[name] as (...args: readonly unknown[]) => unknown)(...args);
      return Promise.reject(Object.assign(new Error(`${code}: it failed`), { code, syscall: name }));
    };
    // The one function in place of its namesake.
    return connectDuckdb({ ...sidesIn(house.folder), files: { ...node, [name]: fail } as Files });
  };

  const cutWith = async (code: string) => {
    const built = await driver.build(2, driver.orders([2]));
    const plan = await driver.plan(2, built.seal.sides);
    const warehouse = failing('rename', code, '/shop.duckdb');
    return { built, plan, sent: warehouse.cutover(plan, { fence: fence(2), seal: built.seal, live: built.look }) };
  };

  it('says denied when the live name may not be replaced, and the side can be given up', async () => {
    const { built, sent } = await cutWith('EACCES');
    await expect(sent).rejects.toMatchObject(isA('denied'));
    expect(await driver.readers()).toEqual([1]);
    expect(await house.warehouse.kept()).toEqual([]);
    await house.warehouse.discard(built.seal.sides);
    expect((await house.warehouse.catalog(built.seal.sides)).relations).toEqual([]);
  });

  it('says unknown when a rename may or may not have happened, and the next claim settles it', async () => {
    const { built, plan, sent } = await cutWith('EIO');
    await expect(sent).rejects.toMatchObject(isA('unknown'));
    await house.warehouse.claim(fence(3), plan);
    await house.warehouse.cutover(plan, { fence: fence(3), seal: built.seal, live: built.look });
    expect(await driver.readers()).toEqual([2]);
  });

  it('refuses when the disk is full, and the same fill works once it is not', async () => {
    await house.warehouse.claim(fence(2), null);
    const fills = house.prepare(await house.warehouse.catalog(house.live));
    const o = { fence: fence(2), signal: new AbortController().signal };
    await expect(failing('copyFile', 'ENOSPC').fill(fills, o)).rejects.toMatchObject(isA('refused'));
    await house.warehouse.fill(fills, o);
    expect(await driver.ask(house.idle, `select id from ${driver.relation(house.idle, 'orders')}`)).toEqual([
      { id: 1 },
    ]);
  });

  it('says denied, and nothing is claimed, when the folder may not be written to', async () => {
    const claimed = failing('mkdir', 'EACCES').claim(fence(2), null);
    await expect(claimed).rejects.toMatchObject(isA('denied'));
    expect((await house.warehouse.standing()).claimed).toBe(1);
  });

  describe('asked what releases lack', () => {
    const names = { live: [], idle: [] };
    const on = (files: Partial<Files>) =>
      connectDuckdb({ ...sidesIn(house.folder), files: { ...node, ...files } as Files });
    const noReflinks = async (from: unknown, to: unknown, how?: number): Promise<void> => {
      if (how === node.constants.COPYFILE_FICLONE_FORCE) throw Object.assign(new Error('ENOTSUP'), { code: 'ENOTSUP' });
      return node.copyFile(String(from), String(to), how);
    };
    const size = (bytes: number) => async (path: unknown) =>
      Object.assign(await node.stat(String(path)), { size: bytes });

    it('says nothing where a build finds what it needs, and leaves nothing behind', async () => {
      const before = await node.readdir(house.folder);
      expect(await house.warehouse.examine(names)).toEqual([]);
      expect(await node.readdir(house.folder)).toEqual(before);
    });

    it('names the folder that is not there', async () => {
      const there = join(house.folder, 'nowhere');
      const sides = { live: join(there, 'shop.duckdb'), idle: join(there, 'green', 'shop.duckdb') };
      const side = (location: string) => ({ location, database: 'shop', schema: null });
      const warehouse = connectDuckdb({ live: side(sides.live), idle: side(sides.idle) });
      expect(await warehouse.examine(names)).toEqual([
        { severity: 'bad', what: expect.stringContaining(there), next: `mkdir -p ${there}` },
      ]);
    });

    it('names the folder that may not be written to', async () => {
      const access = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
      expect(await on({ access }).examine(names)).toEqual([
        { severity: 'bad', what: expect.stringContaining(house.folder), next: `chmod u+rwx ${house.folder}` },
      ]);
    });

    it('tells that a copy of live has no room, and on this file system needs it', async () => {
      const [copyFile, statfs] = [noReflinks, async () => ({ bavail: 10, bsize: 4096 })];
      const full = on({ copyFile, statfs, stat: size(3 * 2 ** 30) } as unknown as Partial<Files>);
      expect(await full.examine(names)).toEqual([
        {
          severity: 'bad',
          what: expect.stringMatching(/shop\.duckdb, 3 GB, .* 40 KB free$/),
          next: expect.any(String),
        },
      ]);
    });

    it('tells that every build copies a large file whole', async () => {
      const large = on({ copyFile: noReflinks, stat: size(2 ** 30) } as unknown as Partial<Files>);
      expect(await large.examine(names)).toEqual([
        {
          severity: 'warn',
          what: expect.stringContaining('copies all of shop.duckdb, 1 GB'),
          next: expect.any(String),
        },
      ]);
    });
  });

  it('does not take a damaged mark for none', async () => {
    await writeFile(join(house.folder, '.shop.lastgreen', 'marks', '1', 'mark.json'), '{"release": ');
    await expect(house.warehouse.standing()).rejects.toMatchObject(isA('refused'));
    await expect(house.warehouse.standing()).rejects.toThrow(/mark\.json/);
  });

  it('does not delete or move what others keep in the idle side’s folder', async () => {
    const { warehouse, idle, idleFile } = house;
    await warehouse.claim(fence(2), null);
    const folder = join(idleFile.location, '..');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await expect(driver.fill(2, [{ do: 'create', container: idleFile }])).rejects.toThrow(/notes\.txt/);
    await house.write(idle, driver.orders([2])(idle));
    const refused = await warehouse.seal(releaseOf(fence(2)), idle, fence(2)).catch((error: unknown) => error);
    expect(refused).toMatchObject(isA('refused'));
    expect(foreseen(refused)).toMatchObject({ code: 'FOREIGN_FILES', message: expect.stringContaining('notes.txt') });
    expect(await readdir(folder)).toContain('notes.txt');
  });

  it('says what is no database', async () => {
    const { seal } = await driver.build(2, driver.orders([2]));
    const [side] = seal.sides;
    await chmod(side?.location ?? '', 0o644);
    await writeFile(side?.location ?? '', 'not a database');
    await expect(house.warehouse.look(seal.sides)).rejects.toThrow(/not a valid DuckDB database file/);
  });

  it('gives the new file the permissions of the one that it takes the place of', async () => {
    await chmod(house.liveFile.location, 0o640);
    await driver.deploy(2, driver.orders([2]));
    expect((await node.stat(house.liveFile.location)).mode & 0o777).toBe(0o640);
  });

  it('refuses sides that DuckDB would give different catalog names', () => {
    const { live, idle } = sidesIn(house.folder);
    const other = { ...idle, location: idle.location.replace(/shop\.duckdb$/, 'other.duckdb') };
    expect(() => connectDuckdb({ live, idle: other })).toThrow(/same name/);
    expect(() => connectDuckdb({ live, idle: live })).toThrow(/folder of its own/);
  });
});
