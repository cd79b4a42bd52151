import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Protect, Right } from '../../../src/domain/change.ts';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { lostRights, protectBack } from '../../../src/planning/rights.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { containersOf, Driver, isA } from '../warehouse/house.ts';
import { type Housed, housedFor } from './deployer.ts';
import { snowflakeHouse } from './house.ts';

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.stop());

const NAMES = ['orders', 'totals'] as const;

const protecting = ({ house }: Housed, revoked: readonly Right[] = []): readonly Protect[] =>
  NAMES.map((name) => ({
    do: 'protect',
    live: house.relation(house.live, name),
    idle: house.relation(house.idle, name),
    revoked,
  }));

/** What is live was released in the role of the target, and readers may go to it. */
async function released(): Promise<Housed> {
  const housed = await housedFor(server);
  const { house, driver, reader, loader, role, admin } = housed;
  await admin(`create schema ${house.database}."the shop"`);
  await housed.allow();
  await admin(
    ...[reader, loader, role].flatMap((one) => [
      `grant usage on database ${house.database} to role ${one}`,
      `grant usage on schema ${house.database}."the shop" to role ${one}`,
    ]),
  );
  await driver.deploy(1, driver.orders([1]));
  return housed;
}

async function next(housed: Housed, n: number, revoked: readonly Right[] = []): Promise<void> {
  const { driver } = housed;
  const built = await driver.build(n, driver.orders([n]));
  await driver.fill(n, protecting(housed, revoked));
  await driver.publish(built);
}

/** As a rollback does it: rights first, and then the swap back. */
async function goBack({ house, driver }: Housed, n: number, to: number): Promise<void> {
  await house.warehouse.claim(fence(n), null);
  const kept = containersOf((await house.warehouse.kept()).findLast(({ release }) => release === releaseOf(fence(to))));
  const moves = NAMES.map((name) => ({
    live: house.relation(house.live, name),
    from: house.relation(kept, name),
  }));
  await driver.fill(n, protectBack(moves, await house.warehouse.catalog([...house.live, ...kept])));
  await driver.swapBack(n + 1, releaseOf(fence(to)));
}

const protectionOf = async ({ house }: Housed, name: string, side = house.live) =>
  (await house.warehouse.catalog(side)).find(house.relation(side, name))?.protection;

const grantsOn = async (housed: Housed, name: string): Promise<readonly string[]> =>
  ((await protectionOf(housed, name))?.grants ?? []).map(({ what }) => what);

/** Rules of this database, for policies; the role may see and set them. */
async function withRules({ house, admin, role }: Housed): Promise<(name: string) => string> {
  const rules = `${house.database}.RULES`;
  await admin(
    `create schema ${rules}`,
    `create row access policy ${rules}.OWN as (v integer) returns boolean -> true`,
    `create masking policy ${rules}.HIDE as (v integer) returns integer -> 0`,
    `create aggregation policy ${rules}.MANY as () returns aggregation_constraint -> aggregation_constraint(min_group_size => 3)`,
    `grant usage on schema ${rules} to role ${role}`,
    `grant apply on row access policy ${rules}.OWN to role ${role}`,
    `grant apply on masking policy ${rules}.HIDE to role ${role}`,
    `grant ownership on aggregation policy ${rules}.MANY to role ${role}`,
  );
  return (name) => `${rules}.${name}`;
}

