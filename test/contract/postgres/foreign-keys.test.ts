import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Container } from '../../../src/domain/relation.ts';
import { isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';
import { customers, key, keysOf, lines, released, shop } from './referring.ts';
import { waiting } from './waiting.ts';

const open = houses(['loader']);
const r = (n: number) => releaseOf(fence(n));

/** The second release changed the lines alone: they are of the second customer now. */
async function changedLines(o: Parameters<typeof open>[0] = {}): Promise<Housed> {
  const housed = await released(open, o);
  const { driver, house } = housed;
  await driver.deploy(2, lines(housed, house.live, [2]));
  return housed;
}

describe('a relation that refers to one that stays', () => {
  it('is no tie that holds anybody up', async () => {
    const { house, relation } = await released(open);
    const ties = (await house.warehouse.catalog(house.live)).tiesOf(relation('lines'));
    expect(ties).toEqual([
      expect.objectContaining({ what: 'foreign key "of whom" to "the shop".customers', does: 'refers' }),
    ]);
  });

  it('changes alone, with the key that it was built with, and what left holds nobody up who deletes', async () => {
    const housed = await changedLines();
    const { house, live, value } = housed;
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
    await house.run(`delete from ${live('customers')} where id = 1`);
    await expect(house.run(`delete from ${live('customers')} where id = 2`)).rejects.toThrow(/of whom/);
    expect(await value('select array_agg(customer) from "the shop__r1".lines')).toEqual([1]);
  });

  it('refers again once it is back: at once for what is written, and for its rows after the next claim', async () => {
    const housed = await changedLines();
    const { driver, house, live } = housed;
    await driver.swapBack(3, r(1));
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'), ' NOT VALID')]);
    await expect(house.run(`delete from ${live('customers')} where id = 1`)).rejects.toThrow(/of whom/);
    await expect(house.run(`insert into ${live('lines')} values (9)`)).rejects.toThrow(/of whom/);
    await house.run(`delete from ${live('customers')} where id = 2`);
    await house.warehouse.claim(fence(4), null);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
  });

  it('goes forth and back as often as one likes', async () => {
    const housed = await changedLines();
    const { driver } = housed;
    await driver.swapBack(3, r(1));
    await driver.swapBack(4, r(2));
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'), ' NOT VALID')]);
    await driver.swapBack(5, r(1));
    await driver.house.warehouse.claim(fence(6), null);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
  });

  it('stops no claim with a row that refers to nothing any more', async () => {
    const housed = await changedLines();
    const { driver, house, live } = housed;
    await house.run(`delete from ${live('customers')} where id = 1`);
    await driver.swapBack(3, r(1));
    expect(await house.warehouse.claim(fence(4), null)).toMatchObject({ content: 'r1' });
    expect(await house.warehouse.claim(fence(5), null)).toMatchObject({ content: 'r1' });
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'), ' NOT VALID')]);
    await expect(house.run(`insert into ${live('lines')} values (9)`)).rejects.toThrow(/of whom/);
  });

  it('waits in no claim for somebody who has it locked', async () => {
    const housed = await changedLines();
    const { driver, house, live } = housed;
    await driver.swapBack(3, r(1));
    const somebody = await house.session();
    await somebody.query(`begin; lock table ${live('lines')} in share mode`);
    await house.warehouse.claim(fence(4), null);
    await somebody.end();
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'), ' NOT VALID')]);
    await house.warehouse.claim(fence(5), null);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
  });

  it('goes back without a key that nothing can be made of, and has it once it can', async () => {
    const housed = await changedLines();
    const { driver, house, live } = housed;
    await house.run(`drop table ${live('customers')} cascade`);
    await driver.swapBack(3, r(1));
    expect(await house.run(`select customer from ${live('lines')}`)).toEqual([{ customer: 1 }]);
    expect(await keysOf(housed)).toEqual([]);
    await house.run(...customers(housed, [1])(house.live));
    await house.warehouse.claim(fence(4), null);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
  });

  it('had a key that was not looked at before, and has it back like that', async () => {
    const housed = await released(open);
    const { driver, house, live } = housed;
    await house.run(
      `alter table ${live('lines')} drop constraint "of whom"`,
      `alter table ${live('lines')} add constraint "of whom" foreign key (customer) references ${live('customers')} on delete restrict not valid`,
    );
    await driver.deploy(2, lines(housed, house.live, [2]));
    await driver.swapBack(3, r(1));
    await house.warehouse.claim(fence(4), null);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'), ' NOT VALID')]);
  });

  it('is forgotten with what is pruned', async () => {
    const { house, value } = await changedLines();
    expect(await value('select count(*) from lastgreen.kept_key')).toBe(1);
    await house.warehouse.remove(await house.warehouse.kept());
    expect(await value('select count(*) from lastgreen.kept_key')).toBe(0);
  });

  it('may belong to somebody else, who lets lastgreen refer to it and no more', async () => {
    const housed = await open({ slim: true, output: { role: 'loader' } });
    const { driver, house, value } = housed;
    await house.run(
      `grant create on database ${house.database} to loader`,
      'create schema "the shop" authorization loader',
      'create schema crm',
      'create table crm.customers as select generate_series(1, 3) as id',
      'alter table crm.customers add primary key (id)',
      'grant usage on schema crm to loader',
      'grant select, references on crm.customers to loader',
      'set role loader',
    );
    const of = (id: number) => (side: readonly Container[]) => [
      'set role loader',
      `create table ${driver.relation(side, 'lines')} (customer integer constraint "of whom" references crm.customers)`,
      `insert into ${driver.relation(side, 'lines')} values (${id})`,
    ];
    await driver.deploy(1, of(1));
    await driver.deploy(2, of(2));
    await house.run('delete from crm.customers where id = 1');
    await driver.swapBack(3, r(1));
    await house.run('delete from crm.customers where id = 2');
    expect(await value(`select array_agg(conrelid::regclass::text) from pg_constraint where contype = 'f'`)).toEqual([
      '"the shop".lines',
    ]);
  });

  it('may go away with nothing in its place', async () => {
    const housed = await released(open);
    const { driver, house, live, relation, value } = housed;
    const { seal } = await driver.build(2, (side) => [`create table ${driver.relation(side, 'fresh')} ()`]);
    const plan = await driver.plan(2, seal.sides);
    const state = (await house.warehouse.catalog(house.live)).state(relation('lines'));
    const to = { ...relation('lines'), schema: 'the shop__r1' };
    const change = {
      do: 'move',
      what: 'relation',
      from: relation('lines'),
      to,
      before: [
        [relation('lines'), state],
        [to, { is: 'absent' }],
      ],
      after: [
        [relation('lines'), { is: 'absent' }],
        [to, state],
      ],
    } as const;
    const kept = [{ location: '', database: house.database, schema: 'the shop__r1' }];
    await house.warehouse.cutover(
      { ...plan, changes: [...plan.changes, change], kept },
      { fence: fence(2), seal: null, live: null },
    );
    expect(await keysOf(housed)).toEqual([]);
    await house.run(`delete from ${live('customers')}`);
    expect(await value('select count(*) from "the shop__r1".lines')).toBe(1);
  });

  it('keeps readers of what stays waiting no longer than those of what moves, and names who reads', async () => {
    const housed = await released(open, { patience: { lockMs: 20, deadlineMs: 200 } });
    const { driver, house, live } = housed;
    const built = await driver.build(2, lines(housed, house.live, [2]));
    const somebody = await house.session();
    await somebody.query(`begin; select * from ${live('customers')}`);
    const sent = driver.publish(built);
    await expect(sent).rejects.toMatchObject(isA('busy'));
    await expect(sent).rejects.toThrow(`select * from ${live('customers')}`);
    expect(await keysOf(housed)).toHaveLength(2);
    await somebody.end();
    await driver.publish(built);
    expect(await keysOf(housed)).toEqual([key(shop('lines'), shop('customers'))]);
  });
});

describe('a relation that others refer to', () => {
  it('does not change alone, and says who they are', async () => {
    const housed = await released(open);
    const { driver, house, relation } = housed;
    expect((await house.warehouse.catalog(house.live)).tiesOf(relation('customers'))).toEqual([
      expect.objectContaining({ what: 'foreign key "of whom" of "the shop".lines', does: 'holds' }),
    ]);
    const built = await driver.build(2, customers(housed, [1]));
    const sent = driver.publish(built);
    await expect(sent).rejects.toMatchObject(isA('refused'));
    await expect(sent).rejects.toThrow('"the shop".customers by foreign key "of whom" of "the shop".lines');
  });

  it('does not change while somebody begins to', async () => {
    const housed = await open({ slim: true, patience: { lockMs: 20_000 } });
    const { driver, house, live } = housed;
    await driver.deploy(1, customers(housed, [1]));
    const built = await driver.build(2, customers(housed, [2]));
    const somebody = await house.session();
    await somebody.query(`begin; create table public.late (id integer references ${live('customers')})`);
    const sent = driver.publish(built);
    await Promise.all([
      expect(sent).rejects.toMatchObject(isA('drifted')),
      expect(sent).rejects.toThrow(/late/),
      waiting(house, 'lastgreen cutover').then(() => somebody.query('commit')),
    ]);
    await somebody.end();
    expect(await house.run(`select id from ${live('customers')}`)).toEqual([{ id: 1 }]);
  });
});
