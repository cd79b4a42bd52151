import { afterAll, beforeAll, expect, test } from 'vitest';
import { type } from './frozen/commands.ts';
import { look, lookSettled } from './frozen/truth.ts';
import { type Kept, makePostgresShop, type PostgresShop } from './postgres/shop.ts';

let shop: PostgresShop;
let waiting: Kept;
beforeAll(async () => {
  shop = await makePostgresShop();
  waiting = await shop.keep('waiting');
}, 120_000);
afterAll(() => shop[Symbol.asyncDispose]());

const settled = async (...argv: readonly string[]): Promise<number> => {
  const ended = await type(shop.shop, ...argv);
  expect(ended).toMatchObject({ exit: 0 });
  return (await lookSettled(shop.shop, ended)).version;
};

test('a scheduled dbt build on live that drops a view of a release that waits with what it reads makes promote refuse it by name; the next build ends right', async () => {
  await shop.putBack(waiting);
  await shop.scheduled();
  const refused = await type(shop.shop, 'promote');
  expect(refused).toMatchObject({ exit: 4, err: expect.stringContaining('analytics__green.totals') });
  expect((await look(shop.shop)).version).toBe(2);
  await shop.shop.build();
  expect(await settled('promote')).toBe(3);
  expect(await settled('rollback')).toBe(2);
});

test('a scheduled dbt build on live of what a release replaces does not change what was verified', async () => {
  await shop.putBack(waiting);
  await shop.scheduled('orders', 'totals');
  expect(await settled('promote')).toBe(3);
  expect(await settled('rollback')).toBe(2);
});

test('a scheduled dbt build on live between cutover and rollback drops a kept view with what it reads, and the rollback brings it back', async () => {
  await shop.putBack(waiting);
  expect(await settled('promote')).toBe(3);
  await shop.scheduled();
  expect(await settled('rollback')).toBe(2);
});
