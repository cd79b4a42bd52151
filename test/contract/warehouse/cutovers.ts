import { describe, expect, it } from 'vitest';
import type { Fingerprints } from '../../../src/domain/cutover.ts';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { nameKey } from '../../../src/domain/relation.ts';
import type { WarehouseError } from '../../../src/warehouse/port.ts';
import { containersOf, type Driver, isA, type Manner } from './house.ts';

const r = (n: number) => releaseOf(fence(n));

export function cutovers(driver: () => Driver, { exchanges, prints, seals }: Manner): void {
  const live = (name: string) => driver().relation(driver().house.live, name);
  const writeLive = (...statements: readonly string[]) => driver().house.write(driver().house.live, statements);

  describe('a cutover', () => {
    it('gives readers the new side and marks it', async () => {
      const { warehouse, another } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      expect(await driver().readers()).toEqual([1]);
      const { seal } = await driver().deploy(2, driver().orders([1, 2]));
      expect(await driver().readers()).toEqual([1, 2]);
      expect((await another.standing()).mark).toMatchObject({
        release: 'r2',
        content: 'r2',
        previous: { release: 'r1' },
      });
      // Moved, and still the same: a rollback asks whether anybody wrote to it since.
      const rebound = ['table', 'schema'].includes(warehouse.traits.exchange) && warehouse.traits.viewsBind === 'name';
      const texts = (all: Fingerprints) =>
        all.filter(([{ identifier }]) => !rebound || identifier !== 'totals').map(([, text]) => text);
      const { fingerprints } = await warehouse.look(driver().house.live);
      expect(texts(fingerprints).toSorted()).toEqual(texts(seal.fingerprints).toSorted());
    });

    it('sent a second time changes nothing', async () => {
      const { warehouse, another } = driver().house;
      const built = await driver().build(1, driver().orders([1]));
      const plan = await driver().publish(built);
      const before = await another.standing();
      await warehouse.cutover(plan, { fence: fence(1), seal: built.seal, live: built.look });
      expect(await another.standing()).toEqual(before);
      expect(await driver().readers()).toEqual([1]);
    });

    it('can be finished by whoever claims next', async () => {
      const { another } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      const plan = await driver().plan(2, built.seal.sides);
      await another.claim(fence(3), plan);
      await another.cutover(plan, { fence: fence(3), seal: built.seal, live: built.look });
      expect(await driver().readers()).toEqual([1, 2]);
      expect((await another.standing()).mark).toMatchObject({ release: 'r2', fence: 3 });
    });

    it('names what was written to live since it was looked at, and changes nothing', async () => {
      const { warehouse, relation } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      await writeLive(
        `insert into ${live('orders')} values (7, 70)`,
        `create table ${live('new_here')} as select 1 as n`,
      );
      // What nobody moves may come and go.
      const concerned = exchanges === 'sides' ? ['orders', 'new_here'] : ['orders'];
      const keys = concerned.map((name) => nameKey(relation(driver().house.live, name)));
      const sent = driver().publish(built);
      await expect(sent).rejects.toMatchObject({ ...isA('drifted'), detail: { keys: expect.arrayContaining(keys) } });
      await expect(sent).rejects.toThrow(/orders/);
      expect(await driver().readers()).toEqual([1, 7]);
      const plan = await driver().plan(2, built.seal.sides);
      await warehouse.cutover(plan, {
        fence: fence(2),
        seal: built.seal,
        live: await warehouse.look(driver().house.live),
      });
      expect(await driver().readers()).toEqual([1, 2]);
    });

    it('lets what was written and taken back again pass, where the rows are compared', async () => {
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      await writeLive(`insert into ${live('orders')} values (7, 70)`);
      await writeLive(`delete from ${live('orders')} where id = 7`);
      const sent = driver()
        .publish(built)
        .then(() => 'published')
        .catch((error: WarehouseError) => error.is);
      expect(await sent).toBe(prints === 'content' ? 'published' : 'drifted');
      expect(await driver().readers()).toEqual(prints === 'content' ? [1, 2] : [1]);
    });

    it('compares nothing when it is told to', async () => {
      const { warehouse } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      await writeLive(`insert into ${live('orders')} values (7, 70)`);
      const plan = await driver().plan(2, built.seal.sides);
      await warehouse.cutover(plan, { fence: fence(2), seal: null, live: null });
      expect(await driver().readers()).toEqual([1, 2]);
    });

    it('does not publish a side that was written to after it was sealed', async () => {
      const { write } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      await write(built.seal.sides, driver().orders([666])(built.seal.sides));
      await expect(driver().publish(built)).rejects.toMatchObject({ ...isA('drifted'), detail: { seal: true } });
      expect(await driver().readers()).toEqual([1]);
    });

    it('does not start from another state than the one it was planned from', async () => {
      const { warehouse } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      const plan = await driver().plan(2, built.seal.sides);
      await driver().deploy(3, driver().orders([3]));
      await warehouse.claim(fence(4), null);
      const sent = warehouse.cutover(plan, { fence: fence(4), seal: built.seal, live: null });
      await expect(sent).rejects.toMatchObject(isA('drifted'));
      expect(await driver().readers()).toEqual([3]);
    });

    it('of nothing but the mark leaves readers what they have', async () => {
      const { warehouse } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      await warehouse.claim(fence(2), null);
      const plan = { ...(await driver().plan(2, [])), changes: [], visible: 0 };
      await warehouse.cutover(plan, { fence: fence(2), seal: null, live: null });
      expect((await warehouse.standing()).mark).toMatchObject({ release: 'r2' });
      expect(await driver().readers()).toEqual([1]);
      expect(await warehouse.kept()).toEqual([]);
    });
  });

  describe('a swap back', () => {
    it('gives readers what they had, and forward again', async () => {
      const { another } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      await driver().deploy(2, driver().orders([1, 2]));
      await driver().swapBack(3, r(1));
      expect(await driver().readers()).toEqual([1]);
      expect((await another.standing()).mark).toMatchObject({
        release: 'r3',
        content: 'r1',
        previous: { release: 'r2' },
      });
      await driver().swapBack(4, r(2));
      expect(await driver().readers()).toEqual([1, 2]);
      expect((await another.standing()).mark).toMatchObject({ release: 'r4', content: 'r2' });
    });
  });

  describe('a kept side', () => {
    it('is what left live, oldest first, and never what is live or never was', async () => {
      const { warehouse } = driver().house;
      expect(await warehouse.kept()).toEqual([]);
      for (const n of [1, 2, 3]) await driver().deploy(n, driver().orders([n]));
      await driver().build(4, driver().orders([4]));
      const kept = await warehouse.kept();
      expect(kept.map(({ release }) => release)).toEqual(['r1', 'r2']);
      for (const [i, side] of kept.entries()) {
        expect((await warehouse.catalog(containersOf(side))).relations.length).toBe(2);
        expect(side.sha).toBe(String(i + 1).padStart(40, '0'));
      }
    });

    it('can be removed, and what is live cannot', async () => {
      const { warehouse } = driver().house;
      const gone = await driver().deploy(1, driver().orders([1]));
      const { seal } = await driver().deploy(2, driver().orders([2]));
      const kept = await warehouse.kept();
      expect(await warehouse.remove(kept)).toHaveLength(1);
      expect(await warehouse.remove(kept)).toHaveLength(0);
      expect(await warehouse.kept()).toEqual([]);
      expect((await warehouse.catalog(gone.seal.sides)).relations).toEqual([]);
      const containers = seals === 'in place' ? driver().house.live : seal.sides;
      const asKept = kept.map((side) => ({ ...side, containers }));
      await expect(warehouse.remove(asKept)).rejects.toMatchObject(isA('refused'));
      expect(await driver().readers()).toEqual([2]);
    });
  });
}
