import { gunzipSync, gzipSync } from 'node:zlib';
import pMap from 'p-map';
import type { CutoverPlan } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { fold, type History } from '../domain/fold.ts';
import type { Head } from '../domain/head.ts';
import type { Fence, ReleaseId } from '../domain/ids.ts';
import type { Entry } from '../domain/journal.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Plan } from '../domain/plan.ts';
import type { Store, Version } from '../store/port.ts';
import { decodeCutover, decodeEntry, decodeHead, decodeLedger, decodePlan, encode } from './documents/codec.ts';
import { keysOf } from './documents/keys.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';

export interface HeadNow {
  readonly head: Head;
  readonly version: Version;
  readonly ageMs: number;
}

/** The environment's documents. Reads retry; create-only writes retry, because the same body twice is once. */
export interface Records {
  head(): Promise<HeadNow | null>;
  putHead(head: Head, only: 'if-absent' | Version): Promise<Version | 'lost'>;
  history(): Promise<History>;
  /** `taken`: another entry has that number. */
  append(entry: Entry): Promise<'written' | 'taken'>;
  /** The highest number of an entry under a fence; 0: none. */
  entriesUnder(fence: Fence): Promise<number>;
  plan(release: ReleaseId): Promise<Plan | null>;
  putPlan(release: ReleaseId, fence: Fence, plan: Plan): Promise<void>;
  cutover(release: ReleaseId, fence: Fence): Promise<CutoverPlan | null>;
  /** The newest one of the release. */
  lastCutover(release: ReleaseId): Promise<CutoverPlan | null>;
  putCutover(fence: Fence, plan: CutoverPlan): Promise<void>;
  ledger(key: string): Promise<Ledger | null>;
  putLedger(ledger: Ledger): Promise<string>;
  artifact(release: ReleaseId, name: string): Promise<Uint8Array | null>;
  /** Of the folders under a prefix that have this file, the one that sorts last. */
  newestArtifact(release: ReleaseId, prefix: string, file: string): Promise<Uint8Array | null>;
  putArtifact(release: ReleaseId, name: string, body: Uint8Array): Promise<void>;
  /** Removes plan, cutovers and artifacts of a release, not its journal. Returns what was there. */
  forget(release: ReleaseId): Promise<readonly string[]>;
  /** LIVE_SHA, LAST_GREEN_SHA and the like: whatever is there gives way, as long as `assertOwned` does not throw. */
  putDerived(name: string, body: Uint8Array, assertOwned: () => void): Promise<void>;
  derived(name: string): Promise<Uint8Array | null>;
}

/** Artifacts larger than this are stored compressed, bytes. */
const COMPRESS_FROM = 4_096;

/** Entries never change: each is read once in a process, however often its command asks for the history. */
const entriesRead = new WeakMap<Store, Map<string, Entry>>();

function entriesOf(store: Store): Map<string, Entry> {
  const known = entriesRead.get(store) ?? new Map<string, Entry>();
  entriesRead.set(store, known);
  return known;
}

export function records(ports: Pick<Ports, 'store' | 'settings' | 'clock' | 'random'>): Records {
  const { store } = ports;
  const keys = keysOf(ports.settings.environment);
  const read = (key: string) => retrying(ports, () => store.get(key));
  const create = async (key: string, body: Uint8Array): Promise<void> => {
    await retrying(ports, () => store.put(key, body, 'if-absent'));
  };
  const known = entriesOf(store);
  const entryAt = async (key: string): Promise<Entry | null> => {
    const before = known.get(key);
    if (before) return before;
    const found = await read(key);
    if (!found) return null;
    const entry = decodeEntry(key, found.body);
    known.set(key, entry);
    return entry;
  };
  const newest = async (prefix: string): Promise<string | null> => {
    const found = await retrying(ports, () => Array.fromAsync(store.list(prefix)));
    return found.at(-1) ?? null;
  };

  const artifact = async (release: ReleaseId, name: string): Promise<Uint8Array | null> => {
    const packed = await read(keys.artifact(release, `${name}.gz`));
    if (packed) return unpacked(keys.artifact(release, `${name}.gz`), packed.body);
    return (await read(keys.artifact(release, name)))?.body ?? null;
  };

  return {
    async head() {
      const found = await store.get(keys.head);
      return found && { head: decodeHead(keys.head, found.body), version: found.version, ageMs: found.ageMs };
    },
    putHead: (head, only) => store.put(keys.head, encode(head), only),
    async history() {
      const names = await retrying(ports, () => Array.fromAsync(store.list(keys.journal())));
      const entries = await pMap(names, entryAt, { concurrency: 16 });
      return fold(entries.filter((entry) => entry !== null));
    },
    async append(entry) {
      const key = keys.entry(entry.fence, entry.n);
      const body = encode(entry);
      if ((await retrying(ports, () => store.put(key, body, 'if-absent'))) !== 'lost') return 'written';
      // One's own, whose answer was lost before.
      const found = await read(key);
      return found && Buffer.from(found.body).equals(body) ? 'written' : 'taken';
    },
    async entriesUnder(fence) {
      const last = await newest(keys.entries(fence));
      return last === null ? 0 : keys.numberOf(last);
    },
    async plan(release) {
      const key = await newest(keys.plans(release));
      const found = key && (await read(key));
      return key && found ? decodePlan(key, found.body) : null;
    },
    putPlan: (release, fence, plan) => create(keys.plan(release, fence), encode(plan)),
    async cutover(release, fence) {
      const key = keys.cutover(release, fence);
      const found = await read(key);
      return found && decodeCutover(key, found.body);
    },
    async lastCutover(release) {
      const key = await newest(keys.cutovers(release));
      const found = key && (await read(key));
      return key && found ? decodeCutover(key, found.body) : null;
    },
    putCutover: (fence, plan) => create(keys.cutover(plan.release, fence), encode(plan)),
    async ledger(key) {
      const found = await read(key);
      return found && decodeLedger(key, found.body);
    },
    async putLedger(ledger) {
      const body = encode(ledger);
      const key = keys.ledger(body);
      await create(key, body);
      return key;
    },
    artifact,
    async newestArtifact(release, prefix, file) {
      const start = keys.artifact(release, '');
      const found = await retrying(ports, () => Array.fromAsync(store.list(`${start}${prefix}`)));
      const last = found.findLast((key) => key.endsWith(`/${file}`) || key.endsWith(`/${file}.gz`));
      return last === undefined ? null : artifact(release, last.slice(start.length).replace(/\.gz$/, ''));
    },
    putArtifact: (release, name, body) =>
      body.byteLength < COMPRESS_FROM || name.endsWith('.gz')
        ? create(keys.artifact(release, name), body)
        : create(keys.artifact(release, `${name}.gz`), gzipSync(body)),
    async forget(release) {
      const found = await retrying(ports, () => Array.fromAsync(store.list(keys.release(release))));
      for (const key of found) await retrying(ports, () => store.remove(key));
      return found.length > 0 ? [keys.release(release)] : [];
    },
    derived: async (name) => (await read(keys.derived(name)))?.body ?? null,
    async putDerived(name, body, assertOwned) {
      const key = keys.derived(name);
      for (let attempt = 0; attempt < 3; attempt++) {
        const found = await read(key);
        if (found && Buffer.from(found.body).equals(body)) return;
        assertOwned();
        if ((await store.put(key, body, found?.version ?? 'if-absent')) !== 'lost') return;
      }
    },
  };
}

function unpacked(key: string, body: Uint8Array): Uint8Array {
  try {
    return gunzipSync(body);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail('STORE_CORRUPT', { key, message }, { cause: error });
  }
}