describe('rights that somebody gave by hand', () => {
  it('survive a deploy, a rollback and a second deploy, on the schema, a table, a view and what is to come', async () => {
    await using housed = await released();
    const { house, live, reader, loader, admin, driver } = housed;
    const schema = `${house.database}."the shop"`;
    await admin(
      `grant usage, monitor on schema ${schema} to role ${loader} with grant option`,
      `grant select, insert on table ${live('orders')} to role ${reader}`,
      `grant select on table ${live('orders')} to role ${loader} with grant option`,
      `grant select on view ${live('totals')} to role ${reader}`,
      `grant references on view ${live('totals')} to role ${loader}`,
      `grant select on future tables in schema ${schema} to role ${loader}`,
      `revoke insert on table ${live('orders')} from role ${reader}`,
    );
    const onSchema = () => admin(`show grants on schema ${schema}`);
    const future = () => admin(`show future grants in schema ${schema}`);
    const [schemaBefore, futureBefore] = [await onSchema(), await future()];
    const survive = async () => {
      expect(await grantsOn(housed, 'orders')).toEqual([
        `SELECT to ${loader.toLowerCase()} with grant option`,
        `SELECT to ${reader.toLowerCase()}`,
      ]);
      expect(await grantsOn(housed, 'totals')).toEqual([
        `REFERENCES to ${loader.toLowerCase()}`,
        `SELECT to ${reader.toLowerCase()}`,
      ]);
      expect(await onSchema()).toEqual(schemaBefore);
      expect(await future()).toEqual(futureBefore);
    };
    await next(housed, 2);
    await survive();
    await goBack(housed, 3, 1);
    await survive();
    await next(housed, 5);
    await survive();
    await admin(`use role ${reader}`);
    expect(await admin(`select id from ${live('orders')}`)).toEqual([{ id: 5 }]);
    await admin('use role ACCOUNTADMIN');
    await driver.deploy(6, (side) => [`create table ${driver.relation(side, 'fresh')} (id integer)`]);
    expect(await grantsOn(housed, 'fresh')).toEqual([`SELECT to ${loader.toLowerCase()}`]);
  });

  it('for all that is to come also hold for what is new where the role may not manage grants', async () => {
    await using housed = await released();
    const { house, driver, admin, reader, loader } = housed;
    const schema = `${house.database}."the shop"`;
    await admin(
      `grant select on future tables in schema ${schema} to role ${reader}`,
      `grant insert on future tables in schema ${schema} to role ${loader} with grant option`,
      `grant references on future views in schema ${schema} to role ${loader}`,
    );
    await driver.deploy(2, (side) => [
      ...driver.orders([2])(side),
      `create table ${driver.relation(side, 'fresh')} (id integer)`,
      `create view ${driver.relation(side, 'seen')} as select * from ${driver.relation(side, 'fresh')}`,
    ]);
    expect(await grantsOn(housed, 'fresh')).toEqual([
      `INSERT to ${loader.toLowerCase()} with grant option`,
      `SELECT to ${reader.toLowerCase()}`,
    ]);
    expect(await grantsOn(housed, 'seen')).toEqual([`REFERENCES to ${loader.toLowerCase()}`]);
    // What live has keeps live's rights: nobody gave these on it.
    expect(await grantsOn(housed, 'orders')).toEqual([]);
  });

  it('and were taken away since do not come back with what a release had', async () => {
    await using housed = await released();
    const { live, reader, admin } = housed;
    await admin(`grant select on table ${live('orders')} to role ${reader}`);
    await next(housed, 2);
    await admin(`revoke select on table ${live('orders')} from role ${reader}`);
    await goBack(housed, 3, 1);
    expect(await grantsOn(housed, 'orders')).toEqual([]);
  });

  it('end where a commit takes them away', async () => {
    await using housed = await released();
    const { live, reader, loader, admin } = housed;
    await admin(
      `grant select on table ${live('orders')} to role ${reader}`,
      `grant select, delete on table ${live('orders')} to role ${loader}`,
      `grant select on view ${live('totals')} to role ${reader}`,
    );
    await next(housed, 2, [{ privilege: 'select', grantee: reader }]);
    expect(await grantsOn(housed, 'orders')).toEqual([
      `DELETE to ${loader.toLowerCase()}`,
      `SELECT to ${loader.toLowerCase()}`,
    ]);
    expect(await grantsOn(housed, 'totals')).toEqual([]);
  });
});

describe('where whole databases change places, rights that somebody gave by hand', () => {
  it('on the database, a schema, a table, a view and what is to come survive a deploy, also on what is built anew', async () => {
    const house = await snowflakeHouse(server, { scope: 'database' });
    const driver = new Driver(house);
    const [reader, at] = [`READER_${house.database}`, `${house.database}."the shop"`];
    const live = (name: string) => driver.relation(house.live, name);
    await driver.deploy(1, driver.orders([1]));
    await house.run(
      'use role ACCOUNTADMIN',
      `create role ${reader}`,
      `grant usage on database ${house.database} to role ${reader}`,
      `grant usage on schema ${at} to role ${reader}`,
      `grant select on table ${live('orders')} to role ${reader}`,
      `grant select on view ${live('totals')} to role ${reader}`,
      `grant insert on future tables in schema ${at} to role ${reader}`,
    );
    const privileges = async (on: string) =>
      (await house.run(`show grants on ${on}`))
        .filter((row) => row['grantee_name'] === reader)
        .map((row) => String(row['privilege']));
    const built = await driver.build(2, driver.orders([2]));
    await driver.fill(
      2,
      NAMES.map((name) => ({
        do: 'protect',
        live: house.relation(house.live, name),
        idle: house.relation(house.idle, name),
      })),
    );
    const seal = await house.warehouse.seal(built.seal.release, house.idle, fence(2));
    await driver.publish({ ...built, seal });
    expect(await driver.readers()).toEqual([2]);
    expect(await privileges(`database ${house.database}`)).toEqual(['USAGE']);
    expect(await privileges(`schema ${at}`)).toEqual(['USAGE']);
    expect(new Set(await privileges(`table ${live('orders')}`))).toEqual(new Set(['INSERT', 'SELECT']));
    expect(await privileges(`view ${live('totals')}`)).toEqual(['SELECT']);
    expect(await house.run(`show future grants in schema ${at}`)).toHaveLength(1);
    await house.dispose();
  });
});

