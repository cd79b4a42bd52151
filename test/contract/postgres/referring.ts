import type { Container } from '../../../src/domain/relation.ts';
import type { Housed, houses } from './houses.ts';

/** Orders of customers: what dbt makes of them on a side, where the customers are on another or on the same. */
export const customers =
  ({ driver }: Housed, ids: readonly number[]) =>
  (side: readonly Container[]): readonly string[] => [
    `create table ${driver.relation(side, 'customers')} (id integer primary key)`,
    `insert into ${driver.relation(side, 'customers')} select unnest(array[${ids.join(', ')}]::integer[])`,
  ];

export const lines =
  ({ driver }: Housed, of: readonly Container[], ids: readonly number[]) =>
  (side: readonly Container[]): readonly string[] => [
    `create table ${driver.relation(side, 'lines')} (customer integer constraint "of whom" references ${driver.relation(of, 'customers')} on delete restrict)`,
    `insert into ${driver.relation(side, 'lines')} select unnest(array[${ids.join(', ')}]::integer[])`,
  ];

/** The first release has both. */
export async function released(open: ReturnType<typeof houses>, o: Parameters<typeof open>[0] = {}): Promise<Housed> {
  const housed = await open({ slim: true, ...o });
  const { driver } = housed;
  await driver.deploy(1, (side) => [...customers(housed, [1, 2, 3])(side), ...lines(housed, side, [1])(side)]);
  return housed;
}

/** Every key to the customers, as people see it. */
export const keysOf = ({ house }: Housed) =>
  house.run(
    `select f.conrelid::regclass::text as of, f.conname as name, pg_get_constraintdef(f.oid) as says
     from pg_constraint f where f.contype = 'f' order by f.conrelid::regclass::text`,
  );

export const key = (of: string, to: string, more = '') => ({
  of,
  name: 'of whom',
  says: `FOREIGN KEY (customer) REFERENCES ${to}(id) ON DELETE RESTRICT${more}`,
});

export const shop = (name: string) => `"the shop".${name}`;
