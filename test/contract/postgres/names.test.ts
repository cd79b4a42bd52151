import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { houses } from './houses.ts';

const open = houses();
const back = releaseOf(fence(1));

const awkward: readonly string[] = [
  'x'.repeat(63),
  `${'é'.repeat(31)}x`,
  'Upper Case',
  'with "quotes" and ""',
  "it's",
  'one.two.three',
  'select',
  '🎉 ordres',
  '$1; drop table x; --',
  'back\\slash',
  '%s %I',
];

/** A schema name has room for what is added to it: `__green` and `__r1`. */
const schemas = ['The "Shop".main 🎉', 's'.repeat(55)];

describe.each(schemas)('in the schema %s', (schema) => {
  it('relations of every name are deployed, kept, gone back from and removed', async () => {
    const { driver, house, live } = await open({ schema });
    const release = (n: number) => (side: typeof house.live) =>
      awkward.flatMap((name, i) => {
        const [table, view] = [driver.relation(side, name), driver.relation(side, `v${i} ${name}`.slice(0, 30))];
        return [
          `drop view if exists ${view}`,
          `drop table if exists ${table}`,
          `create table ${table} as select ${n} as n`,
          `create view ${view} as select n from ${table}`,
        ];
      });
    const seen = async () => {
      const rows = awkward.map((name, i) =>
        house.run(`select t.n, v.n as v from ${live(name)} t, ${live(`v${i} ${name}`.slice(0, 30))} v`),
      );
      return [...new Set((await Promise.all(rows)).flat().flatMap((row) => Object.values(row)))];
    };
    await driver.deploy(1, release(1));
    await driver.deploy(2, release(2));
    expect(await seen()).toEqual([2]);
    await driver.swapBack(3, back);
    expect(await seen()).toEqual([1]);
    await house.warehouse.remove(await house.warehouse.kept());
    expect(await house.warehouse.kept()).toEqual([]);
    expect(await seen()).toEqual([1]);
  });
});

describe('indexes, constraints and sequences of one name on both sides', () => {
  it('change places with their tables, and stay the tables’ own', async () => {
    const { driver, house, live, value } = await open();
    const release = (rows: number) => (side: typeof house.live) => {
      const name = driver.relation(side, 'orders');
      return [
        `drop table if exists ${name}`,
        `create table ${name} (id serial constraint "the key" primary key, n integer generated always as identity,
          t text constraint "no blank" check (t <> ''), constraint "one of each" unique (t))`,
        `create index "an index" on ${name} (lower(t))`,
        `insert into ${name} (t) select 't' || i from generate_series(1, ${rows}) i`,
      ];
    };
    const own = () =>
      house.run(
        `select c.relname, c.relkind, c.relnamespace::regnamespace::text as schema from pg_class c
         where c.relkind in ('i', 'S') and c.oid in (select indexrelid from pg_index where indrelid = '${live('orders')}'::regclass
           union select objid from pg_depend where refobjid = '${live('orders')}'::regclass and deptype in ('a', 'i')
             and classid = 'pg_class'::regclass) order by 1`,
      );
    await driver.deploy(1, release(3));
    const before = await own();
    expect(before.map((row) => row['relname'])).toEqual([
      'an index',
      'one of each',
      'orders_id_seq',
      'orders_n_seq',
      'the key',
    ]);
    await driver.deploy(2, release(5));
    expect(await own()).toEqual(before);
    const next = async () => value(`insert into ${live('orders')} (t) values ('next') returning id || ' ' || n`);
    expect(await next()).toBe('6 6');
    await driver.swapBack(3, back);
    expect(await own()).toEqual(before);
    expect(await next()).toBe('4 4');
    await expect(house.run(`insert into ${live('orders')} (t) values ('')`)).rejects.toThrow(/no blank/);
  });
});
