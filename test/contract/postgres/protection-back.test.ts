import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { type GivenOf, protectBack } from '../../../src/planning/rights.ts';
import { containersOf, isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';

const open = houses(['analyst', 'reader', 'intern', 'friend']);
const r1 = releaseOf(fence(1));
const AT_REST = '"the shop__r1"';

/** The second release is live, the first one rests; then somebody did this to live. */
async function released(
  by: (live: Housed['live']) => readonly string[],
  before: typeof by = () => [],
): Promise<Housed> {
  const housed = await open({ slim: true });
  const { driver, house, live } = housed;
  await driver.deploy(1, driver.orders([1, 2]));
  await house.run('grant usage on schema "the shop" to public', ...before(live));
  const built = await driver.build(2, (side) => [
    ...driver.orders([1, 2, 3])(side),
    `alter table ${driver.relation(side, 'orders')} add country text default 'de'`,
  ]);
  await driver.fill(2, protecting(housed, house.idle));
  await driver.publish(built);
  await house.run(...by(live));
  return housed;
}

const protecting = ({ house }: Housed, side: Parameters<typeof house.relation>[0]) =>
  ['orders', 'totals'].map(
    (name) => ({ do: 'protect', live: house.relation(house.live, name), idle: house.relation(side, name) }) as const,
  );

/** As a rollback does it: where rights differ, and then the swap back. */
async function goBack(housed: Housed, n = 3, given?: GivenOf): Promise<void> {
  const { driver, house } = housed;
  await house.warehouse.claim(fence(n), null);
  const kept = containersOf((await house.warehouse.kept()).find(({ release }) => release === r1));
  const moves = protecting(housed, kept).map(({ live, idle }) => ({ live, from: idle }));
  await driver.fill(n, protectBack(moves, await house.warehouse.catalog([...house.live, ...kept]), given));
  await driver.swapBack(n + 1, r1);
}

const protectionOf = async ({ house, relation }: Housed, name: string) =>
  (await house.warehouse.catalog(house.live)).find(relation(name))?.protection;

describe('what comes back to live', () => {
  it('has the grants, the policies and the owner that live got meanwhile', async () => {
    const housed = await released((live) => [
      `grant select on ${live('orders')} to reader with grant option`,
      `grant update (amount) on ${live('orders')} to reader`,
      `grant select on ${live('totals')} to public`,
      `alter view ${live('totals')} set (security_barrier = true)`,
      `alter table ${live('orders')} enable row level security`,
      `create policy small on ${live('orders')} to reader using (id < 2)`,
      `alter table ${live('orders')} owner to analyst`,
    ]);
    const [orders, totals] = [await protectionOf(housed, 'orders'), await protectionOf(housed, 'totals')];
    await goBack(housed);
    const { house, live } = housed;
    expect(await protectionOf(housed, 'orders')).toEqual(orders);
    expect(await protectionOf(housed, 'totals')).toEqual(totals);
    expect(await house.run('set role reader', `select id from ${live('orders')}`)).toEqual([{ id: 1 }]);
    expect(await house.run(`select count(*)::int as n from ${live('orders')}`)).toEqual([{ n: 2 }]);
  });

  it('does not let in again whom somebody has shut out, nor whom those had let in', async () => {
    const housed = await released(
      (live) => [
        `revoke select on ${live('orders')} from intern cascade`,
        `grant select on ${live('orders')} to friend`,
      ],
      (live) => [
        `grant select on ${live('orders')} to intern with grant option`,
        `grant insert on ${live('orders')} to reader`,
        `set role intern`,
        `grant select on ${live('orders')} to reader`,
        `reset role`,
      ],
    );
    await goBack(housed);
    expect((await protectionOf(housed, 'orders'))?.grants.map(({ what }) => what).toSorted()).toEqual([
      'INSERT to reader',
      'SELECT to friend',
      // In the second release nobody had passed it on: its own grant stands.
      'SELECT to reader',
    ]);
  });

  it('lets in again whom a commit had shut out, and nobody whom somebody had shut out by hand', async () => {
    const housed = await released(
      (live) => [
        `revoke select on ${live('orders')} from intern, reader`,
        `grant select on ${live('orders')} to friend, analyst`,
      ],
      (live) => [
        `grant select on ${live('orders')} to intern with grant option`,
        `grant insert on ${live('orders')} to intern`,
        `grant select on ${live('orders')} to reader`,
      ],
    );
    // Live's commit let in the analyst, the other one the intern and somebody who is gone.
    await goBack(housed, 3, () => ({
      revoked: [{ privilege: 'SELECT', grantee: 'analyst' }],
      restored: ['intern', 'gone'].map((grantee) => ({ privilege: 'SELECT', grantee })),
    }));
    expect((await protectionOf(housed, 'orders'))?.grants.map(({ what }) => what).toSorted()).toEqual([
      'INSERT to intern',
      'SELECT to friend',
      'SELECT to intern',
    ]);
  });

  it('hides what live hides by now: a policy that was made narrower, and one that was dropped', async () => {
    const housed = await released(
      (live) => [
        `alter policy own on ${live('orders')} using (id = 2)`,
        `drop policy wide on ${live('orders')}`,
        `alter table ${live('orders')} force row level security`,
      ],
      (live) => [
        `grant select on ${live('orders')} to reader`,
        `alter table ${live('orders')} enable row level security`,
        `create policy own on ${live('orders')} to reader using (id < 9)`,
        `create policy wide on ${live('orders')} using (true)`,
      ],
    );
    const rules = (await protectionOf(housed, 'orders'))?.rules;
    await goBack(housed);
    const { house, live } = housed;
    expect((await protectionOf(housed, 'orders'))?.rules).toEqual(rules);
    expect(await house.run('set role reader', `select id from ${live('orders')}`)).toEqual([{ id: 2 }]);
  });

  it('goes on hiding what it hid where a build on live has made the table anew, without policies', async () => {
    const housed = await released(
      (live) => [
        `create table ${live('orders_new')} as select * from ${live('orders')}`,
        `drop table ${live('orders')} cascade`,
        `alter table ${live('orders_new')} rename to orders`,
        `create view ${live('totals')} as select count(*) as orders, sum(amount) as amount from ${live('orders')}`,
        `grant select on ${live('orders')} to reader`,
      ],
      (live) => [
        `alter table ${live('orders')} enable row level security`,
        `create policy own on ${live('orders')} to reader using (id = 1)`,
      ],
    );
    await goBack(housed);
    const { house, live } = housed;
    expect(await house.run('set role reader', `select id from ${live('orders')}`)).toEqual([{ id: 1 }]);
  });

  it('is left without a policy that it cannot have, which nobody is let past', async () => {
    const housed = await released((live) => [
      `grant select on ${live('orders')} to reader`,
      `alter table ${live('orders')} enable row level security`,
      `create policy home on ${live('orders')} using (country = 'de')`,
    ]);
    await goBack(housed);
    const { house, live } = housed;
    expect((await protectionOf(housed, 'orders'))?.rules).toEqual(['row security']);
    expect(await house.run('set role reader', `select id from ${live('orders')}`)).toEqual([]);
  });
});

describe('rights', () => {
  it('are given to the idle side and to what rests, and to nothing else', async () => {
    const housed = await released(() => ['create schema bi', 'create table bi.orders (id integer)']);
    const { driver, relation } = housed;
    const fills = [{ do: 'protect', live: relation('orders'), idle: { ...relation('orders'), schema: 'bi' } }] as const;
    await expect(driver.fill(2, fills)).rejects.toMatchObject(isA('refused'));
  });

  it('wait for nobody who goes on reading what rests', async () => {
    const housed = await released((live) => [`alter table ${live('orders')} owner to analyst`]);
    const reader = await housed.house.session();
    await reader.query(`begin; select * from ${AT_REST}.orders`);
    await expect(goBack(housed)).rejects.toMatchObject(isA('busy'));
    await reader.end();
    await goBack(housed, 5);
    expect(await protectionOf(housed, 'orders')).toMatchObject({ owner: 'analyst' });
  });
});
