import { describe, expect, it } from 'vitest';
import type { Right } from '../../../src/domain/change.ts';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Container, Relation } from '../../../src/domain/relation.ts';
import { type Housed, houses } from './houses.ts';

const open = houses(['deploy', 'analyst', 'reader', 'loader', '"A ""b"" é"']);

/** Somebody did this to live; then a release that changes all of it went live. */
async function afterRelease(
  by: (live: Housed['live']) => readonly string[],
  revoked: readonly Right[] = [],
): Promise<Housed> {
  const housed = await open({ slim: true });
  const { driver, house, live } = housed;
  await driver.deploy(1, driver.orders([1]));
  await house.run(...by(live));
  const built = await driver.build(2, driver.orders([1, 2]));
  await driver.fill(
    2,
    ['orders', 'totals'].map((name) => ({
      do: 'protect',
      live: house.relation(house.live, name),
      idle: house.relation(house.idle, name),
      revoked,
    })),
  );
  await driver.publish(built);
  return housed;
}

const schemaOf = ({ location, database, schema }: Relation): Container => ({ location, database, schema });

const protectionOf = async ({ house, relation }: Housed, name: string) =>
  (await house.warehouse.catalog(house.live)).find(relation(name))?.protection;

describe('what replaces a live relation', () => {
  it('lets in whom live let in, as far, and belongs to whom it belonged', async () => {
    const housed = await afterRelease((live) => [
      `grant select, insert on ${live('orders')} to reader`,
      `grant select on ${live('orders')} to "A ""b"" é" with grant option`,
      `grant update (amount) on ${live('orders')} to loader`,
      `grant select on ${live('totals')} to public`,
      `alter table ${live('orders')} owner to analyst`,
    ]);
    expect(await protectionOf(housed, 'orders')).toMatchObject({
      owner: 'analyst',
      grants: expect.arrayContaining([
        { what: 'SELECT to reader', column: null },
        { what: 'INSERT to reader', column: null },
        { what: 'SELECT to "A ""b"" é"', column: null },
        { what: 'SELECT to "A ""b"" é" with grant option', column: null },
        { what: 'UPDATE (amount) to loader', column: 'amount' },
      ]),
    });
    expect(await protectionOf(housed, 'totals')).toMatchObject({
      owner: 'postgres',
      grants: [{ what: 'SELECT to public' }],
    });
    const { house, live, value } = housed;
    const orders = `'${live('orders')}'`;
    expect(await value(`select has_table_privilege('A "b" é', ${orders}, 'SELECT WITH GRANT OPTION')`)).toBe(true);
    expect(await value(`select has_table_privilege('reader', ${orders}, 'SELECT WITH GRANT OPTION')`)).toBe(false);
    expect(await value(`select has_table_privilege('reader', ${orders}, 'DELETE')`)).toBe(false);
    // Whoever owned it before can do what owners do, and nobody else was let in.
    expect(await value(`select has_table_privilege('analyst', ${orders}, 'TRUNCATE')`)).toBe(true);
    expect(await house.run('select count(*)::int as n from pg_class where relacl::text ~ $$loader=$$')).toEqual([
      { n: 0 },
    ]);
  });

  it('does not let in whom the commit shuts out, whoever had let them in', async () => {
    const revoked = [
      { privilege: 'SELECT', grantee: 'A "b" é' },
      { privilege: 'ALL', grantee: 'loader' },
      { privilege: 'SELECT', grantee: 'nobody of this name' },
    ];
    const housed = await afterRelease(
      (live) => [
        `grant select on ${live('orders')} to reader, "A ""b"" é" with grant option`,
        `grant insert on ${live('orders')} to "A ""b"" é"`,
        `grant select, delete on ${live('orders')} to loader`,
        `grant update (amount) on ${live('orders')} to loader`,
      ],
      revoked,
    );
    expect((await protectionOf(housed, 'orders'))?.grants.map(({ what }) => what).toSorted()).toEqual([
      'INSERT to "A ""b"" é"',
      'SELECT to reader',
      'SELECT to reader with grant option',
      'UPDATE (amount) to loader',
    ]);
  });

  it('is shut to them also where it is a copy, which its owner keeps', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live, relation } = housed;
    await driver.deploy(1, driver.orders([1]));
    await house.run(`grant select on ${live('orders')} to reader, loader, public`);
    const built = await driver.build(2, () => []);
    const idle = house.relation(house.idle, 'orders');
    const revoked = ['reader', 'public', 'postgres'].map((grantee) => ({ privilege: 'SELECT', grantee }));
    await driver.fill(2, [
      { do: 'copy', from: relation('orders'), id: null, to: idle, revoked },
      { do: 'protect', live: relation('orders'), idle, revoked },
    ]);
    const found = (await house.warehouse.catalog(house.idle)).find(idle);
    expect(found?.protection?.grants.map(({ what }) => what)).toEqual(['SELECT to loader']);
    expect(
      await housed.value(
        `select exists (select from pg_class, aclexplode(relacl) a where relname = 'orders' and relnamespace = '"the shop__green"'::regnamespace and a.grantee = relowner and privilege_type = 'SELECT')`,
      ),
    ).toBe(true);
    await house.warehouse.discard(built.seal.sides);
  });

  it('belongs to whom it belonged, also where that is another role than the one that deploys, who may not make anything there', async () => {
    const { driver, house, live, idle } = await open({ slim: true, output: { role: 'deploy' } });
    const [shop, orders] = [house.relation(house.live, 'orders'), house.relation(house.idle, 'orders')];
    await house.run(
      `grant create on database ${house.database} to deploy`,
      'grant analyst to deploy',
      'create schema "the shop" authorization deploy',
      `create table ${live('orders')} (id integer)`,
      `alter table ${live('orders')} owner to analyst`,
      `grant select on ${live('orders')} to deploy`,
    );
    await house.warehouse.claim(fence(1), null);
    await driver.fill(1, [{ do: 'create', container: schemaOf(orders) }]);
    await house.run('set role deploy', `create table ${idle('orders')} (id integer)`);
    await driver.fill(1, [{ do: 'protect', live: shop, idle: orders }]);
    const seal = await house.warehouse.seal(releaseOf(fence(1)), house.idle, fence(1));
    await driver.publish({ n: 1, seal, look: await house.warehouse.look(house.live) });
    expect((await house.warehouse.catalog(house.live)).find(shop)?.protection).toMatchObject({
      owner: 'analyst',
      grants: [{ what: 'SELECT to deploy' }],
    });
    expect(await house.run(`select has_schema_privilege('analyst', 'the shop__green', 'create') as may`)).toEqual([
      { may: false },
    ]);
  });

  it('hides what live hid', async () => {
    const housed = await afterRelease((live) => [
      `grant usage on schema "the shop" to reader, loader`,
      `grant select, insert on ${live('orders')} to reader, loader`,
      `alter table ${live('orders')} enable row level security, force row level security`,
      `create policy "own rows" on ${live('orders')} for select to reader using (id = 2)`,
      `create policy small on ${live('orders')} as restrictive for insert to reader, loader with check (amount < 100)`,
      `create policy loads on ${live('orders')} to loader using (true) with check (id > 0)`,
      `alter view ${live('totals')} set (security_barrier = true, security_invoker = true)`,
    ]);
    expect((await protectionOf(housed, 'orders'))?.rules).toEqual([
      'row security',
      'row security, for the owner too',
      expect.stringContaining('policy loads permissive * loader true (id > 0)'),
      expect.stringContaining('policy own rows permissive r reader (id = 2)'),
      expect.stringContaining('policy small restrictive a reader,loader (amount < 100)'),
    ]);
    expect((await protectionOf(housed, 'totals'))?.rules).toEqual(['security_barrier=true', 'security_invoker=true']);
    const { house, live } = housed;
    expect(await house.run('set role reader', `select id from ${live('orders')}`)).toEqual([{ id: 2 }]);
    await expect(house.run('set role loader', `insert into ${live('orders')} values (3, 100)`)).rejects.toThrow(
      /small/,
    );
  });

  it('asks what comes with it where a policy of live asked what leaves, and the old one asks the old one again', async () => {
    const { driver, house, live } = await afterRelease((name) => [
      `create policy counted on ${name('orders')} to reader using (id < (select orders from ${name('totals')} limit 1) + 1)`,
      `alter table ${name('orders')} enable row level security`,
      'grant usage on schema "the shop" to reader',
      `grant select on ${name('orders')}, ${name('totals')} to reader`,
    ]);
    const seen = () => house.run('set role reader', `select id from ${live('orders')} order by id`);
    expect(await seen()).toEqual([{ id: 1 }, { id: 2 }]);
    const [kept] = await driver.house.warehouse.kept();
    await driver.swapBack(3, kept?.release ?? fail());
    expect(await seen()).toEqual([{ id: 1 }]);
  });

  it('does not go live where a policy that came along asks for what is not there any more', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live, idle, relation } = housed;
    await driver.deploy(1, driver.orders([1]));
    await house.run(`create policy own on ${live('orders')} using (id <= (select orders from ${live('totals')}))`);
    const built = await driver.build(2, () => [
      `create table ${idle('orders')} (id integer)`,
      `create view ${idle('totals')} as select 1 as many`,
    ]);
    await driver.fill(2, [{ do: 'protect', live: relation('orders'), idle: house.relation(house.idle, 'orders') }]);
    await expect(driver.publish(built)).rejects.toThrow(/policy own of "the shop"\.orders cannot be bound/);
    expect(await driver.readers()).toEqual([1]);
  });

  it('says what live said, where the release says nothing itself', async () => {
    const { value, live } = await afterRelease((name) => [
      `comment on table ${name('orders')} is 'one row for each order; it''s "whole"'`,
      `comment on column ${name('orders')}.amount is 'in cents'`,
      `comment on view ${name('totals')} is 'of all time'`,
    ]);
    const said = async (name: string) => value(`select obj_description('${live(name)}'::regclass)`);
    expect(await said('orders')).toBe(`one row for each order; it's "whole"`);
    expect(await said('totals')).toBe('of all time');
    expect(await value(`select col_description('${live('orders')}'::regclass, 2)`)).toBe('in cents');
  });
});

