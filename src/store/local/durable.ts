import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, isAbsent, orAbsent } from './failing.ts';

/** A temporary file this old has no writer any more, ms. */
const ABANDONED_MS = 3_600_000;

const temporaryName = (folder: string): string =>
  join(folder, `.writing-${process.pid}-${randomBytes(8).toString('hex')}`);
const isTemporary = (name: string): boolean => name.startsWith('.writing-');

/** Waits until the folder's entries are on the disk: a new link is not durable before (fsync(2), Linux manual). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder and those above it, each durable in the one that holds it. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

/** Runs, makes the folder where it is missing, and runs again. */
async function inFolder<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await makeFolder(folder);
    return act();
  }
}

/** Writes the body to a new temporary file, on the disk when this returns. Leaves nothing behind when it throws. */
export async function writeTemporary(folder: string, body: Uint8Array): Promise<string> {
  const path = temporaryName(folder);
  const handle = await inFolder(folder, () => open(path, 'wx'));
  try {
    await handle.writeFile(body);
    await handle.sync();
  } catch (error) {
    await removeTemporary(path);
    throw error;
  } finally {
    await handle.close();
  }
  return path;
}

/** What stays behind is swept later. */
export const removeTemporary = (path: string): Promise<void> => unlink(path).catch(() => undefined);

/**
 * Gives a temporary file its name, durably: link(2) fails where the name exists, whoever made it. `false`: it is another
 * one's, or the temporary file was swept. Throws `Lingering` when it is there and may not survive a crash.
 */
export async function linkOnce(written: string, path: string): Promise<boolean> {
  try {
    await inFolder(dirname(path), () => link(written, path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' && !isAbsent(error)) throw error;
    // A network file system may have lost the answer to a link that was made, and have asked again.
    if (!(await isSameFile(written, path))) return false;
  }
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    throw new Lingering(path, error);
  }
  return true;
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([orAbsent(stat(a)), orAbsent(stat(b))]);
  return one !== null && one.ino === other?.ino && one.dev === other.dev;
}

/** A file's body and what is known of that very file, also when its name comes to mean another one meanwhile. */
export async function readWhole(path: string): Promise<{ readonly body: Uint8Array; readonly stats: Stats }> {
  const handle = await open(path, 'r');
  try {
    return { stats: await handle.stat(), body: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** The file was created; whether it is on the disk is not known. */
export class Lingering extends Error {
  constructor(path: string, cause: unknown) {
    super(`${path} was written, but not known to be on the disk: ${String(cause)}`, { cause });
    this.name = 'Lingering';
  }
}

/** Makes `path` another name of the file `of`, whatever it named before, without a moment in which it names nothing. */
export async function renameOver(temporary: string, of: string, path: string): Promise<void> {
  const name = temporaryName(temporary);
  await inFolder(temporary, () => link(of, name));
  try {
    await inFolder(dirname(path), () => rename(name, path));
  } finally {
    // rename(2) does nothing, and leaves the old name, where both name the same file already.
    await unlink(name).catch(() => undefined);
  }
}

/** The file system's own time, ms since 1970: that of a file made just now. */
export async function fileSystemNow(temporary: string): Promise<number> {
  const path = temporaryName(temporary);
  const handle = await inFolder(temporary, () => open(path, 'wx'));
  try {
    return (await handle.stat()).mtimeMs;
  } finally {
    await handle.close();
    await unlink(path).catch(() => undefined);
  }
}

/** Removes the temporary files of writers that died; returns how many are left, of writers that may be at work. */
export async function sweep(folder: string, now: number): Promise<number> {
  const names = ((await orAbsent(readdir(folder))) ?? []).filter(isTemporary);
  let left = 0;
  for (const name of names) {
    const found = await orAbsent(stat(join(folder, name)));
    if (found && now - found.mtimeMs > ABANDONED_MS) await unlink(join(folder, name));
    else if (found) left++;
  }
  return left;
}
