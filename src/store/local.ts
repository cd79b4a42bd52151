import { readdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileSystemClock } from './local/age.ts';
import {
  Lingering,
  linkOnce,
  readWhole,
  removeTemporary,
  renameOver,
  sweep,
  syncFolder,
  writeTemporary,
} from './local/durable.ts';
import { isAbsent, orAbsent, speaking } from './local/failing.ts';
import { layoutOf } from './local/layout.ts';
import { keysUnder } from './local/list.ts';
import { type Store, type Stored, StoreError, type Version } from './port.ts';

/** Revisions that stay: a reader who listed before the newest one came can still open the one it found. */
const KEEP = 2;
/** The first revision is the document itself, as `if-absent` made it. */
const FIRST = 1;

// The one door through which a revision becomes the port's opaque version.
const versionOf = (revision: number): Version => String(revision) as Version;

/**
 * A store in a folder of a file system that has hard links, shared by any number of processes on any machines that
 * mount it. A document is a file named by its key, made once by link(2). Replaced documents have numbered files in
 * `.revisions/<key>/`: who links the next number has won. No number is used twice. They are the truth; the file under the key then is another
 * name of the newest, put there afterwards for people and scripts (`cat LIVE_SHA`), and mended by any later read.
 */
export function localStore(root: string): Store {
  const layout = layoutOf(root);
  const now = fileSystemClock(layout);
  let swept = false;

  const revisionsOf = async (key: string): Promise<readonly number[]> =>
    ((await orAbsent(readdir(layout.revisions(key)))) ?? [])
      .filter((name) => /^\d{12}$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b);

  const newestOf = async (key: string): Promise<number> => (await revisionsOf(key)).at(-1) ?? FIRST;

  const fileOf = (key: string, revision: number): string =>
    revision === FIRST ? layout.document(key) : layout.revision(key, revision);

  /** Lets the file under the key name the newest revision. Whoever does so last looks last, and finds it right. */
  const publish = async (key: string): Promise<void> => {
    for (let shown = FIRST; ; ) {
      const newest = await newestOf(key);
      if (newest === shown) return;
      const gone = await renameOver(layout.temporary, layout.revision(key, newest), layout.document(key)).then(
        () => false,
        (error: unknown) => {
          if (isAbsent(error)) return true;
          throw error;
        },
      );
      if (!gone) shown = newest;
    }
  };

  /** Only a convenience: what stops it must not stop who reads or has written the truth. */
  const publishIfPossible = (key: string): Promise<void> => publish(key).catch(() => undefined);

  const mend = async (key: string, revision: number, ino: number): Promise<void> => {
    if (revision === FIRST) return;
    const shown = await orAbsent(stat(layout.document(key)));
    if (shown?.ino !== ino) await publishIfPossible(key);
  };

  const get = async (key: string): Promise<(Stored & { readonly revision: number }) | null> => {
    for (;;) {
      const revision = await newestOf(key);
      const found = await orAbsent(readWhole(fileOf(key, revision)));
      if (found) {
        const { body, stats } = found;
        if (body.byteLength === 0) throw new StoreError('corrupt', key, 'the file is empty');
        await mend(key, revision, stats.ino);
        return { body, version: versionOf(revision), ageMs: Math.max(0, (await now()) - stats.mtimeMs), revision };
      }
      // Pruned between the two looks by who wrote newer ones: look again. Otherwise there is nothing.
      if ((await newestOf(key)) === revision) return null;
    }
  };

  /** Whether the name is mine now. */
  const linked = async (key: string, written: string, path: string): Promise<boolean> => {
    try {
      return await linkOnce(written, path);
    } catch (error) {
      if (error instanceof Lingering) throw new StoreError('unknown', key, error.message, { cause: error });
      throw error;
    }
  };

  /** An answer that got lost may hide that the body there is one's own: bodies are unique by a nonce. */
  const ownOrLost = async (key: string, body: Uint8Array): Promise<Version | 'lost'> => {
    const there = await get(key);
    if (!there || !Buffer.from(body).equals(there.body)) return 'lost';
    await syncFolder(dirname(fileOf(key, there.revision)));
    return there.version;
  };

  const create = async (key: string, body: Uint8Array): Promise<Version | 'lost'> => {
    const written = await writeTemporary(layout.temporary, body);
    try {
      return (await linked(key, written, layout.document(key))) ? versionOf(FIRST) : await ownOrLost(key, body);
    } finally {
      await removeTemporary(written);
    }
  };

  /**
   * The temporary file lies beside the revisions from before the newest is read until after the link. While one lies
   * there nobody prunes, and without it there is nothing to link: so the next number was never pruned, however long
   * this process was asleep in between, and whoever links it has won, whatever came after.
   */
  const replace = async (key: string, body: Uint8Array, version: Version): Promise<Version | 'lost'> => {
    const written = await writeTemporary(layout.revisions(key), body);
    let mine: number;
    try {
      const there = await get(key);
      if (there?.version !== version) return await ownOrLost(key, body);
      mine = there.revision + 1;
      if (!(await linked(key, written, layout.revision(key, mine)))) return await ownOrLost(key, body);
    } finally {
      await removeTemporary(written);
    }
    await prune(key).catch(() => undefined);
    await publishIfPossible(key);
    return versionOf(mine);
  };

  /** First the numbers, then who may still want one of them: a writer that comes later reads a newer one. */
  const prune = async (key: string): Promise<void> => {
    const old = (await revisionsOf(key)).slice(0, -KEEP);
    if (old.length === 0 || (await sweep(layout.revisions(key), await now())) > 0) return;
    for (const n of old) await orAbsent(unlink(layout.revision(key, n)));
  };

  const sweepOnce = async (): Promise<void> => {
    if (swept) return;
    swept = true;
    // The dead writers' left-overs are in nobody's way: a failure to remove them is told by the write that follows.
    await sweep(layout.temporary, await now()).catch(() => undefined);
  };

  return {
    name: root,
    get: (key) =>
      speaking(key, async () => {
        const found = await get(key);
        return found && { body: found.body, version: found.version, ageMs: found.ageMs };
      }),
    put: (key, body, only) =>
      speaking(key, async () => {
        await sweepOnce();
        if (only !== 'if-absent') return replace(key, body, only);
        return create(key, body);
      }),
    list: (prefix, after = '') => keysUnder(layout, prefix, after),
    remove: (key) =>
      speaking(key, async () => {
        // The newest last, and then the name: whatever stops this, no older one is left as the newest.
        for (const n of await revisionsOf(key)) await orAbsent(unlink(layout.revision(key, n)));
        await orAbsent(unlink(layout.document(key)));
      }),
  };
}
