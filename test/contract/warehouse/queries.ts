import { describe, expect, it } from 'vitest';
import { type Driver, isA } from './house.ts';

export function queries(driver: () => Driver): void {
  describe('a query', () => {
    it('asks the side that it names', async () => {
      await driver().deploy(1, driver().orders([1]));
      const { seal } = await driver().build(2, driver().orders([1, 2]));
      const count = (name: string) => `select count(*) as n from ${name}`;
      const { live, warehouse, relation } = driver().house;
      const sealed = relation(seal.sides, 'orders');
      expect(await driver().ask(live, count(driver().relation(live, 'orders')))).toEqual([{ n: 1 }]);
      expect(await driver().ask(seal.sides, count(warehouse.quote(sealed)))).toEqual([{ n: 2 }]);
    });

    it('answers in plain values', async () => {
      await driver().deploy(1, driver().orders([1]));
      const sql = `select 1 as i, cast(1.5 as decimal(10, 2)) as d, 'a' as t, null as n, true as b, date '2026-01-02' as day,
        cast(9007199254740993 as bigint) as big, timestamp '2026-01-02 03:04:05' as at`;
      const [row] = await driver().ask(driver().house.live, sql);
      // One kind of time has a zone here, and the other has not.
      expect({ ...row, at: String(row?.['at']).replace(/Z$/, '') }).toEqual({
        i: 1,
        d: 1.5,
        t: 'a',
        n: null,
        b: true,
        day: '2026-01-02',
        big: '9007199254740993',
        at: '2026-01-02T03:04:05',
      });
    });

    it('says what is missing, and that a text is no query', async () => {
      await driver().deploy(1, driver().orders([1]));
      const { live } = driver().house;
      await expect(driver().ask(live, `select * from ${driver().relation(live, 'nothing')}`)).rejects.toThrow(
        /nothing/,
      );
      await expect(driver().ask(live, 'not a query')).rejects.toMatchObject({ name: 'WarehouseError' });
    });

    it('ends with the reason that its asker gives, and leaves the side free', async () => {
      const { warehouse, live, endless } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const [side] = live;
      if (!side) throw new RangeError('nothing is live');
      const because = new Error('had enough');
      const { signal, abort } = abortable(because);
      const asked = warehouse.query(endless, {
        in: side,
        timeoutMs: 60_000,
        signal,
      });
      abort();
      await expect(asked).rejects.toBe(because);
      await driver().deploy(2, driver().orders([2]));
      expect(await driver().readers()).toEqual([2]);
    });

    it('ends when its time is over, as a timeout', async () => {
      const { warehouse, live, endless } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const [side] = live;
      if (!side) throw new RangeError('nothing is live');
      const asked = warehouse.query(endless, {
        in: side,
        timeoutMs: 50,
        signal: new AbortController().signal,
      });
      await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    });

    it('can be described without being run', async () => {
      const { warehouse, live } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const [side] = live;
      if (!side) throw new RangeError('nothing is live');
      const sql = `select id, amount as paid from ${driver().relation(live, 'orders')}`;
      const o = { in: side, timeoutMs: 20_000, signal: new AbortController().signal };
      expect((await warehouse.describe(sql, o)).map(({ name }) => name.toLowerCase())).toEqual(['id', 'paid']);
    });

    it('does not write', async () => {
      await driver().deploy(1, driver().orders([1]));
      const { live } = driver().house;
      const asked = driver().ask(live, `delete from ${driver().relation(live, 'orders')}`);
      await expect(asked).rejects.toMatchObject(isA('refused'));
      expect(await driver().readers()).toEqual([1]);
    });
  });

  describe('an explanation', () => {
    it('says on every line what will be done, and names it', async () => {
      const { warehouse, live, idle, prepare, relation } = driver().house;
      const { seal } = await driver().deploy(1, driver().orders([1]));
      const catalog = await warehouse.catalog(live);
      const view = relation(idle, 'totals');
      const steps = [
        ...prepare(catalog),
        { do: 'drop', what: view } as const,
        { do: 'define', view, sql: 'select 1 as n' } as const,
        ...(await driver().plan(1, seal.sides)).changes,
      ];
      for (const step of steps) expect(warehouse.explain(step)).toMatch(/\S/);
      expect(warehouse.explain({ do: 'define', view, sql: 'select 1 as n' })).toContain('totals');
    });
  });
}

function abortable(because: Error) {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(because) };
}
