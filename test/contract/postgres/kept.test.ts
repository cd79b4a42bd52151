import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { containersOf, isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';
import { waiting } from './waiting.ts';

const open = houses(['analyst', 'reader', 'gone']);
const r = (n: number) => releaseOf(fence(n));

/** The second release changed the view only: the first one's rests, and reads a live table. */
async function rested(): Promise<Housed> {
  const housed = await open({ slim: true });
  const { driver, house, live } = housed;
  await driver.deploy(1, driver.orders([1, 2]));
  await house.run(
    `alter view ${live('totals')} set (security_barrier = true)`,
    `grant select on ${live('totals')} to reader with grant option`,
    `grant select on ${live('totals')} to public, gone`,
    `comment on view ${live('totals')} is 'of all time'`,
    `grant select (orders) on ${live('totals')} to analyst, gone`,
    `comment on column ${live('totals')}.orders is 'also those of tests'`,
    `alter view ${live('totals')} owner to analyst`,
  );
  await driver.deploy(2, (side) => [
    `create view ${driver.relation(side, 'totals')} as select 'second' as which from ${live('orders')}`,
  ]);
  return housed;
}

/** As dbt does it on live: a new table, and the old one goes with whatever reads it. */
const scheduled = ({ live }: Housed): readonly string[] => [
  `create table ${live('orders__dbt_tmp')} as select id, amount from ${live('orders')} union all select 9, 90`,
  `alter table ${live('orders')} rename to orders__dbt_backup`,
  `alter table ${live('orders__dbt_tmp')} rename to orders`,
  `drop table ${live('orders__dbt_backup')} cascade`,
  `create view ${live('totals')} as select 'second' as which from ${live('orders')}`,
];

const relationsIn = async ({ house }: Housed, n: number): Promise<readonly string[]> => {
  const side = (await house.warehouse.kept()).find(({ release }) => release === r(n));
  const { relations } = await house.warehouse.catalog(containersOf(side));
  return side ? relations.map(({ relation }) => relation.identifier) : [];
};

const self = `select relowner::regrole::text as owner, reloptions, obj_description(oid) as said,
  array(select a.privilege_type || ' ' || a.grantee::regrole || a.is_grantable from aclexplode(relacl) a order by 1) as grants,
  array(select concat_ws(' ', attname, attacl, col_description(attrelid, attnum)) from pg_attribute where attrelid = pg_class.oid) as columns
  from pg_class where oid =`;

describe('a view that rests, once a scheduled build has dropped it with what it reads', () => {
  it('is back after the next claim, as it was, and can be gone back to', async () => {
    const housed = await rested();
    const { driver, house, live, value } = housed;
    const before = await house.run(`${self} '"the shop__r1".totals'::regclass`);
    await house.run(...scheduled(housed));
    expect(await relationsIn(housed, 1)).toEqual([]);
    await house.warehouse.claim(fence(3), null);
    expect(await relationsIn(housed, 1)).toEqual(['totals']);
    expect(await house.run(`${self} '"the shop__r1".totals'::regclass`)).toEqual(before);
    await driver.swapBack(4, r(1));
    expect(await house.run(`${self} '${live('totals')}'::regclass`)).toEqual(before);
    await house.run(`grant select on ${live('orders')} to analyst`);
    expect(await value(`select orders from ${live('totals')}`)).toBe(3);
  });

  it('is not made again once it has come back to live', async () => {
    const housed = await rested();
    const { driver, house } = housed;
    await driver.swapBack(3, r(1));
    await house.warehouse.claim(fence(4), null);
    expect(await relationsIn(housed, 1)).toEqual([]);
    expect(await relationsIn(housed, 2)).toEqual(['totals']);
  });

  it('is not made of something else, and stops nobody, when what it read is not there any more', async () => {
    const housed = await rested();
    const { house, live } = housed;
    await house.run(`drop table ${live('orders')} cascade`, `create table ${live('orders')} (other text)`);
    expect(await house.warehouse.claim(fence(3), null)).toMatchObject({ release: 'r2' });
    expect(await relationsIn(housed, 1)).toEqual([]);
    await house.run(`drop table ${live('orders')}`, `create table ${live('orders')} as select 1 as id, 'a' as amount`);
    expect(await house.warehouse.claim(fence(4), null)).toMatchObject({ release: 'r2' });
    expect(await relationsIn(housed, 1)).toEqual([]);
  });

  it('goes on reading what it read when that rests too', async () => {
    const housed = await rested();
    const { driver, house, value } = housed;
    await driver.deploy(3, (side) => [
      `create table ${driver.relation(side, 'orders')} as select 5 as id, 5 as amount`,
    ]);
    await house.run('drop view "the shop__r1".totals');
    await house.warehouse.claim(fence(4), null);
    await house.run(
      'grant select on "the shop__r2".orders to analyst',
      'grant usage on schema "the shop__r2" to analyst',
    );
    expect(await value('select orders from "the shop__r1".totals')).toBe(2);
  });
});

describe('a kept side', () => {
  it('lacks what somebody dropped', async () => {
    const housed = await open();
    const { driver, house } = housed;
    await driver.deploy(1, driver.orders([1]));
    await driver.deploy(2, driver.orders([2]));
    await house.run('drop table "the shop__r1".orders cascade', 'create table "the shop__r1".other ()');
    await house.warehouse.claim(fence(3), null);
    expect(await relationsIn(housed, 1)).toEqual(['other']);
  });

  it.each([
    ['a view', 'view public.report', (from: string) => `create view public.report as select * from ${from}`],
    [
      'a function',
      'function public.newest()',
      (from: string) => `create function public.newest() returns integer begin atomic select max(id) from ${from}; end`,
    ],
  ])('is not removed while %s uses it, and says which', async (_, told, use) => {
    const { driver, house } = await open();
    await driver.deploy(1, driver.orders([1]));
    await driver.deploy(2, driver.orders([2]));
    await house.run(use('"the shop__r1".orders'));
    const kept = await house.warehouse.kept();
    await expect(house.warehouse.remove(kept)).rejects.toMatchObject(isA('refused'));
    await expect(house.warehouse.remove(kept)).rejects.toThrow(`"the shop__r1".orders by ${told}`);
    expect(await house.warehouse.kept()).toEqual(kept);
  });

  it('does not bring views of an earlier one of its name back', async () => {
    const housed = await open({ slim: true });
    const { driver, house } = housed;
    await driver.deploy(1, driver.orders([1]));
    await driver.deploy(2, driver.orders([2]));
    await house.warehouse.remove(await house.warehouse.kept());
    const table = (side: typeof house.idle) => [
      `create table ${driver.relation(side, 'orders')} (id integer not null, amount integer)`,
    ];
    const { seal } = await driver.build(3, table);
    await house.warehouse.cutover(await driver.plan(3, seal.sides, r(1)), { fence: fence(3), seal, live: null });
    await driver.deploy(4, table);
    await house.warehouse.claim(fence(5), null);
    expect(await relationsIn(housed, 1)).toEqual(['orders']);
  });

  it('leaves nothing behind of what was counted on it', async () => {
    const { driver, house, value } = await open();
    await driver.deploy(1, driver.orders([1]));
    await house.run(`insert into ${driver.relation(house.live, 'orders')} values (2, 20)`);
    await driver.deploy(2, driver.orders([2]));
    await house.run(`insert into ${driver.relation(house.live, 'orders')} values (3, 30)`);
    await house.warehouse.remove(await house.warehouse.kept());
    expect(await value(`select array_agg(distinct relation::regclass::text) from lastgreen.writes`)).toEqual([
      '"the shop".orders',
    ]);
  });

  it('whose removal was cut short is gone after the next', async () => {
    const { driver, house, value } = await open();
    await driver.deploy(1, driver.orders([1]));
    await driver.deploy(2, driver.orders([2]));
    const reader = await house.session();
    await reader.query('begin; select * from "the shop__r1".totals');
    const fate = house.warehouse.remove(await house.warehouse.kept()).catch((error: unknown) => error);
    await waiting(house, 'lastgreen prune');
    await house.run(
      `select pg_terminate_backend(pid) from pg_stat_activity where starts_with(application_name, 'lastgreen prune')`,
    );
    expect(await fate).toMatchObject({ name: 'WarehouseError' });
    await reader.end();
    expect(await house.another.kept()).toEqual([]);
    expect(await value(`select count(*) from pg_namespace where nspname ~ 'trash'`)).toBe(1);
    expect(await house.another.remove([])).toEqual([]);
    expect(await value(`select count(*) from pg_namespace where nspname ~ 'trash'`)).toBe(0);
  });
});
