import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { exchangeRelations } from '../../../src/planning/strategies/exchange.ts';
import { isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';
import { waiting } from './waiting.ts';

const open = houses(['reader']);

/** A table of somebody else, of which a reader sees the rows that the orders have. */
const secret = (live: Housed['live']): readonly string[] => [
  'create schema bi',
  'create table bi.secret as select generate_series(1, 4) as id',
  `create policy own on bi.secret for select to reader using (id in (select id from ${live('orders')}))`,
  `create policy more on bi.secret to reader using (false) with check (id in (select id from ${live('orders')}))`,
  'alter table bi.secret enable row level security',
  'grant usage on schema bi, "the shop" to reader',
  'grant select, insert on bi.secret to reader',
  'alter default privileges in schema "the shop" grant select on tables to reader',
  `grant select on ${live('orders')} to reader`,
];

async function released(o: Parameters<typeof open>[0] = {}): Promise<Housed> {
  const housed = await open({ slim: true, ...o });
  await housed.driver.deploy(1, housed.driver.orders([1]));
  await housed.house.run(...secret(housed.live));
  return housed;
}

const seen = ({ house }: Housed) => house.run('set role reader', 'select id from bi.secret order by id');

describe('a policy of somebody else that reads a relation that changes', () => {
  it('lets readers see what the new one lets them see, and the old one again after a swap back', async () => {
    const housed = await released();
    const { driver, house, relation } = housed;
    expect((await house.warehouse.catalog(house.live)).tiesOf(relation('orders'))).toContainEqual(
      expect.objectContaining({ what: 'policy own of bi.secret', does: 'follows' }),
    );
    const policies = `select polname, polcmd::text, polpermissive, polroles::regrole[]::text as roles,
      pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as with_check from pg_policy order by polname`;
    const before = await house.run(policies);
    expect(await seen(housed)).toEqual([{ id: 1 }]);
    await driver.deploy(2, driver.orders([2, 3]));
    expect(await seen(housed)).toEqual([{ id: 2 }, { id: 3 }]);
    await expect(house.run('set role reader', 'insert into bi.secret values (1)')).rejects.toThrow(
      /row-level security/,
    );
    await house.run('set role reader', 'insert into bi.secret values (3)');
    await driver.swapBack(3, (await house.warehouse.kept())[0]?.release ?? fail());
    expect(await seen(housed)).toEqual([{ id: 1 }]);
    expect(await house.run(policies)).toEqual(before);
  });

  it('makes the cutover refuse by its name where its text fits nothing any more, and nothing changes', async () => {
    const housed = await released();
    const { driver, house, idle } = housed;
    const built = await driver.build(2, () => [
      `create table ${idle('orders')} (number integer)`,
      `create view ${idle('totals')} as select 1 as orders`,
    ]);
    const sent = driver.publish(built);
    await expect(sent).rejects.toMatchObject(isA('refused'));
    await expect(sent).rejects.toThrow(/policy (own|more) of bi\.secret cannot be bound.*does not exist/);
    expect(await seen(housed)).toEqual([{ id: 1 }]);
    expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r1' });
  });

  it('makes the cutover refuse where nothing comes in the place of what it reads', async () => {
    const housed = await released();
    const { driver, house, idle, relation } = housed;
    const { seal } = await driver.build(2, () => [`create table ${idle('fresh')} ()`]);
    const plan = await driver.plan(2, seal.sides);
    const catalog = await house.warehouse.catalog([...house.live, ...house.idle]);
    const cut = exchangeRelations(
      ['orders', 'totals'].map((name) => ({ live: relation(name), from: null })),
      {
        live: house.live,
        own: [],
        catalog,
        leaves: releaseOf(fence(1)),
        release: releaseOf(fence(2)),
        traits: house.warehouse.traits,
      },
    );
    const sent = house.warehouse.cutover({ ...plan, ...cut }, { fence: fence(2), seal: null, live: null });
    await expect(sent).rejects.toThrow(/"the shop"\.orders by policy own of bi\.secret/);
    expect(await seen(housed)).toEqual([{ id: 1 }]);
  });

  it('stops a cutover that it came too late for', async () => {
    const { driver, house, live, value } = await open({ patience: { lockMs: 20_000 } });
    await driver.deploy(1, driver.orders([1]));
    await house.run('create table public.late as select generate_series(1, 2) as id');
    const built = await driver.build(2, driver.orders([1, 2]));
    const somebody = await house.session();
    await somebody.query(`begin; create policy own on public.late using (id in (select id from ${live('orders')}))`);
    const sent = driver.publish(built);
    await Promise.all([
      expect(sent).rejects.toMatchObject(isA('drifted')),
      expect(sent).rejects.toThrow(/late/),
      waiting(house, 'lastgreen cutover').then(() => somebody.query('commit')),
    ]);
    await somebody.end();
    await driver.publish(built);
    expect(await value(`select pg_get_expr(polqual, polrelid) from pg_policy`)).toContain('"the shop".orders');
  });

  it('waits for a reader of its table no longer than for any other, and names who it was', async () => {
    const housed = await released({ patience: { lockMs: 20, deadlineMs: 200 } });
    const { driver, house } = housed;
    const built = await driver.build(2, driver.orders([2]));
    const somebody = await house.session();
    await somebody.query('begin; select * from bi.secret');
    const sent = driver.publish(built);
    await expect(sent).rejects.toMatchObject(isA('busy'));
    await expect(sent).rejects.toThrow(/select \* from bi\.secret/);
    expect(await driver.readers()).toEqual([1]);
    await somebody.end();
    await driver.publish(built);
    expect(await seen(housed)).toEqual([{ id: 2 }]);
  });
});

function fail(): never {
  throw new RangeError('nothing is kept');
}