describe('what replaces a live relation', () => {
  it('belongs to whom it belonged, where that is another role that the one which deploys has', async () => {
    await using housed = await released();
    const { live, loader, reader, role, admin } = housed;
    await admin(
      `grant select on table ${live('orders')} to role ${reader}`,
      `grant role ${loader} to role ${role}`,
      `grant ownership on table ${live('orders')} to role ${loader} copy current grants`,
      `grant ownership on view ${live('totals')} to role ${loader} copy current grants`,
    );
    const owned = async () => {
      for (const name of NAMES) expect(await protectionOf(housed, name)).toMatchObject({ owner: loader.toLowerCase() });
      expect(await grantsOn(housed, 'orders')).toEqual([`SELECT to ${reader.toLowerCase()}`]);
    };
    await next(housed, 2);
    await owned();
    await goBack(housed, 3, 1);
    await owned();
    await next(housed, 5);
    await owned();
  });

  it('hides what live hid: rows, columns and small groups, of tables and of views', async () => {
    await using housed = await released();
    const { house, live, admin } = housed;
    const rule = await withRules(housed);
    await admin(
      `alter table ${live('orders')} add row access policy ${rule('OWN')} on ("ID")`,
      `alter table ${live('orders')} modify column AMOUNT set masking policy ${rule('HIDE')}`,
      `alter table ${live('orders')} set aggregation policy ${rule('MANY')}`,
      `alter view ${live('totals')} modify column AMOUNT set masking policy ${rule('HIDE')}`,
      `alter view ${live('totals')} add row access policy ${rule('OWN')} on (ORDERS)`,
    );
    const before = [await protectionOf(housed, 'orders'), await protectionOf(housed, 'totals')];
    expect(before.map((one) => one?.rules)).toEqual([
      ['aggregation policy rules.many', 'masking policy rules.hide on amount', 'row access policy rules.own on (id)'],
      ['masking policy rules.hide on amount', 'row access policy rules.own on (orders)'],
    ]);
    const built = await housed.driver.build(2, housed.driver.orders([2]));
    const catalog = await house.warehouse.catalog([...house.live, ...house.idle]);
    const [was, is] = [house.live, house.idle].map((side) => catalog.find(house.relation(side, 'orders')));
    // What the protection gate asks: without what comes next a release stops there.
    expect(was && is && lostRights(was, is)).toHaveLength(3);
    await housed.driver.fill(2, protecting(housed));
    await housed.driver.fill(2, protecting(housed));
    const seal = await house.warehouse.seal(built.seal.release, house.idle, fence(2));
    await housed.driver.publish({ ...built, seal });
    expect([await protectionOf(housed, 'orders'), await protectionOf(housed, 'totals')]).toEqual(before);
  });

  it('does not go live without a policy that its text does not say', async () => {
    await using housed = await released();
    const { house, driver, live, admin } = housed;
    const rule = await withRules(housed);
    await admin(`alter view ${live('totals')} add row access policy ${rule('OWN')} on (ORDERS)`);
    const built = await driver.build(2, driver.orders([2]));
    await expect(driver.publish(built)).rejects.toThrow(/would be without row access policy rules\.own on \(orders\)/);
    expect(await driver.readers()).toEqual([1]);
    await house.warehouse.discard(house.idle);
  });

  it('is not made where live has a policy that the role may not see', async () => {
    await using housed = await released();
    const { house, driver, live, admin } = housed;
    await admin(
      `create schema ${house.database}.SECRET`,
      `create masking policy ${house.database}.SECRET.HIDE as (v integer) returns integer -> 0`,
      `alter table ${live('orders')} modify column AMOUNT set masking policy ${house.database}.SECRET.HIDE`,
    );
    await driver.build(2, driver.orders([2]));
    const filled = driver.fill(2, protecting(housed));
    await expect(filled).rejects.toMatchObject(isA('denied'));
    await expect(filled).rejects.toThrow(/orders there is a policy or a tag that the role may not see/);
  });
});
