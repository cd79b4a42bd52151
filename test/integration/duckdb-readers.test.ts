import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CutoverPlan } from '../../src/domain/cutover.ts';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { type DuckdbHouse, duckdbHouse } from '../contract/duckdb/house.ts';
import { Driver } from '../contract/warehouse/house.ts';
import type { Claimed } from './duckdb/claimer.ts';
import { ended, killAll, message, start } from './duckdb/processes.ts';
import type { Got } from './duckdb/reader.ts';

describe('beside other processes', () => {
  let house: DuckdbHouse;
  let driver: Driver;
  beforeEach(async () => {
    house = await duckdbHouse();
    driver = new Driver(house);
  });
  afterEach(async () => {
    await killAll();
    await house.dispose();
  });

  const stamped = (n: number) => (side: DuckdbHouse['live']) =>
    ['a', 'b'].flatMap((name) => [
      `drop table if exists ${driver.relation(side, name)}`,
      `create table ${driver.relation(side, name)} as select ${n} as release`,
    ]);

  /** Cutovers from r3 to r2, from r2 to r1, from r1 to r3: a round that can be sent again and again. */
  const round = async (): Promise<readonly CutoverPlan[]> => {
    const [r1, r2, r3] = [1, 2, 3].map((n) => sideOf(n));
    const live = house.liveFile;
    const catalog = await house.warehouse.catalog([]);
    const plan = await driver.plan(4, house.live);
    return [
      [r3, r2],
      [r2, r1],
      [r1, r3],
    ].map(([was = live, to = live]): CutoverPlan => {
      const [before, after] = [was, to].map((side) => [[live, catalog.state(side)]] as const);
      return { ...plan, changes: [{ do: 'point', name: live, to, was, before: before ?? [], after: after ?? [] }] };
    });
  };
  const sideOf = (n: number) => ({
    ...house.liveFile,
    location: join(house.folder, '.shop.lastgreen', `r${n}`, 'shop.duckdb'),
  });
  const flip = async (n: number, plan: CutoverPlan | undefined) => {
    await house.warehouse.claim(fence(n), null);
    if (!plan) throw new RangeError('no such plan');
    const mark = { ...plan.mark, release: releaseOf(fence(n)), fence: fence(n) };
    await house.warehouse.cutover({ ...plan, mark }, { fence: fence(n), seal: null, live: null });
  };

  it('readers see one whole release or another, and no error, during fifty cutovers', async () => {
    const [a, b] = ['a', 'b'].map((name) => driver.relation(house.live, name));
    for (const n of [1, 2, 3]) await driver.deploy(n, stamped(n));
    const reader = start('reader.ts', [
      house.liveFile.location,
      `select a.release, b.release from ${a} as a, ${b} as b`,
    ]);
    await message(reader);
    const plans = await round();
    for (let n = 4; n <= 53; n++) await flip(n, plans[(n - 4) % 3]);
    await house.warehouse.remove(await house.warehouse.kept());
    reader.send('stop');
    // Sent by the reader beside this test.
    const got = (await message(reader)) as Got;
    await ended(reader);
    expect(got).toMatchObject({ errors: [], mixed: 0 });
    expect(new Set(got.seen)).toEqual(new Set([1, 2, 3]));
    expect(got.queries).toBeGreaterThan(50);
  });

  it('no mark of a lower fence comes after a claim, whoever races', { timeout: 120_000 }, async () => {
    await driver.deploy(1, stamped(1));
    const racers = [1, 2, 3, 4].map(() => start('claimer.ts', [house.folder, '40']));
    await Promise.all(racers.map(message));
    const answers = racers.map(message);
    for (const racer of racers) racer.send('go');
    // Sent by the racers beside this test.
    const results = (await Promise.all(answers)) as Claimed[];
    const claims = results.flatMap((result) => result.claims);
    expect(results.flatMap((result) => result.late)).toEqual([]);
    expect(new Set(claims).size).toBe(claims.length);
    expect(results.reduce((sum, { fenced }) => sum + fenced, 0)).toBeGreaterThan(0);
    expect(results.reduce((sum, { marks }) => sum + marks, 0)).toBeGreaterThan(0);
    expect((await house.warehouse.standing()).claimed).toBe(Math.max(...claims));
  });
});
