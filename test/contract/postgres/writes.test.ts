import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { nameKey } from '../../../src/domain/relation.ts';
import { isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';
import { waiting } from './waiting.ts';

const open = houses(['writer']);
const r = (n: number) => releaseOf(fence(n));
const { signal } = new AbortController();

/** The first release is live; the second is about to be filled. */
async function released(): Promise<Housed> {
  const housed = await open({ slim: true });
  await housed.driver.deploy(1, housed.driver.orders([1]));
  await housed.house.warehouse.claim(fence(2), null);
  return housed;
}

const driftOf = ({ relation }: Housed, name: string) => ({
  ...isA('drifted'),
  detail: { keys: [nameKey(relation(name))] },
});

describe('a write to a live table that a release is seeded from', () => {
  it('is waited for when it began before counting did, and is in the look and in the copy', async () => {
    const { driver, house, live, idle, relation, value } = await released();
    // As a scheduled build leaves it: a table that nothing is counted of yet.
    await house.run(`drop trigger lastgreen_writes on ${live('orders')}`);
    const writer = await house.session();
    await writer.query(`begin; insert into ${live('orders')} values (2, 20)`);
    const counting = house.warehouse.countWrites([relation('orders')], { fence: fence(2), signal });
    await waiting(house, 'lastgreen fill');
    await writer.query('commit');
    await counting;
    await writer.end();
    const seen = await house.warehouse.look(house.live);
    await driver.fill(2, [
      ...house.prepare(await house.warehouse.catalog(house.live)).filter(({ do: what }) => what === 'create'),
      { do: 'copy', from: relation('orders'), id: null, to: house.relation(house.idle, 'orders') },
    ]);
    expect(await value(`select count(*) from ${idle('orders')}`)).toBe(2);
    expect(await house.warehouse.unchanged(house.live, seen)).toBe(true);
  });

  it('shows when it began before the copy and is committed after it', async () => {
    const housed = await released();
    const { driver, house, live, idle, relation, value } = housed;
    await driver.count(2, house.live);
    const seen = await house.warehouse.look(house.live);
    const writer = await house.session();
    await writer.query(`begin; insert into ${live('orders')} values (2, 20)`);
    await driver.fill(2, [
      ...house.prepare(await house.warehouse.catalog(house.live)).filter(({ do: what }) => what === 'create'),
      { do: 'copy', from: relation('orders'), id: null, to: house.relation(house.idle, 'orders') },
    ]);
    await writer.query('commit');
    await writer.end();
    expect(await value(`select count(*) from ${idle('orders')}`)).toBe(1);
    expect(await house.warehouse.unchanged(house.live, seen)).toBe(false);
    const seal = await house.warehouse.seal(r(2), house.idle, fence(2));
    await expect(driver.publish({ n: 2, seal, look: seen })).rejects.toMatchObject(driftOf(housed, 'orders'));
    expect(await driver.readers()).toEqual([1, 2]);
  });

  it('shows in the cutover, whatever it was', async () => {
    const { driver, house, live } = await released();
    const { seal } = await driver.build(3, driver.orders([1, 2]));
    const plan = await driver.plan(3, seal.sides);
    for (const write of [
      `insert into ${live('orders')} select 1, 1 where false`,
      `update ${live('orders')} set amount = amount`,
      `truncate ${live('orders')}`,
      `copy ${live('orders')} from program 'true'`,
      `alter table ${live('orders')} add note text`,
      `drop table ${live('orders')} cascade; create table ${live('orders')} (id integer not null, amount integer)`,
    ]) {
      const look = await house.warehouse.look(house.live);
      await house.run(write);
      const sent = house.warehouse.cutover(plan, { fence: fence(3), seal, live: look });
      await expect(sent, write).rejects.toMatchObject({
        ...isA('drifted'),
        message: expect.stringContaining('orders'),
      });
    }
    expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r1' });
  });

  it('is counted for whoever may write to it, without a right on what counts', async () => {
    const housed = await released();
    const { driver, house, live } = housed;
    await house.run(`grant usage on schema "the shop" to writer`, `grant insert on ${live('orders')} to writer`);
    const built = await driver.build(3, driver.orders([1, 2]));
    await house.run('set role writer', `insert into ${live('orders')} values (5, 50)`);
    await expect(driver.publish(built)).rejects.toMatchObject(driftOf(housed, 'orders'));
    expect(await driver.readers()).toEqual([1, 5]);
  });
});

describe('the sizes of relations', () => {
  it('come with what belongs to them, and only of what is there', async () => {
    const { house, live, relation } = await released();
    await house.run(
      `insert into ${live('orders')} select n, n from generate_series(1, 20000) n`,
      `create index on ${live('orders')} (id)`,
    );
    const sizes = await house.warehouse.sizes([relation('nothing'), relation('orders'), relation('totals')]);
    expect(sizes.map(([one]) => one.identifier)).toEqual(['orders']);
    expect(sizes[0]?.[1]).toBeGreaterThan(20_000 * 36);
  });
});

describe('a query that is described', () => {
  it('has the engine’s own types, with their size, and runs nothing', async () => {
    const { house } = await released();
    const [side] = house.live;
    if (!side) throw new RangeError('nothing is live');
    const described = await house.warehouse.describe(
      `select 1::smallint as a, 1.5::numeric(10, 2) as b, 'x'::varchar(7) as c, array['x'] as "Many", now() as e,
        (select count(*) from generate_series(1, 100000000000)) as f -- and more`,
      { in: side, timeoutMs: 20_000, signal },
    );
    expect(described.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'a smallint',
      'b numeric(10,2)',
      'c character varying(7)',
      'Many text[]',
      'e timestamp with time zone',
      'f bigint',
    ]);
  });
});
