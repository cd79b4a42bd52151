import { decodeEntry } from '../../../src/engine/documents/codec.ts';
import { type Store, StoreError, type Version } from '../../../src/store/port.ts';
import type { Effects, PortErrors } from './effects.ts';
import type { Time } from './time.ts';

interface Kept {
  readonly body: Uint8Array;
  readonly revision: number;
  readonly at: number;
}

/** What lies in the world's store, whoever asks. */
export type Documents = Map<string, Kept>;

/** What a person who opens the store would read. */
export const textOf = (documents: Documents, key: string): string | null => {
  const found = documents.get(key);
  return found ? Buffer.from(found.body).toString() : null;
};

// The one door through which a revision becomes the port's opaque version.
const versionOf = ({ revision }: Kept): Version => String(revision) as Version;

const errorsAt = (key: string): PortErrors => ({
  down: () => new StoreError('down', key, 'the store cannot be reached'),
  unknown: () => new StoreError('unknown', key, 'the answer of the store got lost'),
});

/** A controller's way to the store: strictly consistent, as the port promises. */
export function storeOf(documents: Documents, effects: Effects, time: Time): Store {
  const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);
  return {
    name: 'the model store',
    get: (key) =>
      effects.read(async () => {
        const found = documents.get(key);
        return found ? { body: found.body, version: versionOf(found), ageMs: time.nowMs() - found.at } : null;
      }),
    put: (key, body, only) =>
      effects.effect(
        `store.put ${describe(key, body)}`,
        async () => {
          const found = documents.get(key);
          if (found && equal(found.body, body)) return versionOf(found);
          if (only === 'if-absent' ? found !== undefined : !found || versionOf(found) !== only) return 'lost';
          const kept: Kept = { body, revision: (found?.revision ?? 0) + 1, at: time.nowMs() };
          documents.set(key, kept);
          return versionOf(kept);
        },
        errorsAt(key),
      ),
    async *list(prefix, after = '') {
      const keys = await effects.read(async () => [...documents.keys()].toSorted());
      yield* keys.filter((key) => key.startsWith(prefix) && key > after);
    },
    remove: (key) => effects.effect(`store.remove ${key}`, async () => void documents.delete(key), errorsAt(key)),
  };
}

/** A journal entry is told by what it says: that is what one looks for in a list of effects. */
function describe(key: string, body: Uint8Array): string {
  if (!key.includes('/journal/')) return key;
  const { event } = decodeEntry(key, body);
  return `journal ${event.is}${'release' in event && event.release ? ` ${event.release}` : ''}`;
}
