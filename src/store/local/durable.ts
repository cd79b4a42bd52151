import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, isAbsent, orAbsent } from './failing.ts';

/** A temporary file this old has no writer any more, ms. */
const ABANDONED_MS = 3_600_000;

const temporaryName = (folder: string): string => join(folder, `${process.pid}-${randomBytes(8).toString('hex')}`);

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
async function writeTemporary(folder: string, body: Uint8Array): Promise<string> {
  const path = temporaryName(folder);
  const handle = await inFolder(folder, () => open(path, 'wx'));
  try {
    await handle.writeFile(body);
    await handle.sync();
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  return path;
}

/**
 * Creates a file with a whole body, or not at all: link(2) fails where the name exists, whoever made it. `false`: it
 * exists. Throws `Lingering` when the file is there and may not survive a crash.
 */
export async function createWhole(temporary: string, path: string, body: Uint8Array): Promise<boolean> {
  const written = await writeTemporary(temporary, body);
  try {
    await inFolder(dirname(path), () => link(written, path));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(written).catch(() => undefined);
  }
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    throw new Lingering(path, error);
  }
  return true;
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

/** Removes what writers that died left behind. */
export async function sweep(temporary: string, now: number): Promise<void> {
  for (const name of (await orAbsent(readdir(temporary))) ?? []) {
    const path = join(temporary, name);
    const found = await orAbsent(stat(path));
    if (found && now - found.mtimeMs > ABANDONED_MS) await unlink(path).catch(() => undefined);
  }
}
