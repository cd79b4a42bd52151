import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Container } from '../../../src/domain/relation.ts';
import { isA } from '../warehouse/house.ts';
import { called, priced } from './calling.ts';
import { type Housed, houses } from './houses.ts';
import { waiting } from './waiting.ts';

const open = houses(['reader']);
const r = (n: number) => releaseOf(fence(n));

/** The first release has a function, and a table and a view that call it; there is a schema of somebody else's. */
async function released(...outside: readonly ((live: Housed['live']) => string)[]): Promise<Housed> {
  const housed = await open({ slim: true });
  await housed.driver.deploy(1, called(housed, 10));
  await housed.house.run('create schema bi', ...outside.map((sql) => sql(housed.live)));
  return housed;
}

describe('a function that changes', () => {
  it('is what callers get, together with what calls it, and the old one again after a swap back', async () => {
    const housed = await released();
    const { driver, house, live, relation, value } = housed;
    const sum = () => value(`select ${live('priced')}(1) + price from ${live('offers')}`);
    const identity = () => value(`select '${live('priced')}(integer)'::regprocedure::oid`);
    const [before, first] = [await sum(), await identity()];
    const { seal } = await driver.deploy(2, called(housed, 20));
    expect([before, await sum()]).toEqual([20, 40]);
    expect((await house.warehouse.look(house.live)).token).toBe(seal.token);
    expect((await house.warehouse.catalog(house.live)).find(relation('priced'))).toMatchObject({ kind: 'function' });
    await driver.swapBack(3, r(1));
    expect([await sum(), await identity()]).toEqual([before, first]);
  });

  it('is called by other people’s views and policies, too, which stay what they were', async () => {
    const housed = await released(
      (live) => `create view bi.report as select ${live('priced')}(2) as price`,
      () => 'create table bi.secret as select generate_series(1, 30) as id',
      (live) => `create policy cheap on bi.secret using (id = ${live('priced')}(1))`,
      () => 'alter table bi.secret enable row level security',
      () => 'grant usage on schema bi, "the shop" to reader',
      () => 'grant select on bi.secret to reader',
    );
    const { driver, house, value } = housed;
    const self = () => value(`select 'bi.report'::regclass::oid`);
    const seen = async () => [
      await value('select price from bi.report'),
      Object.values((await house.run('set role reader', 'select id from bi.secret'))[0] ?? {})[0],
    ];
    const before = await self();
    expect(await seen()).toEqual([20, 10]);
    await driver.deploy(2, called(housed, 20));
    expect(await seen()).toEqual([40, 20]);
    await driver.swapBack(3, r(1));
    expect(await seen()).toEqual([20, 10]);
    expect(await self()).toBe(before);
  });

  it('makes the cutover refuse by the name of a view that does not take what it gives now', async () => {
    const { driver, value, live } = await released((name) => `create view bi.report as select ${name('priced')}(2)`);
    const built = await driver.build(2, (side) => [
      `create function ${driver.relation(side, 'priced')}(n integer) returns text language sql as 'select n::text'`,
      `create table ${driver.relation(side, 'prices')} ()`,
      `create view ${driver.relation(side, 'offers')} as select 1 as id`,
    ]);
    await expect(driver.publish(built)).rejects.toThrow(/view bi\.report cannot be bound.*cannot change data type/);
    expect(await value(`select ${live('priced')}(2)`)).toBe(20);
  });

  it.each([
    ['view bi.report', (live: Housed['live']) => [`create view bi.report as select ${live('priced')}(2)`]],
    [
      'policy cheap of bi.secret',
      (live: Housed['live']) => [
        'create table bi.secret (id integer)',
        `create policy cheap on bi.secret using (id < ${live('priced')}(id))`,
      ],
    ],
  ])(
    'makes the cutover refuse by the name of a %s that would call it otherwise than it is written',
    async (who, made) => {
      const housed = await released();
      const { driver, house, live, value } = housed;
      await house.run(...made(live));
      const built = await driver.build(2, (side) => [
        `create function ${driver.relation(side, 'priced')}(n bigint) returns integer language sql as 'select 1'`,
        `create table ${driver.relation(side, 'prices')} ()`,
        `create view ${driver.relation(side, 'offers')} as select 1 as id`,
      ]);
      await expect(driver.publish(built)).rejects.toThrow(
        new RegExp(`${who} calls .* otherwise than it is written.*bigint`),
      );
      expect(await value(`select ${live('priced')}(2)`)).toBe(20);
    },
  );

  it('reads live where it named the side that it was built on, also in what is set for it', async () => {
    const { driver, house, live, idle, value } = await open({ slim: true, schema: 'a"b' });
    const rates = (side: readonly Container[], rate: number) => [
      `create table ${driver.relation(side, 'rates')} as select ${rate} as rate`,
      `create function ${driver.relation(side, 'now')}() returns integer language plpgsql
         as $$ begin return (select rate from ${driver.relation(side, 'rates')}); end $$`,
    ];
    await driver.deploy(1, (side) => rates(side, 1));
    await driver.deploy(2, (side) => [
      ...rates(side, 2),
      `alter function ${driver.relation(side, 'now')} set search_path = ${idle('rates').replace('."rates"', '')}, pg_temp`,
    ]);
    expect(await value(`select ${live('now')}()`)).toBe(2);
    expect(await value(`select proconfig[1] from pg_proc where proname = 'now' and proconfig is not null`)).toBe(
      'search_path="a""b", pg_temp',
    );
    await driver.swapBack(3, r(1));
    expect(await value(`select ${live('now')}()`)).toBe(1);
    expect((await house.warehouse.kept()).map(({ release }) => release)).toEqual(['r2']);
  });

  it('is the old one for a statement that has begun, which nobody waits for, and the new one for the next', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live } = housed;
    await driver.deploy(1, priced(housed, 10));
    const [reader, holder] = [await house.session(), await house.session()];
    const prices = async (sql: string) => (await reader.query<{ price: number }>(sql)).rows.map(({ price }) => price);
    await reader.query(`prepare price as select ${live('priced')}(1) as price`);
    await holder.query('select pg_advisory_lock(1)');
    const begun = prices(
      `select ${live('priced')}(l.n) as price from (select 1 as n, pg_advisory_lock_shared(1)::text as t) l`,
    );
    await waiting(house, '');
    await driver.deploy(2, priced(housed, 20));
    await holder.end();
    expect([await begun, await prices(`select ${live('priced')}(1) as price`), await prices('execute price')]).toEqual([
      [10],
      [20],
      [20],
    ]);
    await reader.end();
  });

  it('stops a cutover that a changed function, or another of its name, came before', async () => {
    const housed = await released();
    const { driver, house, live, value } = housed;
    const built = await driver.build(2, called(housed, 20));
    const stopped = async () => expect(driver.publish(built)).rejects.toMatchObject(isA('drifted'));
    await house.run(...priced(housed, 21)(house.idle));
    await stopped();
    await house.run(...priced(housed, 20)(house.idle), ...priced(housed, 11)(house.live));
    await stopped();
    await house.run(...priced(housed, 10)(house.live));
    const plan = await driver.plan(2, built.seal.sides);
    await house.run(`create function ${live('priced')}(n text) returns text language sql as 'select n'`);
    const sent = house.warehouse.cutover(plan, { fence: fence(2), seal: built.seal, live: built.look });
    await expect(sent).rejects.toMatchObject(isA('drifted'));
    await house.run(`drop function ${live('priced')}(text)`);
    await driver.publish(built);
    expect(await value(`select ${live('priced')}(1)`)).toBe(20);
  });
});

