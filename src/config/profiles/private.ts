import { lstat, mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../domain/errors.ts';
import type { Holder } from '../../domain/head.ts';

/** Who this process is, and whether another one is certainly gone. */
export interface Owner {
  readonly me: Holder;
  isDead(holder: Holder): Promise<boolean>;
}

/** A folder that only this user may enter; disposing removes it, and the next command does when this one dies. */
export interface PrivateFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file that only this user may read; returns its folder. */
  write(folder: string, name: string, text: string): Promise<string>;
}

/** Makes this command's private folder below `root`, and removes those of commands that are gone. */
export async function privateFolder(owner: Owner, root = tmpdir()): Promise<PrivateFolder> {
  const base = join(root, `lastgreen-${userInfo().uid}`);
  await mkdir(base, { recursive: true, mode: 0o700 });
  await assertPrivate(base);
  await sweep(base, owner);
  const own = join(base, `${owner.me.pid}@${encodeURIComponent(owner.me.startedAt)}`);
  await mkdir(own, { recursive: true, mode: 0o700 });
  const path = await mkdtemp(join(own, 'run-'));
  return {
    path,
    async write(folder, name, text) {
      const into = join(path, folder);
      await mkdir(into, { recursive: true, mode: 0o700 });
      await writeFile(join(into, name), text, { mode: 0o600 });
      return into;
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      // Another run of this process may still have its folder beside it.
      await rmdir(own).catch(() => undefined);
    },
  };
}

/** In a folder that everybody may write to, somebody else could have made ours first, or a link in its place. */
async function assertPrivate(base: string): Promise<void> {
  const found = await lstat(base);
  const { uid } = userInfo();
  if (found.isDirectory() && (uid === -1 || found.uid === uid) && (found.mode & 0o077) === 0) return;
  fail('PROFILE_INVALID', {
    path: base,
    problem: 'this folder is not private to you, so no profile is written there.',
    next: `rm -r ${base}`,
  });
}

async function sweep(base: string, owner: Owner): Promise<void> {
  for (const name of await readdir(base)) {
    const match = /^(\d+)@(.*)$/.exec(name);
    if (!match?.[1] || match[2] === undefined) continue;
    const holder = { ...owner.me, pid: Number(match[1]), startedAt: decodeURIComponent(match[2]) };
    if (await owner.isDead(holder)) await rm(join(base, name), { recursive: true, force: true });
  }
}
