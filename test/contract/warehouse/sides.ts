import { describe, expect, it } from 'vitest';
import { fence, objectId, releaseOf } from '../../../src/domain/ids.ts';
import { inContainer, isRelation, type Relation } from '../../../src/domain/relation.ts';
import { containersOf, type Driver, isA, type Manner } from './house.ts';

export function sides(driver: () => Driver, { exchanges, seals }: Manner): void {
  const ids = async (relation: Relation): Promise<readonly unknown[]> => {
    const { location, database, schema } = relation;
    const sql = `select id from ${driver().house.warehouse.quote(relation)} order by id`;
    return (await driver().ask([{ location, database, schema }], sql)).map((row) => row['id']);
  };

  describe('the idle side', () => {
    it('has what live has once it is filled, and readers notice nothing', async () => {
      const { warehouse, live, prepare, relation } = driver().house;
      await driver().deploy(1, driver().orders([1, 2]));
      await warehouse.claim(fence(2), null);
      // Where several sides take turns, it is another one now.
      const { idle } = driver().house;
      await driver().fill(2, prepare(await warehouse.catalog(live)));
      expect(await ids(relation(idle, 'orders'))).toEqual([1, 2]);
      expect(await driver().readers()).toEqual([1, 2]);
    });

    it('can be filled again and again, whatever was there before', async () => {
      const { warehouse, live, prepare, write, relation } = driver().house;
      await driver().deploy(1, driver().orders([1, 2]));
      await warehouse.claim(fence(2), null);
      const { idle } = driver().house;
      const fills = prepare(await warehouse.catalog(live));
      await driver().fill(2, fills);
      await write(idle, [
        `create table ${driver().relation(idle, 'leftover')} as select 1 as n`,
        ...driver().orders([9])(idle),
      ]);
      await driver().fill(2, fills);
      expect(await ids(relation(idle, 'orders'))).toEqual([1, 2]);
      // A whole side has nothing else, nor one that is made anew; elsewhere what no release built is not taken away.
      const anew = exchanges !== 'relations' || fills.some((fill) => fill.do === 'drop' && !isRelation(fill.what));
      const leftover = (await warehouse.catalog(idle)).find(relation(idle, 'leftover'));
      expect(leftover === null).toBe(anew);
    });

    it('seeds, drops and defines single relations, whatever stands there', async () => {
      const { warehouse, live, prepare, relation } = driver().house;
      await driver().deploy(1, driver().orders([1, 2]));
      await warehouse.claim(fence(2), null);
      // Where several sides take turns, it is another one now.
      const { idle } = driver().house;
      const catalog = await warehouse.catalog(live);
      const [from, to] = [relation(live, 'orders'), relation(idle, 'orders')];
      const state = catalog.state(from);
      await driver().fill(2, prepare(catalog));
      await driver().fill(2, [
        { do: 'drop', what: to },
        { do: 'drop', what: relation(idle, 'never was') },
        { do: 'define', view: relation(idle, 'totals'), sql: 'select 1 as id' },
      ]);
      expect((await warehouse.catalog(idle)).find(to)).toBeNull();
      expect(await ids(relation(idle, 'totals'))).toEqual([1]);
      const copy = { do: 'copy', from, id: state.is === 'object' ? state.id : null, to } as const;
      await driver().fill(2, [copy, { ...copy, to: relation(idle, 'totals') }]);
      expect(await ids(to)).toEqual([1, 2]);
      expect(await ids(relation(idle, 'totals'))).toEqual([1, 2]);
      expect((await warehouse.catalog(idle)).find(to)?.columns).toEqual(catalog.find(from)?.columns);
    });

    it('refuses to copy something else than what was decided on', async () => {
      const { warehouse, live, prepare } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      await warehouse.claim(fence(2), null);
      const other = prepare(await warehouse.catalog(live)).map((fill) =>
        fill.do === 'copy' ? { ...fill, id: objectId('another') } : fill,
      );
      await expect(driver().fill(2, other)).rejects.toMatchObject(isA('drifted'));
    });

    it('is the only one that a fill writes to', async () => {
      const { warehouse, live, relation } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      await warehouse.claim(fence(2), null);
      const filled = driver().fill(2, [{ do: 'drop', what: relation(live, 'orders') }]);
      await expect(filled).rejects.toMatchObject(isA('refused'));
      expect(await driver().readers()).toEqual([1]);
    });

    it('counts what is done', async () => {
      const { warehouse, live, prepare, relation } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      await warehouse.claim(fence(2), null);
      const { idle } = driver().house;
      const fills = [
        ...prepare(await warehouse.catalog(live)),
        { do: 'drop', what: relation(idle, 'totals') } as const,
      ];
      const counts: number[] = [];
      const { signal } = new AbortController();
      await warehouse.fill(fills, { fence: fence(2), signal, done: (n) => counts.push(n) });
      expect(counts).toEqual(fills.map((_, i) => i + 1));
    });

    it('stops when it is told to, with the reason it was given', async () => {
      const { warehouse, live, prepare } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      await warehouse.claim(fence(2), null);
      const fills = prepare(await warehouse.catalog(live));
      const because = new Error('told to');
      await expect(warehouse.fill(fills, { fence: fence(2), signal: AbortSignal.abort(because) })).rejects.toBe(
        because,
      );
    });
  });

  describe('a sealed side', () => {
    it('says where it lies, and what is in it', async () => {
      const { warehouse, idle, relation } = driver().house;
      const { seal } = await driver().build(1, driver().orders([1]));
      const there = (await warehouse.catalog(idle)).find(relation(idle, 'orders'));
      expect(there === null).toBe(seals === 'elsewhere');
      expect((await warehouse.look(seal.sides)).fingerprints).toEqual(seal.fingerprints);
      expect(seal.fingerprints.map(([{ identifier }]) => identifier).toSorted()).toEqual(['orders', 'totals']);
      expect(await warehouse.unchanged(seal.sides, seal)).toBe(true);
    });

    it('is the same when it is sealed once more', async () => {
      const { warehouse, idle } = driver().house;
      const { seal } = await driver().build(1, driver().orders([1]));
      expect(await warehouse.seal(releaseOf(fence(1)), idle, fence(1))).toEqual(seal);
    });

    it('can be opened, built on and sealed again, also twice', async () => {
      const { warehouse, idle, write } = driver().house;
      const { seal, look } = await driver().build(1, driver().orders([1]));
      await warehouse.reopen(seal, idle);
      await warehouse.reopen(seal, idle);
      await write(idle, driver().orders([1, 2])(idle));
      const again = await warehouse.seal(releaseOf(fence(1)), idle, fence(1));
      expect(again.fingerprints).not.toEqual(seal.fingerprints);
      await driver().publish({ n: 1, seal: again, look });
      expect(await driver().readers()).toEqual([1, 2]);
    });

    it('can be given up, also twice, and live stays', async () => {
      const { warehouse } = driver().house;
      await driver().deploy(1, driver().orders([1]));
      const { seal } = await driver().build(2, driver().orders([2]));
      await warehouse.discard(seal.sides);
      await warehouse.discard(seal.sides);
      // A slot that is filled again takes from what it has what is right.
      const left = exchanges === 'views' ? [] : (await warehouse.catalog(seal.sides)).relations;
      expect(left).toEqual([]);
      expect(await driver().readers()).toEqual([1]);
    });

    it('is never given up once it is live or was', async () => {
      const { warehouse, live } = driver().house;
      const first = await driver().deploy(1, driver().orders([1]));
      const side = seals === 'elsewhere' ? first.seal.sides : live;
      await expect(warehouse.discard(side)).rejects.toMatchObject(isA('refused'));
      await driver().deploy(2, driver().orders([2]));
      const [kept] = await warehouse.kept();
      for (const was of [side, containersOf(kept)])
        await expect(warehouse.discard(was)).rejects.toMatchObject(isA('refused'));
      expect((await warehouse.catalog(containersOf(kept))).relations).toHaveLength(2);
    });

    it('keeps the names of relations that were asked about under the idle name', async () => {
      const { idle, relation } = driver().house;
      const { seal } = await driver().build(1, driver().orders([1, 2]));
      const [side] = seal.sides;
      if (!side) throw new RangeError('nothing was sealed');
      expect(await ids(inContainer(relation(idle, 'orders'), side))).toEqual([1, 2]);
    });
  });
}
