import { afterAll, beforeAll, expect, test } from 'vitest';
import { type } from './frozen/commands.ts';
import { openSnowflakeShop, type SnowflakeShop } from './snowflake/shop.ts';

let place: SnowflakeShop;
beforeAll(async () => {
  place = await openSnowflakeShop('schema');
}, 60_000);
afterAll(() => place[Symbol.asyncDispose]());

const swaps = async (): Promise<readonly string[]> =>
  (await place.server.control.statements())
    .map(({ sql }) => sql)
    .filter((sql) => / swap with /.test(sql) && !sql.includes(';'))
    .map((sql) => sql.replaceAll('"SHOP".', '').replaceAll('"', ''));

test('whole schemas change places, with what people put into them, and go back over several releases', async () => {
  const { shop, guest } = place;
  const ship = async (version: number): Promise<void> => {
    await shop.commit(version);
    await shop.build();
    await shop.promote();
  };
  const totals = async () =>
    (await guest.ask('select version from SHOP.ANALYTICS.TOTALS')).map(({ version }) => version);
  await ship(1);
  await guest.ask('create table SHOP.ANALYTICS.NOTES as select 1 as id');
  await guest.ask('create role AUDITOR');
  await guest.ask('grant select on table SHOP.ANALYTICS.ORDERS to role AUDITOR');
  await ship(2);
  await ship(3);
  expect(await totals()).toEqual([3]);
  expect(await guest.ask('select id from SHOP.ANALYTICS.NOTES')).toEqual([{ id: 1 }]);
  expect(await type(shop, 'rollback', '--to', 'r1')).toMatchObject({ exit: 0 });
  expect(await totals()).toEqual([1]);
  // What no release builds is not taken back.
  expect(await guest.ask('select id from SHOP.ANALYTICS.NOTES')).toEqual([{ id: 1 }]);
  const readers = (await guest.ask('show grants on table SHOP.ANALYTICS.ORDERS')).filter(
    ({ privilege }) => privilege === 'SELECT',
  );
  expect(readers.map(({ grantee_name }) => grantee_name)).toContain('AUDITOR');
  expect(await swaps()).toContain('alter schema ANALYTICS swap with ANALYTICS__GREEN');
  for (const swap of await swaps()) expect(swap).toMatch(/^alter schema ANALYTICS swap with ANALYTICS__(GREEN|R\d+)$/);
});
