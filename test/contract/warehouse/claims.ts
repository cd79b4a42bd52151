import { describe, expect, it } from 'vitest';
import { fence } from '../../../src/domain/ids.ts';
import { type Driver, isA } from './house.ts';

export function claims(driver: () => Driver): void {
  describe('a claim', () => {
    it('finds no mark where nothing was released', async () => {
      const { warehouse } = driver().house;
      expect(await warehouse.standing()).toEqual({ mark: null, claimed: 0 });
      expect(await warehouse.claim(fence(3), null)).toBeNull();
      expect(await warehouse.standing()).toEqual({ mark: null, claimed: 3 });
    });

    it('succeeds only above what is claimed', async () => {
      const { warehouse, another } = driver().house;
      await warehouse.claim(fence(5), null);
      await expect(another.claim(fence(5), null)).rejects.toMatchObject(isA('fenced'));
      await expect(another.claim(fence(4), null)).rejects.toMatchObject(isA('fenced'));
      expect((await another.standing()).claimed).toBe(5);
    });

    it('tells what is live to whoever claims next', async () => {
      const { another } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      expect(await another.claim(fence(2), null)).toMatchObject({ release: 'r1', content: 'r1', fence: 1 });
    });

    it('stops the cutover of everybody who claimed before', async () => {
      const { another } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      const plan = await driver().plan(2, built.seal.sides);
      await another.claim(fence(3), null);
      const sent = driver().house.warehouse.cutover(plan, { fence: fence(2), seal: built.seal, live: built.look });
      await expect(sent).rejects.toMatchObject(isA('fenced'));
      expect(await driver().readers()).toEqual([1]);
      expect((await another.standing()).mark).toMatchObject({ release: 'r1' });
    });

    it('stops the filling and the sealing of everybody who claimed before', async () => {
      const { warehouse, another, idle, prepare, live } = driver().house;
      await driver().build(1, driver().orders([1]));
      const fills = prepare(await warehouse.catalog(live));
      await another.claim(fence(2), null);
      await expect(driver().fill(1, fills)).rejects.toMatchObject(isA('fenced'));
      await expect(warehouse.seal((await driver().plan(1, idle)).release, idle, fence(1))).rejects.toMatchObject(
        isA('fenced'),
      );
    });

    it('lets the highest of many at once through, and nobody below it cut over', async () => {
      const { warehouse, another } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const built = await driver().build(2, driver().orders([1, 2]));
      const plan = await driver().plan(2, built.seal.sides);
      const tried = [3, 4, 5, 6, 7].map((n, i) => (i % 2 ? warehouse : another).claim(fence(n), null));
      const outcomes = await Promise.allSettled(tried);
      expect(outcomes.at(-1)).toMatchObject({ status: 'fulfilled' });
      expect((await warehouse.standing()).claimed).toBe(7);
      await expect(
        warehouse.cutover(plan, { fence: fence(6), seal: built.seal, live: built.look }),
      ).rejects.toMatchObject(isA('fenced'));
      expect(await driver().readers()).toEqual([1]);
    });
  });
}
