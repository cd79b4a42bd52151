import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Container } from '../../../src/domain/relation.ts';
import { isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';
import { customers, key, keysOf, released, shop } from './referring.ts';
import { waiting } from './waiting.ts';

const open = houses();
const r = (n: number) => releaseOf(fence(n));

describe('a copy of history that refers to others', () => {
  /** The lines are copied as a release would begin with them. */
  async function copied(o: { readonly customers: 'live' | 'idle' }): Promise<Housed> {
    const housed = await released(open);
    const { driver, house, relation } = housed;
    await house.warehouse.claim(fence(2), null);
    await driver.fill(2, [
      ...house.prepare(await house.warehouse.catalog(house.live)).filter(({ do: what }) => what === 'create'),
      { do: 'copy', from: relation('lines'), id: null, to: house.relation(house.idle, 'lines') },
      ...(o.customers === 'live' ? [referTo(housed, house.live)] : []),
    ]);
    return housed;
  }
  const referTo = ({ house, relation }: Housed, side: readonly Container[]) =>
    ({
      do: 'refer',
      live: relation('lines'),
      idle: house.relation(house.idle, 'lines'),
      ends: [{ was: relation('customers'), now: house.relation(side, 'customers') }],
    }) as const;
  const green = (name: string) => `"the shop__green".${name}`;

  it('refers to what stays as live does, before dbt writes to it', async () => {
    const housed = await copied({ customers: 'live' });
    expect(await keysOf(housed)).toEqual([
      key(shop('lines'), shop('customers')),
      key(green('lines'), shop('customers')),
    ]);
    await expect(housed.house.run(`insert into ${housed.idle('lines')} values (9)`)).rejects.toThrow(/of whom/);
  });

  it('refers to what is built with it, once it is built; and that can be said twice', async () => {
    const housed = await copied({ customers: 'idle' });
    const { driver, house } = housed;
    await house.write(house.idle, customers(housed, [1, 7])(house.idle));
    await driver.fill(2, [referTo(housed, house.idle)]);
    await driver.fill(2, [referTo(housed, house.idle)]);
    const seal = await house.warehouse.seal(r(2), house.idle, fence(2));
    await driver.publish({ n: 2, seal, look: await house.warehouse.look(house.live) });
    expect(await keysOf(housed)).toEqual([
      key(shop('lines'), shop('customers')),
      key('"the shop__r1".lines', '"the shop__r1".customers'),
    ]);
    await house.run(`insert into ${shop('lines')} values (7)`);
  });

  it.each([
    [
      'has no row',
      'create table "the shop__green".customers (id integer primary key)',
      /a row of .*lines does not keep to foreign key "of whom": Key \(customer\)=\(1\)/,
    ],
    [
      'is unique no more',
      'create table "the shop__green".customers (id integer)',
      /foreign key "of whom" of "the shop"\.lines cannot refer to "the shop__green"\.customers: .*unique/,
    ],
    [
      'has no such column',
      'create table "the shop__green".customers (number integer primary key)',
      /foreign key "of whom" .* cannot refer/,
    ],
  ])('is refused with the reason where what it is to refer to %s', async (_, made, why) => {
    const housed = await copied({ customers: 'idle' });
    const { driver, house } = housed;
    await house.run(made);
    const filled = driver.fill(2, [referTo(housed, house.idle)]);
    await expect(filled).rejects.toMatchObject(isA('refused'));
    await expect(filled).rejects.toThrow(why);
  });

  it('looks at its rows while somebody writes to what it refers to', async () => {
    const housed = await released(open);
    const { driver, house, live, relation } = housed;
    await house.warehouse.claim(fence(2), null);
    const writer = await house.session();
    await writer.query(`begin; insert into ${live('customers')} values (8)`);
    const filled = driver.fill(2, [
      ...house.prepare(await house.warehouse.catalog(house.live)).filter(({ do: what }) => what === 'create'),
      { do: 'copy', from: relation('lines'), id: null, to: house.relation(house.idle, 'lines') },
      referTo(housed, house.live),
    ]);
    await waiting(house, 'lastgreen fill');
    // Whoever writes next does not queue behind it for long.
    await house.run(`insert into ${live('customers')} values (9)`);
    await writer.query('commit');
    await writer.end();
    await filled;
    expect(await keysOf(housed)).toHaveLength(2);
  });

  it('refers to itself where live does', async () => {
    const housed = await open({ slim: true });
    const { driver, house, relation } = housed;
    await driver.deploy(1, (side) => [
      `create table ${driver.relation(side, 'staff')} (id integer primary key, boss integer references ${driver.relation(side, 'staff')})`,
      `insert into ${driver.relation(side, 'staff')} values (1, 2), (2, 2)`,
    ]);
    await house.warehouse.claim(fence(2), null);
    await driver.fill(2, [
      ...house.prepare(await house.warehouse.catalog(house.live)).filter(({ do: what }) => what === 'create'),
      { do: 'copy', from: relation('staff'), id: null, to: house.relation(house.idle, 'staff') },
    ]);
    expect(await keysOf(housed)).toMatchObject([
      { of: '"the shop".staff', says: 'FOREIGN KEY (boss) REFERENCES "the shop".staff(id)' },
      { of: '"the shop__green".staff', says: 'FOREIGN KEY (boss) REFERENCES "the shop__green".staff(id)' },
    ]);
  });
});
