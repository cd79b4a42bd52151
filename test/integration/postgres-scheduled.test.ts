import { afterAll, beforeAll, expect, test } from 'vitest';
import { type } from './frozen/commands.ts';
import { lookSettled } from './frozen/truth.ts';
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

test('a scheduled dbt build on live between build and promote', async () => {
  await shop.putBack(waiting);
  await shop.scheduled();
  const ended = await type(shop.shop, 'promote');
  console.log(ended.exit, ended.out, ended.err);
  const ended2 = await type(shop.shop, 'rollback');
  console.log(ended2.exit, ended2.out, ended2.err);
});

test('a scheduled dbt build on live between cutover and rollback drops nothing that the rollback needs', async () => {
  await shop.putBack(waiting);
  expect(await settled('promote')).toBe(3);
  await shop.scheduled();
  const ended = await type(shop.shop, 'rollback');
  console.log(ended.exit, ended.out, ended.err);
  expect((await lookSettled(shop.shop, ended)).version).toBe(2);
});
