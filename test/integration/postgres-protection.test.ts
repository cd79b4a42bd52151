import { afterAll, beforeAll, expect, test } from 'vitest';
import { type } from './frozen/commands.ts';
import { readers } from './frozen/environment.ts';
import { look, lookSettled } from './frozen/truth.ts';
import { type Kept, makePostgresShop, type PostgresShop } from './postgres/shop.ts';

let shop: PostgresShop;
let live: Kept;
beforeAll(async () => {
  shop = await makePostgresShop();
  await shop.run('create role reader', 'create role intern');
  await shop.shop.promote();
  live = await shop.keep('live');
}, 120_000);
afterAll(() => shop[Symbol.asyncDispose]());

const orders = 'analytics.orders';
const may = async (who: string): Promise<unknown> =>
  (await shop.ask(`select has_table_privilege('${who}', '${orders}', 'select') as may`))[0]?.['may'];
const seenBy = async (who: string): Promise<readonly unknown[]> =>
  (await shop.ask(`set role ${who}`, `select id from ${orders} order by id`)).map(({ id }) => id);
const hide = (using: string): readonly string[] => [
  'grant usage on schema analytics to reader',
  `grant select on ${orders} to reader`,
  `alter table ${orders} enable row level security`,
  `create policy own on ${orders} to reader using (${using})`,
];

test('what was granted, revoked and hidden by hand since the cutover holds after a rollback, which takes less than 2 s', async () => {
  await shop.putBack(live);
  const [kept] = await shop.ask('select schema_name as name from lastgreen.kept order by at desc limit 1');
  await shop.run(`grant select on ${String(kept?.['name'])}.orders to intern`, ...hide('id < 3'));
  const ended = await type(shop.shop, 'rollback', '--json');
  expect(ended).toMatchObject({ exit: 0, err: expect.stringContaining('protect') });
  expect((await lookSettled(shop.shop, ended)).version).toBe(2);
  expect(await seenBy('reader')).toEqual([0, 1, 2]);
  expect(await may('intern')).toBe(false);
  expect(JSON.parse(ended.out).ms).toBeLessThan(2_000);
});

test('a rollback that would lose a policy is stopped by the gate that tells its name, and readers keep what they have', async () => {
  await shop.putBack(live);
  await shop.run(`alter table ${orders} add country text default 'de'`, ...hide("country = 'de'"));
  const ended = await type(shop.shop, 'rollback');
  expect(ended).toMatchObject({ exit: 3, err: expect.stringMatching(/orders would lose policy own .*country/) });
  expect((await look(shop.shop)).version).toBe(3);
  expect(await seenBy('reader')).toHaveLength(10);
});

test('without the store nobody is asked: rights come along, and what cannot is told', async () => {
  await shop.putBack(live);
  await shop.run(`alter table ${orders} add country text default 'de'`, ...hide("country = 'de'"));
  const ended = await type(shop.shop, 'rollback', '--without-store', '--accept-loss', 'all');
  expect(ended).toMatchObject({ exit: 0, err: expect.stringMatching(/orders comes back without policy own/) });
  expect(await readers(shop.shop)).toEqual([2]);
  expect(await may('reader')).toBe(true);
  expect(await seenBy('reader')).toEqual([]);
});
