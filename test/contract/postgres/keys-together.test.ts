import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Container } from '../../../src/domain/relation.ts';
import { type Housed, houses } from './houses.ts';
import { customers, key, keysOf, lines, released, shop } from './referring.ts';
import { waiting } from './waiting.ts';

const open = houses();
const r = (n: number) => releaseOf(fence(n));

describe('relations that change together, one of which refers to the other', () => {
  const both = (housed: Housed) => (side: readonly Container[]) => [
    ...customers(housed, [4, 5])(side),
    ...lines(housed, side, [4])(side),
  ];

  it('rest together with their key, and come back with it', async () => {
    const housed = await released(open);
    const { driver, house, live } = housed;
    await driver.deploy(2, both(housed));
    expect(await keysOf(housed)).toEqual([
      key(shop('lines'), shop('customers')),
      key('"the shop__r1".lines', '"the shop__r1".customers'),
    ]);
    await house.run(`delete from ${live('customers')} where id = 5`);
    await driver.swapBack(3, r(1));
    expect(await keysOf(housed)).toEqual([
      key(shop('lines'), shop('customers')),
      key('"the shop__r2".lines', '"the shop__r2".customers'),
    ]);
  });

  it('refer to what is live when only one of them comes back, and not to what rests', async () => {
    const housed = await released(open);
    const { driver, house } = housed;
    await driver.deploy(2, both(housed));
    // Whose rows nobody can make again stays as it is.
    await house.warehouse.claim(fence(3), null);
    const all = await driver.plan(3, [{ location: '', database: house.database, schema: 'the shop__r1' }], r(1));
    const changes = all.changes.filter(
      (change) => change.do === 'move' && JSON.stringify(change.from).includes('lines'),
    );
    await house.warehouse.cutover(
      { ...all, changes, visible: changes.length },
      { fence: fence(3), seal: null, live: null },
    );
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'), ' NOT VALID')]);
    expect(await house.warehouse.remove(await house.warehouse.kept())).toEqual(['the shop__r1', 'the shop__r2']);
  });

  it('refer to what comes back when the one that refers stays', async () => {
    const housed = await released(open);
    const { driver, house, live } = housed;
    await driver.deploy(2, both(housed));
    await house.run(`insert into ${live('customers')} values (1)`, `update ${live('lines')} set customer = 1`);
    await house.warehouse.claim(fence(3), null);
    const all = await driver.plan(3, [{ location: '', database: house.database, schema: 'the shop__r1' }], r(1));
    const changes = all.changes.filter(
      (change) => change.do === 'move' && JSON.stringify(change.from).includes('customers'),
    );
    const forth = { ...all, changes, visible: changes.length };
    const guard = { fence: fence(3), seal: null, live: null };
    await expect(house.warehouse.cutover(forth, guard)).rejects.toThrow(
      '"the shop".customers by foreign key "of whom" of "the shop".lines',
    );
    await house.warehouse.cutover({ ...forth, mark: { ...all.mark, back: true } }, guard);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'), ' NOT VALID')]);
    await expect(house.run(`delete from ${live('customers')} where id = 1`)).rejects.toThrow(/of whom/);
    await house.warehouse.claim(fence(4), null);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
    expect(await house.warehouse.remove(await house.warehouse.kept())).toEqual(['the shop__r1', 'the shop__r2']);
  });

  it('are pruned together', async () => {
    const housed = await released(open);
    await housed.driver.deploy(2, both(housed));
    const { warehouse } = housed.house;
    expect(await warehouse.remove(await warehouse.kept())).toEqual(['the shop__r1']);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
  });

  it('are pruned together from two schemas', async () => {
    const housed = await released(open);
    const { house, value } = housed;
    await housed.driver.deploy(2, both(housed));
    const [side] = await house.warehouse.kept();
    if (!side) throw new RangeError('nothing is kept');
    await house.run(
      'create schema "another__r1"',
      'alter table "the shop__r1".lines set schema "another__r1"',
      `insert into lastgreen.kept select environment, 'another__r1', release, sha, displaced_by, at from lastgreen.kept`,
    );
    expect((await house.warehouse.kept()).map(({ containers }) => containers.length)).toEqual([2]);
    expect(await house.warehouse.remove([side])).toEqual(['the shop__r1']);
    expect(await value('select customer from "another__r1".lines')).toBe(1);
    expect(await house.warehouse.remove(await house.warehouse.kept())).toEqual(['another__r1']);
  });

  it('give way on the idle side to the next build', async () => {
    const housed = await released(open);
    const { driver, house, idle } = housed;
    await driver.build(2, both(housed));
    await driver.fill(2, [
      { do: 'drop', what: house.relation(house.idle, 'customers') },
      { do: 'drop', what: house.relation(house.idle, 'lines') },
    ]);
    await house.write(house.idle, lines(housed, house.live, [1])(house.idle));
    await driver.fill(2, [{ do: 'drop', what: house.relation(house.idle, 'lines') }]);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
    await house.write(house.idle, [`create table ${idle('lines')} ()`]);
  });
});

describe('what is built, and refers to what is live', () => {
  it('does not keep readers of live waiting when it is given up while somebody reads', async () => {
    const housed = await released(open);
    const { driver, house, live } = housed;
    await driver.build(2, lines(housed, house.live, [1]));
    const somebody = await house.session();
    await somebody.query(`begin; select * from ${live('customers')}`);
    const given = driver.fill(2, [{ do: 'drop', what: house.relation(house.idle, 'lines') }]);
    await waiting(house, 'lastgreen fill');
    expect(await house.read(`select count(*)::int as n from ${live('customers')}`)).toEqual([{ n: 3 }]);
    await somebody.query('commit');
    await somebody.end();
    await given;
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
  });
});

describe('the keys of a relation, as a catalog tells them', () => {
  it('are the same texts on both sides when they say the same', async () => {
    const housed = await released(open);
    const { driver, house, relation } = housed;
    await driver.build(2, (side) => [...customers(housed, [4])(side), ...lines(housed, side, [4])(side)]);
    const catalog = await house.warehouse.catalog([...house.live, ...house.idle]);
    const keys = ['foreign key (customer) to customers (id)'];
    expect(catalog.find(relation('lines'))?.protection?.keys).toEqual(keys);
    expect(catalog.find(house.relation(house.idle, 'lines'))?.protection?.keys).toEqual(keys);
  });
});
