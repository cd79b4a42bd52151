import { lstat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { connectDuckdb } from '../../src/warehouse/duckdb/index.ts';
import { type DuckdbHouse, duckdbHouse, sidesIn } from '../contract/duckdb/house.ts';
import { Driver } from '../contract/warehouse/house.ts';
import { type Call, call } from './duckdb/dying.ts';
import { ended, killAll, start } from './duckdb/processes.ts';

const r = (n: number) => releaseOf(fence(n));

describe('a controller that is killed between two effects on files', { timeout: 180_000 }, () => {
  let house: DuckdbHouse;
  let driver: Driver;
  let n = 0;
  beforeEach(async () => {
    house = await duckdbHouse();
    driver = new Driver(house);
    n = 1;
  });
  afterEach(async () => {
    await killAll();
    await house.dispose();
  });

  /** Kills it before its 1st, 2nd, ... effect, each time on new ground, until it comes to its end. Returns how often. */
  async function everywhere(
    prepare: () => Promise<Call>,
    after: (one: Call, killed: boolean) => Promise<void>,
  ): Promise<number> {
    for (let at = 1; ; at++) {
      n += 1;
      const one = await prepare();
      const { code, signal } = await ended(start('dying.ts', [house.folder, String(at), JSON.stringify(one)]));
      expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
      await after(one, signal === 'SIGKILL');
      if (signal !== 'SIGKILL') return at - 1;
    }
  }
  const again = (one: Call) => call(connectDuckdb(sidesIn(house.folder)), house.folder, one);

  it('in a cutover leaves readers with the old or the new side, and the same cutover then ends right', async () => {
    await driver.deploy(n, driver.orders([n]));
    const kills = await everywhere(
      async () => {
        const { seal, look } = await driver.build(n, driver.orders([n]));
        return { do: 'cutover', plan: await driver.plan(n, seal.sides), guard: { fence: fence(n), seal, live: look } };
      },
      async (one) => {
        const { mark } = await house.warehouse.standing();
        expect(await driver.readers()).toEqual([mark?.fence]);
        expect([n - 1, n]).toContain(mark?.fence);
        const kept = (await house.warehouse.kept()).map(({ release }) => release);
        expect(kept).not.toContain(r(n));
        await again(one);
        expect(await driver.readers()).toEqual([n]);
        expect((await house.warehouse.kept()).map(({ release }) => release)).not.toContain(r(n));
      },
    );
    expect(kills).toBeGreaterThanOrEqual(7);
  });

  it('in a claim stands in the way of nobody who claims above it', async () => {
    await driver.deploy(n, driver.orders([n]));
    await everywhere(
      async () => ({ do: 'claim', n }),
      async () => {
        const { claimed } = await house.warehouse.standing();
        expect([n - 1, n]).toContain(claimed);
        n += 1;
        expect(await house.warehouse.claim(fence(n), null)).toMatchObject({ release: 'r1' });
      },
    );
  });

  it('in filling, sealing or opening a side again leaves what the same call makes whole', async () => {
    await driver.deploy(n, driver.orders([1, 2]));
    const ids = async () =>
      driver.ask(house.idle, `select count(*) as n from ${driver.relation(house.idle, 'orders')}`);
    const filled = async () => {
      await house.warehouse.claim(fence(n), null);
      return house.prepare(await house.warehouse.catalog(house.live));
    };
    await everywhere(
      async () => ({ do: 'fill', n, fills: await filled() }),
      async (one) => {
        await again(one);
        expect(await ids()).toEqual([{ n: 2 }]);
      },
    );
    await everywhere(
      async () => {
        await driver.fill(n, await filled());
        return { do: 'seal', n };
      },
      async (one) => {
        const seal = await again(one);
        expect(await again(one)).toEqual(seal);
      },
    );
    await everywhere(
      async () => ({ do: 'reopen', seal: (await driver.build(n, driver.orders([n]))).seal }),
      async (one) => {
        await again(one);
        expect(await ids()).toEqual([{ n: 1 }]);
      },
    );
    expect(await driver.readers()).toEqual([1, 2]);
  });

  it('in an adoption leaves the file as it was, and the same adoption then ends right', async () => {
    await house.write(house.live, driver.orders([5])(house.live));
    await everywhere(
      async () => {
        await house.warehouse.claim(fence(n), null);
        return { do: 'adopt', n };
      },
      async (one, killed) => {
        expect((await lstat(house.liveFile.location)).isFile()).toBe(true);
        expect(await driver.readers()).toEqual([5]);
        await again(one);
        if (!killed)
          await driver.publish({
            n,
            seal: await house.warehouse.adopt(r(n), house.live, fence(n)),
            look: await house.warehouse.look(house.live),
          });
        expect(await driver.readers()).toEqual([5]);
      },
    );
    expect((await lstat(house.liveFile.location)).isSymbolicLink()).toBe(true);
  });

  it('in giving up or removing sides leaves live whole, and the same call takes the rest away', async () => {
    await driver.deploy(n, driver.orders([1]));
    await everywhere(
      async () => ({ do: 'discard', sides: (await driver.build(n, driver.orders([n]))).seal.sides }),
      async (one) => {
        await again(one);
        expect(await driver.readers()).toEqual([1]);
      },
    );
    await everywhere(
      async () => {
        await driver.deploy(n, driver.orders([n]));
        return { do: 'remove', kept: await house.warehouse.kept() };
      },
      async (one) => {
        await again(one);
        expect(await house.warehouse.kept()).toEqual([]);
        expect(await driver.readers()).toEqual([n]);
      },
    );
  });
});
