import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { type Container, sameName } from '../../../src/domain/relation.ts';
import { Driver, inLowerCase, type Kind, type Manner, type WarehouseHouse } from './house.ts';

const r = (n: number) => releaseOf(fence(n));

/** Every kind of relation that the engine has, through everything that is done with one: each cell works or refuses. */
export function kindMatrix(
  name: string,
  build: () => Promise<WarehouseHouse>,
  kinds: readonly Kind[],
  { exchanges, prints }: Manner,
): void {
  describe.each(kinds)(`on ${name}: $kind`, (kind) => {
    const thing = 'the thing';
    let driver: Driver;
    beforeEach(async () => {
      driver = new Driver(await build());
      await driver.deploy(1, (side) => kind.make(quoted(side), thing));
    });
    afterEach(() => driver.house.dispose());

    const quoted = (side: readonly Container[]) => (one: string) => driver.relation(side, one);
    const changed = (side: readonly Container[]) => kind.change(quoted(side), thing);
    const asked = async () => inLowerCase(await driver.house.read(kind.ask(quoted(driver.house.live), thing)));
    const print = async (side: readonly Container[]) => {
      const { fingerprints } = await driver.house.warehouse.look(side);
      const found = fingerprints.find(([one]) => sameName(one, driver.house.relation(side, thing)));
      return kind.hidden === true ? fingerprints.map(([, text]) => text).join() : found?.[1];
    };

    const works = kind.refuses?.seed === undefined;

    it('is carried, as far as the engine copies it', async () => {
      const { warehouse, live, idle, prepare } = driver.house;
      await warehouse.claim(fence(2), null);
      await driver.fill(2, prepare(await warehouse.catalog(live)));
      const carried = exchanges !== 'relations' || works;
      expect((await print(idle)) !== undefined).toBe(carried);
      // A view is what it says, whether it was said again for the idle side or not.
      const isSame = (await print(idle)) === (await print(live));
      expect(kind.says === true || isSame === (carried && prints === 'content')).toBe(true);
      const answer = carried ? await driver.ask(idle, kind.ask(quoted(idle), thing)) : null;
      expect(answer).toEqual(carried ? await asked() : null);
    });

    const seed = async () => {
      const { warehouse, live, idle, write, relation } = driver.house;
      await warehouse.claim(fence(2), null);
      await driver.fill(
        2,
        idle.map((container) => ({ do: 'create', container })),
      );
      if (kind.needs) await write(idle, kind.needs(quoted(idle)));
      await driver.fill(2, [{ do: 'copy', from: relation(live, thing), id: null, to: relation(idle, thing) }]);
      return 'seeded';
    };

    const seeding = works ? 'is seeded' : 'refuses to be seeded, says why and leaves nothing half';
    it(`${seeding}`, async () => {
      const { live, idle } = driver.house;
      const outcome = await seed().catch((error: unknown) => String(error));
      expect(outcome).toMatch(kind.refuses?.seed ?? /^seeded$/);
      const [there, same] = [await print(idle), await print(live)];
      expect(there !== undefined).toBe(works);
      // A view in a slot names that slot.
      const isSaid = kind.says === true && exchanges !== 'views';
      expect(there === same).toBe(works && (prints === 'content' || isSaid));
      const answer = works ? await driver.ask(idle, kind.ask(quoted(idle), thing)) : null;
      expect(answer).toEqual(works ? await asked() : null);
    });

    it('has a fingerprint that changes when it does', async () => {
      const { live, write } = driver.house;
      await driver.count(1, live);
      const before = await print(live);
      expect(before).toBeDefined();
      await write(live, changed(live));
      expect(await print(live)).not.toBe(before);
    });

    it('is cut over, and swapped back', async () => {
      const before = await asked();
      await driver.deploy(2, changed);
      const after = await asked();
      expect(after).not.toEqual(before);
      await driver.swapBack(3, r(1));
      expect(await asked()).toEqual(before);
    });
  });
}
