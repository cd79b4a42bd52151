import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type } from './frozen/commands.ts';
import { openSnowflakeShop, type SnowflakeShop, scopes } from './snowflake/shop.ts';

const orders = 'SHOP.ANALYTICS.ORDERS';
const totals = 'SHOP.ANALYTICS.TOTALS';

/** As a scheduled dbt on live leaves it, with names of three parts. */
const asScheduled = `create or replace view ${totals} copy grants as
  (select count(*) as orders, max(version) as version, 2 as said from ${orders} where exists (select 1 from SHOP.ANALYTICS.COUNTRIES))`;

describe.each(scopes)('what people did to live by hand, on Snowflake, scope %s,', (scope) => {
  let place: SnowflakeShop;
  beforeAll(async () => {
    place = await openSnowflakeShop(scope);
  }, 60_000);
  afterAll(() => place[Symbol.asyncDispose]());

  const ask = async (...statements: readonly string[]) => {
    for (const sql of statements) await place.guest.ask(sql);
  };
  const mayRead = async (what: string): Promise<readonly string[]> =>
    (await place.guest.ask(`show grants on ${what}`))
      .filter(({ privilege }) => privilege === 'SELECT')
      .map(({ grantee_name }) => String(grantee_name))
      .toSorted();
  const back = async (...argv: readonly string[]): Promise<void> =>
    expect(await type(place.shop, 'rollback', ...argv)).toMatchObject({ exit: 0 });
  const ship = async (version: number): Promise<void> => {
    await place.shop.commit(version);
    await place.shop.build();
    await place.shop.promote();
  };
  /** Who may read what, and what of it there is. */
  const expectTheirs = async (version: number): Promise<void> => {
    expect(await mayRead(`table ${orders}`)).toEqual(['AUDITOR']);
    expect(await mayRead(`view ${totals}`)).toEqual(['AUDITOR']);
    expect(await place.guest.ask(`select version from ${totals}`)).toEqual([{ version }]);
    expect(await place.guest.ask('select count(*) as N from SHOP.ANALYTICS.BY_HAND')).toEqual([{ n: 10 }]);
    expect(await place.guest.ask('select id from SHOP.ANALYTICS.ALL_NOTES order by 1')).toEqual([{ id: 1 }, { id: 2 }]);
  };

  test('holds after a rollback, after going back in time, and after the next release', {
    timeout: 120_000,
  }, async () => {
    await ask('create role AUDITOR', 'create role INTRUDER');
    await ship(1);
    await ask(`grant select on table ${orders} to role INTRUDER`);
    await ship(2);
    const then = new Date().toISOString();
    await ask(
      `revoke select on table ${orders} from role INTRUDER`,
      `grant select on table ${orders} to role AUDITOR`,
      `grant select on view ${totals} to role AUDITOR`,
      'create table SHOP.ANALYTICS.NOTES as select 1 as id',
      `create view SHOP.ANALYTICS.BY_HAND as select id from ${orders} where id < 10`,
      // Comes before what it reads, in the order of names.
      'create view SHOP.ANALYTICS.ALL_NOTES as select id from ANALYTICS.NOTES',
      asScheduled,
      'insert into SHOP.ANALYTICS.NOTES values (2)',
      `insert into ${orders} values (11, 2)`,
    );
    await back();
    await expectTheirs(1);
    await back('--at', then);
    await expectTheirs(2);
    expect(await place.guest.ask(`select count(*) as N from ${orders}`)).toEqual([{ n: 10 }]);
    await ask(asScheduled);
    await ship(3);
    await expectTheirs(3);
    await back();
    await expectTheirs(2);
  });
});
