import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { at } from '../../scripts/setup/places.mjs';
import { type EngineName, engines } from '../story/engines.ts';
import { question, sightOf } from '../story/readers/question.ts';
import { makeRepository, type Repository } from '../story/repository.ts';
import type { Server } from '../story/servers/server.ts';

const dbt = at('.tools', 'dbt', 'bin', 'dbt');
// dbt compiles and imports for seconds, and other tests run beside it.
const patience = 240_000;

/** On every engine. */
const WITHOUT_TEST_ORDERS = '99688 orders, revenue 2576601300, margin 1073377974';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-shop-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['duckdb', 'postgres'] as const)(
  "the shop's commits, built by dbt with its own tests, on %s",
  (engine) => {
    let shop: Repository;
    let server: Server | null;
    /** A copy of what the commit before the story's changes built. */
    let before: string;

    /** Builds what a change touches, and everything downstream, with dbt's own tests; throws what dbt says when one fails. */
    async function build(select: readonly string[], how: readonly string[] = ['--full-refresh']): Promise<void> {
      const args = ['build', '--quiet', ...how, '--profiles-dir', shop.dir, ...select];
      await execa(dbt, args, { cwd: shop.dir, env: server?.env ?? {}, all: true });
    }

    /** The rows of a statement; `{{ ref('x') }}` stands for the relation there. */
    async function rows(file: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
      const connection = await (await engines[engine].source(file)).open();
      try {
        return await connection.ask(sql.replaceAll(/\{\{ ref\('(\w+)'\) \}\}/g, 'analytics.$1'));
      } finally {
        await connection.close();
      }
    }

    async function number(file: string, sql: string): Promise<number> {
      return Number(Object.values((await rows(file, sql))[0] ?? {})[0]);
    }

    /** How much of the orders and of each country's revenue is gone (at worst), against what was there before. */
    async function change(): Promise<{ orders: number; revenue: number }> {
      const count = "select count(*) from {{ ref('fct_orders') }}";
      const byCountry =
        "select country_code, sum(revenue_cents) as revenue from {{ ref('fct_orders') }} group by 1 order by 1";
      const [now, then] = await Promise.all([rows(shop.live, byCountry), rows(before, byCountry)]);
      expect(now.map((row) => row['country_code'])).toEqual(then.map((row) => row['country_code']));
      return {
        orders: (await number(shop.live, count)) / (await number(before, count)) - 1,
        revenue: Math.min(...now.map((row, n) => Number(row['revenue']) / Number(then[n]?.['revenue']) - 1)),
      };
    }

    const offending = async (check: string): Promise<number> =>
      (await rows(shop.live, await readFile(join(shop.dir, 'checks', check), 'utf8'))).length;

    const state = async (file: string): Promise<string> => {
      const sight = sightOf(await rows(file, question));
      expect(sight.mixed).toBeNull();
      return sight.state;
    };

    beforeAll(async () => {
      server = (await engines[engine].server?.(folder)) ?? null;
      for (const [name, value] of Object.entries(server?.readerEnv ?? {})) vi.stubEnv(name, value);
      shop = await makeRepository(join(folder, engine), engine, server);
      await shop.take('leave-test-orders-out');
      await build([]);
      before = await copied(engine, shop.live, server);
    }, patience);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await server?.[Symbol.asyncDispose]();
    });

    test('the newest build has about 100,000 orders, of customers and of guests', async () => {
      const counts = "select count(*) as orders, count(customer_id) as of_customers from {{ ref('fct_orders') }}";
      const [row] = await rows(shop.live, counts);
      expect({ orders: Number(row?.['orders']), ofCustomers: Number(row?.['of_customers']) }).toEqual({
        orders: 99_688,
        ofCustomers: 87_239,
      });
      expect(await state(shop.live)).toBe(WITHOUT_TEST_ORDERS);
      expect(await offending('orphans.sql')).toBe(0);
      expect(await offending('dashboard_adds_up.sql')).toBe(0);
    });

    test('a second build, of what is new alone, gives the same rows', { timeout: patience }, async () => {
      await build([], []);
      expect(await state(shop.live)).toBe(WITHOUT_TEST_ORDERS);
      expect(await change()).toEqual({ orders: 0, revenue: 0 });
    });

    test('joining guests away loses more than a tenth of the orders, and dbt does not notice', {
      timeout: patience,
    }, async () => {
      await shop.take('put-the-segment-on-orders');
      await build(['--select', 'fct_orders+']);
      const { orders, revenue } = await change();
      expect(orders).toBeLessThan(-0.1);
      expect(revenue).toBeLessThan(-0.01);
      expect(await state(shop.live)).not.toBe(await state(before));
      await shop.revert();
    });

    test('counting shipping once an item changes nothing that is checked, and is wrong', {
      timeout: patience,
    }, async () => {
      const margin = "select sum(margin_cents) from {{ ref('fct_orders') }}";
      const shipping = "select sum(shipping_cents) from {{ ref('stg_orders') }}";
      await shop.take('count-shipping');
      await build(['--select', 'fct_orders+']);
      expect(await change()).toEqual({ orders: 0, revenue: 0 });
      expect(await offending('orphans.sql')).toBe(0);
      expect(await offending('dashboard_adds_up.sql')).toBe(0);
      const right = (await number(before, margin)) - (await number(before, shipping));
      expect(await number(shop.live, margin)).toBeLessThan(right);
      expect(await state(shop.live)).not.toBe(await state(before));
    });

    test("taking returns out of the fact alone shows only in the dashboard's totals", {
      timeout: patience,
    }, async () => {
      await shop.take('count-shipping-once');
      await shop.take('take-returns-out');
      await build(['--select', 'fct_orders+']);
      const { orders, revenue } = await change();
      expect(orders).toBeGreaterThan(-0.02);
      expect(revenue).toBeGreaterThan(-0.01);
      expect(await offending('orphans.sql')).toBe(0);
      expect(await offending('dashboard_adds_up.sql')).toBe(1);
      expect(await state(shop.live)).not.toBe(await state(before));
    });

    test('and leaving them out where orders are read agrees again', { timeout: patience }, async () => {
      await shop.take('leave-returns-out-where-read');
      await build(['--select', 'stg_orders+']);
      expect(await offending('dashboard_adds_up.sql')).toBe(0);
      expect(await state(shop.live)).toBe('99135 orders, revenue 2562293800, margin 999000061');
    });
  },
);

/** A copy of what is live, to compare with. */
async function copied(engine: EngineName, live: string, server: Server | null): Promise<string> {
  if (server !== null) return server.copy('before');
  // Views name the database, which is named by the file's stem: the copy keeps it.
  const before = join(folder, `before-${engine}`, 'shop.duckdb');
  await mkdir(dirname(before));
  await copyFile(live, before);
  return before;
}

test.each(['duckdb', 'postgres'] as const)(
  'every repository of the story has the same commits (%s)',
  async (engine) => {
    const ids = await Promise.all(
      ['one', 'other'].map(async (name) => {
        const repository = await makeRepository(join(folder, `${name}-${engine}`), engine);
        await repository.take('leave-test-orders-out');
        await repository.take('put-the-segment-on-orders');
        await repository.revert();
        await repository.take('count-shipping');
        await repository.take('count-shipping-once');
        await repository.take('take-returns-out');
        await repository.take('leave-returns-out-where-read');
        expect(await repository.git('status', '--porcelain')).toBe('');
        return await repository.git('log', '--format=%H %s');
      }),
    );
    expect(ids[0]?.split('\n')).toHaveLength(8);
    expect(ids[1]).toBe(ids[0]);
  },
);
