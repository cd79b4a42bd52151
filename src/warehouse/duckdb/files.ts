import { randomUUID } from 'node:crypto';
import type * as node from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './errors.ts';
import type { Layout } from './layout.ts';

/** What the adapter asks of the file system; a test hands in one that dies at the n-th call. */
export type Files = Pick<
  typeof node,
  | 'access'
  | 'chmod'
  | 'copyFile'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readFile'
  | 'readdir'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'statfs'
  | 'symlink'
  | 'unlink'
  | 'writeFile'
>;

/** null where there is nothing of that name. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

export const exists = async (files: Files, path: string): Promise<boolean> =>
  (await ifThere(files.lstat(path))) !== null;

/** Makes what was written to a file, or the names in a folder, survive a loss of power. */
export async function flush(files: Files, path: string): Promise<void> {
  const handle = await files.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whole or not at all, and durable. */
export async function writeWhole(files: Files, path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  await files.writeFile(part, text);
  await flush(files, part);
  await files.rename(part, path);
}

/** A link that replaces what lies there, for names that nobody reads yet. */
export async function relink(files: Files, target: string, path: string): Promise<void> {
  await ifThere(files.unlink(path));
  await files.symlink(target, path);
}

/** Moves to trash, which takes the name away at once; `sweep` deletes. Absent is no error. */
export async function discardPath(files: Files, layout: Layout, path: string): Promise<void> {
  if (!(await exists(files, path))) return;
  await files.mkdir(layout.trash, { recursive: true });
  await ifThere(files.rename(path, join(layout.trash, randomUUID())));
}

export async function sweep(files: Files, layout: Layout): Promise<void> {
  if (await exists(files, layout.trash)) await files.rm(layout.trash, { recursive: true, force: true });
}
