import { describe, expect, it } from 'vitest';
import { nameKey, sameName } from '../../../src/domain/relation.ts';
import type { Driver, Manner } from './house.ts';

const everyName = ['with space', 'with "quote"', "it's", 'with.dot', 'Capital', 'select', 'ordres 🎉'];

export function looks(driver: () => Driver, { prints }: Manner): void {
  const printOf = async (name: string) => {
    const { warehouse, live, relation } = driver().house;
    const { fingerprints } = await warehouse.look(live);
    return fingerprints.find(([one]) => sameName(one, relation(live, name)))?.[1];
  };
  const writeLive = (...statements: readonly string[]) => driver().house.write(driver().house.live, statements);
  const live = (name: string) => driver().relation(driver().house.live, name);

  it('lacks nothing that releases need, before the first one and after it', async () => {
    const { warehouse, live: sides, idle, relation } = driver().house;
    const names = { live: [relation(sides, 'orders')], idle: [relation(idle, 'orders')] };
    expect(await warehouse.examine(names)).toEqual([]);
    await driver().deploy(1, driver().orders([1]));
    expect(await warehouse.examine(names)).toEqual([]);
  });

  describe('a look at live', () => {
    it('tells that a row was added, changed, and taken away again', async () => {
      await driver().deploy(1, driver().orders([1, 2]));
      const seen = [await printOf('orders')];
      await writeLive(`insert into ${live('orders')} values (3, 30)`);
      seen.push(await printOf('orders'));
      await writeLive(`update ${live('orders')} set amount = 31 where id = 3`);
      seen.push(await printOf('orders'));
      await writeLive(`delete from ${live('orders')} where id = 3`);
      seen.push(await printOf('orders'));
      // Where writes are counted, no two of them cancel each other.
      expect(new Set(seen).size).toBe(prints === 'content' ? 3 : 4);
      expect(seen[3] === seen[0]).toBe(prints === 'content');
    });

    it('is not deceived by pairs of equal rows', async () => {
      await driver().deploy(1, driver().orders([1, 7, 7]));
      const sevens = await printOf('orders');
      await writeLive(`update ${live('orders')} set id = 8, amount = 80 where id = 7`);
      expect(await printOf('orders')).not.toBe(sevens);
    });

    it('is the same whatever the order of the rows, where it is of what a relation holds', async () => {
      await driver().deploy(1, driver().orders([1, 2, 3]));
      const before = await printOf('orders');
      await driver().deploy(2, driver().orders([3, 1, 2]));
      expect((await printOf('orders')) === before).toBe(prints === 'content');
    });

    it('tells that a view says something else', async () => {
      await driver().deploy(1, driver().orders([1]));
      const [before, orders] = [await printOf('totals'), await printOf('orders')];
      await writeLive(
        `drop view ${live('totals')}`,
        `create view ${live('totals')} as select 1 as orders, 2 as amount`,
      );
      expect(await printOf('totals')).not.toBe(before);
      expect(await printOf('orders')).toBe(orders);
    });

    it('tells cheaply whether anything was written since', async () => {
      const { warehouse, live: scope } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const look = await warehouse.look(scope);
      expect(await warehouse.unchanged(scope, look)).toBe(true);
      await writeLive(`insert into ${live('orders')} values (2, 20)`);
      expect(await warehouse.unchanged(scope, look)).toBe(false);
    });

    it('tells the same to whoever knows how live was sealed, until somebody writes to it', async () => {
      const { another, live: scope } = driver().house;
      const { seal } = await driver().deploy(1, driver().orders([1]));
      const known = await another.look(scope, undefined, seal);
      const read = await another.look(scope);
      expect(known.token).toBe(read.token);
      expect(known.fingerprints).toHaveLength(2);
      expect(new Map(known.fingerprints.map(([one, print]) => [nameKey(one), print]))).toEqual(
        new Map(read.fingerprints.map(([one, print]) => [nameKey(one), print])),
      );
      await writeLive(`insert into ${live('orders')} values (2, 20)`);
      const after = await another.look(scope, undefined, seal);
      expect(after).toEqual(await another.look(scope));
      expect(after.fingerprints).not.toEqual(read.fingerprints);
    });

    it('names what is asked for and gone as something else than it was', async () => {
      const { warehouse, live: scope, relation } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const asked = [relation(scope, 'totals')];
      const before = await warehouse.look(scope, asked);
      await writeLive(`drop view ${live('totals')}`);
      const after = await warehouse.look(scope, asked);
      expect(before.fingerprints.map(([one]) => one)).toEqual(asked);
      expect(after.fingerprints).not.toEqual(before.fingerprints);
    });
  });

  describe('a catalog', () => {
    it('knows nothing of containers that are not there', async () => {
      const { warehouse, live: scope, idle } = driver().house;
      const catalog = await warehouse.catalog([...scope, ...idle]);
      expect(catalog.relations).toEqual([]);
      for (const container of [...scope, ...idle]) expect(catalog.state(container)).toEqual({ is: 'absent' });
    });

    it('knows kinds, columns and what a view reads', async () => {
      const { warehouse, live: scope, relation } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const catalog = await warehouse.catalog(scope);
      const [orders, totals] = [relation(scope, 'orders'), relation(scope, 'totals')];
      expect(catalog.find(orders)).toMatchObject({ kind: 'table', relation: orders });
      expect(catalog.find(orders)?.columns.map(({ name, nullable }) => [name.toLowerCase(), nullable])).toEqual([
        ['id', false],
        ['amount', true],
      ]);
      expect(catalog.find(totals)).toMatchObject({ kind: 'view', relation: totals });
      expect(catalog.readsOf(totals)).toEqual([orders]);
      const { viewsBind } = warehouse.traits;
      expect(catalog.state(totals)).toMatchObject({ is: viewsBind === 'name' ? 'view' : 'object' });
      expect(catalog.state(relation(scope, 'nothing'))).toEqual({ is: 'absent' });
      expect(catalog.readsOf(relation(scope, 'nothing'))).toBe('unreadable');
    });

    it('finds names with spaces, quotes, dots, capitals, reserved words and emoji, as far as the engine has such', async () => {
      const { warehouse, live: scope, relation } = driver().house;
      const names = driver().house.names ?? everyName;
      await driver().deploy(1, (side) =>
        names.map((name, i) => `create table ${driver().relation(side, name)} as select ${i} as n`),
      );
      const catalog = await warehouse.catalog(scope);
      for (const [i, name] of names.entries()) {
        expect(catalog.find(relation(scope, name))?.relation.identifier).toBe(name);
        expect(await driver().house.read(`select n from ${live(name)}`)).toEqual([{ n: i }]);
      }
    });
  });
}