describe('a relation that a release makes for the first time', () => {
  it('gets the rights that live gives by default', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live } = housed;
    await driver.deploy(1, driver.orders([1]));
    await house.run(
      'alter default privileges in schema "the shop" grant select on tables to reader',
      'alter default privileges in schema "the shop" grant insert on tables to loader with grant option',
      'alter default privileges in schema "the shop" grant usage on sequences to loader',
    );
    await driver.deploy(2, (side) => [`create table ${driver.relation(side, 'fresh')} (id serial)`]);
    expect((await protectionOf(housed, 'fresh'))?.grants.map(({ what }) => what).toSorted()).toEqual([
      'INSERT to loader',
      'INSERT to loader with grant option',
      'SELECT to reader',
    ]);
    expect(await housed.value(`select has_sequence_privilege('loader', '${live('fresh_id_seq')}', 'USAGE')`)).toBe(
      true,
    );
  });

  it('does not get what live gives nobody any more', async () => {
    const housed = await open({ slim: true });
    const { driver, house } = housed;
    const rights = (what: string) => `alter default privileges in schema "the shop" ${what} select on tables`;
    await driver.deploy(1, driver.orders([1]));
    await house.run(`${rights('grant')} to reader`);
    await driver.deploy(2, driver.orders([2]));
    await house.run(`${rights('revoke')} from reader`);
    await driver.deploy(3, (side) => [`create table ${driver.relation(side, 'fresh')} (id integer)`]);
    expect(await protectionOf(housed, 'fresh')).toMatchObject({ grants: [] });
  });
});

function fail(): never {
  throw new RangeError('nothing is kept');
}