/** What it is called, and how somebody made it. */
const holders: readonly (readonly [told: string, ...made: ((live: Housed['live']) => string)[]])[] = [
  ['default of price of bi.a', (live) => `create table bi.a (id integer, price integer default ${live('priced')}(1))`],
  [
    'generated column price of bi.b',
    (live) => `alter function ${live('priced')} immutable`,
    (live) => `create table bi.b (id integer, price integer generated always as (${live('priced')}(id)) stored)`,
  ],
  [
    'constraint cheap of bi.c',
    (live) => `create table bi.c (id integer constraint cheap check (${live('priced')}(id) < 100))`,
  ],
  [
    'index by_price of bi.d',
    () => 'create table bi.d (id integer)',
    (live) => `create index by_price on bi.d (${live('priced')}(id))`,
  ],
  [
    'constraint small of a type bi.small',
    (live) => `create domain bi.small as integer constraint small check (${live('priced')}(value) < 100)`,
  ],
  ['materialized view bi.e', (live) => `create materialized view bi.e as select ${live('priced')}(1) as price`],
  [
    'function bi.twice()',
    (live) => `create function bi.twice() returns integer begin atomic select 2 * ${live('priced')}(1); end`,
  ],
  [
    'aggregate bi.total(integer)',
    (live) => `create function ${live('add')}(a integer, b integer) returns integer language sql as 'select a + b'`,
    (live) => `create aggregate bi.total(integer) (sfunc = ${live('add')}, stype = integer)`,
  ],
];

describe('what would stay with the function that leaves live', () => {
  it('is told by name, and makes the cutover refuse', async () => {
    const housed = await released(...holders.flatMap(([, ...made]) => made));
    const { driver, house, relation, value, live } = housed;
    const catalog = await house.warehouse.catalog(house.live);
    const ties = ['priced', 'add'].flatMap((name) => catalog.tiesOf(relation(name)));
    const built = await driver.build(2, (side) => [
      ...called(housed, 20)(side),
      `create function ${driver.relation(side, 'add')}(a integer, b integer) returns integer language sql as 'select 1'`,
    ]);
    const sent = driver.publish(built);
    await expect(sent).rejects.toMatchObject(isA('refused'));
    for (const [told] of holders) {
      expect(ties).toContainEqual(expect.objectContaining({ what: told, does: 'holds' }));
      await expect(sent).rejects.toThrow(` by ${told}`);
    }
    expect(await value(`select ${live('priced')}(1)`)).toBe(10);
  });

  it('is not what looks for it by name when it runs', async () => {
    const housed = await released(
      (live) => `create function bi.twice() returns integer language sql as 'select 2 * ${live('priced')}(1)'`,
    );
    await housed.driver.deploy(2, called(housed, 20));
    expect(await housed.value('select bi.twice()')).toBe(40);
  });
});
