import { describe, expect, it } from 'vitest';
import { houses } from './houses.ts';

const open = houses([], { max_locks_per_transaction: 10, max_connections: 20 });

describe('on a server that has few locks, a kept side', () => {
  it('of more relations than one transaction can lock is removed all the same', async () => {
    const { driver, house, value } = await open();
    await driver.deploy(1, driver.orders([1]));
    await driver.deploy(2, driver.orders([2]));
    for (let from = 0; from < 2_000; from += 100)
      await house.run(`do $$ begin
        for i in ${from} .. ${from + 99} loop
          execute format('create table "the shop__r1".t%s (n integer)', i);
        end loop; end $$`);
    await expect(house.run('drop schema "the shop__r1" cascade')).rejects.toThrow(/out of shared memory/);
    expect(await house.warehouse.remove(await house.warehouse.kept())).toEqual(['the shop__r1']);
    expect(await house.warehouse.kept()).toEqual([]);
    expect(await value(`select count(*) from pg_namespace where nspname ~ 'trash|__r1'`)).toBe(0);
  });
});
