import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store, Version } from '../../src/store/port.ts';
import { openStore, type StoreAddress } from './store/open.ts';
import { race } from './store/race.ts';

/** A store that nobody else uses, and how to get rid of it. */
export interface StoreHouse {
  readonly address: StoreAddress;
  readonly dispose: () => Promise<void>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (body: Uint8Array | undefined): string | null => (body ? Buffer.from(body).toString() : null);

const won = (put: Version | 'lost'): Version => {
  if (put === 'lost') throw new Error('lost');
  return put;
};

/** What every store promises (src/store/port.ts), whatever it is made of. */
export function storeSuite(name: string, build: () => Promise<StoreHouse>): void {
  describe(`a store: ${name}`, () => {
    let house: StoreHouse;
    let store: Store;
    let another: Store;
    beforeEach(async () => {
      house = await build();
      store = openStore(house.address);
      another = openStore(house.address);
    });
    afterEach(() => house.dispose());

    const read = async (key: string): Promise<string | null> => text((await another.get(key))?.body);

    it('has nothing at first, and lists nothing', async () => {
      expect(await store.get('prod/head.json')).toBeNull();
      expect(await Array.fromAsync(store.list('prod/'))).toEqual([]);
    });

    it('shows another client what was put, byte by byte', async () => {
      const body = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
      await store.put('prod/releases/r1/artifacts/manifest.json', body, 'if-absent');
      const found = await another.get('prod/releases/r1/artifacts/manifest.json');
      expect(Buffer.from(found?.body ?? []).equals(body)).toBe(true);
    });

    it('creates a document once: the second to come loses and changes nothing', async () => {
      await store.put('prod/journal/1', bytes('first'), 'if-absent');
      expect(await another.put('prod/journal/1', bytes('second'), 'if-absent')).toBe('lost');
      expect(await read('prod/journal/1')).toBe('first');
    });

    it('knows its own document again when it is created a second time', async () => {
      const version = await store.put('prod/journal/1', bytes('mine'), 'if-absent');
      expect(await store.put('prod/journal/1', bytes('mine'), 'if-absent')).toBe(version);
    });

    it('replaces the version that was read', async () => {
      const first = won(await store.put('prod/head.json', bytes('1'), 'if-absent'));
      const second = won(await another.put('prod/head.json', bytes('2'), first));
      expect((await store.get('prod/head.json'))?.version).toBe(second);
      expect(await read('prod/head.json')).toBe('2');
    });

    it('refuses to replace a version that is not the newest', async () => {
      const first = won(await store.put('prod/head.json', bytes('1'), 'if-absent'));
      let version = first;
      for (const n of ['2', '3', '4', '5']) {
        version = won(await store.put('prod/head.json', bytes(n), version));
        expect(await another.put('prod/head.json', bytes(`stale ${n}`), first)).toBe('lost');
        expect(await read('prod/head.json')).toBe(n);
      }
    });

    it('does not create what was replaced already', async () => {
      const first = won(await store.put('prod/head.json', bytes('1'), 'if-absent'));
      await store.put('prod/head.json', bytes('2'), first);
      expect(await another.put('prod/head.json', bytes('new'), 'if-absent')).toBe('lost');
      expect(await read('prod/head.json')).toBe('2');
    });

    it('does not replace what is not there', async () => {
      const version = won(await store.put('prod/head.json', bytes('1'), 'if-absent'));
      expect(await store.put('prod/other.json', bytes('1'), version)).toBe('lost');
      expect(await store.get('prod/other.json')).toBeNull();
    });

    it('knows its own replacement again when the answer to it got lost', async () => {
      const first = won(await store.put('prod/head.json', bytes('1'), 'if-absent'));
      const second = won(await store.put('prod/head.json', bytes('2'), first));
      expect(await store.put('prod/head.json', bytes('2'), first)).toBe(second);
    });

    it('lets one of many racing creates win', async () => {
      for (let n = 0; n < 20; n++) {
        const stores = Array.from({ length: 6 }, () => openStore(house.address));
        const puts = await Promise.all(stores.map((s, me) => s.put(`race/${n}`, bytes(`${me}`), 'if-absent')));
        const winners = puts.flatMap((put, me) => (put === 'lost' ? [] : [`${me}`]));
        expect(winners).toHaveLength(1);
        expect(await read(`race/${n}`)).toBe(winners[0]);
      }
    });

    it('lets one of many racing replacements win', async () => {
      let version = won(await store.put('head', bytes('first'), 'if-absent'));
      for (let n = 0; n < 20; n++) {
        const from = version;
        const stores = Array.from({ length: 6 }, () => openStore(house.address));
        const puts = await Promise.all(stores.map((s, me) => s.put('head', bytes(`${n}-${me}`), from)));
        const winners = puts.flatMap((put, me) => (put === 'lost' ? [] : [{ put, me }]));
        expect(winners).toHaveLength(1);
        expect(await read('head')).toBe(`${n}-${winners[0]?.me}`);
        version = won(winners[0]?.put ?? 'lost');
      }
    });

    it('stays right under racing processes: one creator each, and no increment lost', {
      timeout: 120_000,
    }, async () => {
      const [processes, races] = [8, 50];
      await store.put('counter', bytes(JSON.stringify({ count: 0 })), 'if-absent');
      const finishes = await race(processes, { address: house.address, races });
      for (let n = 0; n < races; n++) expect(finishes.filter(({ created }) => created[n])).toHaveLength(1);
      expect(JSON.parse((await read('counter')) ?? '')).toMatchObject({ count: processes * races });
    });

    it('never shows a reader an older document after a newer one', async () => {
      let version = won(await store.put('head', bytes('1'), 'if-absent'));
      let writing = true;
      const seen: number[] = [];
      const reading = (async () => {
        while (writing) seen.push(Number(text((await another.get('head'))?.body)));
      })();
      for (let n = 2; n <= 60; n++) version = won(await store.put('head', bytes(`${n}`), version));
      writing = false;
      await reading;
      expect(seen.length).toBeGreaterThan(0);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    });

    it('lists keys in code unit order, below the prefix, after the one that is named', async () => {
      const keys = [
        'a-b',
        'a/b',
        'a/B',
        'a0',
        'j/000000001-0002',
        'j/000000001-0010',
        'j/000000002-0001',
        'j/x/y',
        'jj',
      ];
      for (const key of keys) await store.put(key, bytes(key), 'if-absent');
      const list = (prefix: string, after?: string): Promise<string[]> => Array.fromAsync(another.list(prefix, after));
      expect(await list('')).toEqual(keys.toSorted());
      expect(await list('a')).toEqual(['a-b', 'a/B', 'a/b', 'a0']);
      expect(await list('j/')).toEqual(['j/000000001-0002', 'j/000000001-0010', 'j/000000002-0001', 'j/x/y']);
      expect(await list('j/000000001-')).toEqual(['j/000000001-0002', 'j/000000001-0010']);
      expect(await list('j/', 'j/000000001-0002')).toEqual(['j/000000001-0010', 'j/000000002-0001', 'j/x/y']);
      expect(await list('', 'j/x')).toEqual(['j/x/y', 'jj']);
      expect(await list('', 'z')).toEqual([]);
    });

    it('lists a replaced document once, and nothing of its own', async () => {
      let version = won(await store.put('prod/head.json', bytes('1'), 'if-absent'));
      for (const n of ['2', '3', '4']) version = won(await store.put('prod/head.json', bytes(n), version));
      expect(await Array.fromAsync(another.list(''))).toEqual(['prod/head.json']);
    });

    it('tells how long ago a document was written', async () => {
      const version = won(await store.put('head', bytes('1'), 'if-absent'));
      const before = (await another.get('head'))?.ageMs ?? -1;
      expect(before).toBeGreaterThanOrEqual(0);
      expect(before).toBeLessThan(5_000);
      await expect
        .poll(async () => (await another.get('head'))?.ageMs ?? 0, { timeout: 10_000 })
        .toBeGreaterThan(1_500);
      await store.put('head', bytes('2'), version);
      expect((await another.get('head'))?.ageMs).toBeLessThan(1_000);
    });

    it('removes a document; removing nothing is no error', async () => {
      const version = won(await store.put('prod/x', bytes('1'), 'if-absent'));
      await store.put('prod/x', bytes('2'), version);
      await store.remove('prod/x');
      await store.remove('prod/x');
      expect(await another.get('prod/x')).toBeNull();
      expect(await Array.fromAsync(another.list(''))).toEqual([]);
      expect(await store.put('prod/x', bytes('anew'), 'if-absent')).not.toBe('lost');
      expect(await read('prod/x')).toBe('anew');
    });

    it('says no secret in its name, and its errors name the key', async () => {
      await expect(store.get('../outside')).rejects.toMatchObject({ name: 'StoreError', key: '../outside' });
      expect(store.name).not.toBe('');
    });
  });
}
