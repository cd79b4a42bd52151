import type { Container } from '../../../src/domain/relation.ts';
import type { Housed } from './houses.ts';

/** What dbt makes of a function, and of the tables and views that call it. */
export const priced =
  ({ driver }: Housed, times: number, more: readonly string[] = []) =>
  (side: readonly Container[]): readonly string[] => [
    `create or replace function ${driver.relation(side, 'priced')}(n integer) returns integer language sql
       as 'select n * ${times} -- as shown in ${driver.relation(side, 'prices')} and ${driver.relation(driver.house.live, 'others')}'`,
    ...more,
  ];

export const called =
  (housed: Housed, times: number) =>
  (side: readonly Container[]): readonly string[] => {
    const name = (one: string) => housed.driver.relation(side, one);
    return [
      ...priced(housed, times)(side),
      `create table ${name('prices')} (id integer, price integer default ${name('priced')}(1))`,
      `insert into ${name('prices')} (id) values (1)`,
      `create view ${name('offers')} as select id, ${name('priced')}(id) as price from ${name('prices')}`,
    ];
  };
