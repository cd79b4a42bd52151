import { copyFile, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startReader } from '../story/reader.ts';

let folder: string;
let live: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-reader-'));
  live = join(folder, 'shop.duckdb');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A file whose fact holds two orders of `revenue` each, and whose mart was built when it was `mart` each. */
async function side(name: string, revenue: number, mart = revenue): Promise<string> {
  const file = join(folder, `${name}.duckdb`);
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(`
    create schema analytics;
    create table analytics.fct_orders as
      select 'DE' as country_code, ${revenue} as revenue_cents, 10 as margin_cents from range(2);
    create table analytics.revenue_by_country as
      select 'DE' as country_code, 2 as orders, 2 * ${mart} as revenue_cents, 20 as margin_cents`);
  connection.closeSync();
  instance.closeSync();
  return file;
}

/** Exchanges what readers open in one step. */
async function publish(file: string): Promise<void> {
  await symlink(file, `${live}.next`);
  await rename(`${live}.next`, live);
}

const revenueOf = (state: string): number => Number(/revenue (\d+)/.exec(state)?.[1]);

describe('a reader of what is live', () => {
  test('waits for the first release, then sees each exchange in order, without an error or a mix', async () => {
    const sides = [await side('a', 100), await side('b', 200), await side('c', 300)];
    await using reader = await startReader('duckdb', live);
    expect((await reader.report()).queries).toBe(0);
    for (const file of [...sides, ...sides]) {
      await publish(file);
      await reader.fresh();
    }
    const report = await reader.stop();
    expect(report.states.map(({ state }) => revenueOf(state))).toEqual([200, 400, 600, 200, 400, 600]);
    expect(report).toMatchObject({ errors: 0, mixed: 0 });
    expect(report.openings).toBeLessThan(report.queries);
    expect(report.openings).toBeGreaterThan(12);
  });

  test('notices a fact and a mart that come from different builds', async () => {
    await publish(await side('whole', 100));
    await using reader = await startReader('duckdb', live);
    await reader.fresh();
    await publish(await side('mixed', 200, 100));
    const report = await reader.fresh();
    expect(report.mixed).toBeGreaterThan(0);
    expect(report.mixes[0]?.saw).toContain('fact: 2 orders, revenue 400');
    expect(report.mixes[0]?.saw).toContain('mart: 2 orders, revenue 200');
  });

  test('counts what it cannot read as an error, says why, and goes on', async () => {
    const whole = await side('whole', 100);
    await publish(whole);
    await using reader = await startReader('duckdb', live);
    await reader.fresh();
    await rm(live);
    const missing = await reader.fresh();
    expect(missing.errors).toBeGreaterThan(0);
    expect(missing.messages[0]?.message).toContain('shop.duckdb');
    await copyFile(whole, live);
    const back = await reader.fresh();
    expect(back.queries).toBeGreaterThan(missing.queries);
    expect(back.states).toHaveLength(1);
  });

  test('says so when it was ended by somebody else', async () => {
    await publish(await side('whole', 100));
    const reader = await startReader('duckdb', live);
    await reader.fresh();
    process.kill(reader.pid, 'SIGKILL');
    await expect(reader.stop()).rejects.toThrow('The reader ended by itself (SIGKILL)');
  });
});
