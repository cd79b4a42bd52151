import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../domain/errors.ts';
import { type Sha, sha as toSha } from '../domain/ids.ts';
import { makeArchive, openArchive } from './archive.ts';
import { fields, git } from './command.ts';
import { dirtyFiles } from './dirty.ts';
import type { Checkout, Git } from './port.ts';
import { projectPaths } from './project.ts';

export interface GitOptions {
  /** The dbt project, anywhere in a repository. */
  readonly dir: string;
  /** A folder of this process alone, which whoever made it removes, also after a kill. */
  readonly scratch: string;
}

/** git itself, as a subprocess. */
export function createGit({ dir, scratch }: GitOptions): Git {
  /** Where unpacked checkouts came from: they have no repository to archive again. */
  const archives = new WeakMap<Checkout, Uint8Array>();
  return {
    head: () => head(dir),
    worktree: (sha) => worktree(dir, scratch, sha),
    descends: (descendant, ancestor) => descends(dir, descendant, ancestor),
    async archive(checkout) {
      const known = archives.get(checkout);
      if (known) return known;
      const folder = await privateFolder(scratch, 'archive');
      try {
        return await makeArchive(checkout.dir, checkout.sha, folder.dir);
      } finally {
        await folder[Symbol.asyncDispose]();
      }
    },
    async unpack(archive, sha, subject) {
      const folder = await privateFolder(scratch, 'unpacked');
      try {
        await openArchive(archive, folder.dir);
      } catch (error) {
        await folder[Symbol.asyncDispose]();
        const message = error instanceof Error ? error.message : String(error);
        return fail('STORE_CORRUPT', { key: `the source archive of ${sha.slice(0, 12)}`, message }, { cause: error });
      }
      const checkout = { ...folder, sha, subject, dirty: [] };
      archives.set(checkout, archive);
      return checkout;
    },
  };
}

async function privateFolder(scratch: string, purpose: string): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(scratch, `${purpose}-`));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

interface Commit {
  readonly sha: Sha;
  readonly subject: string;
}

async function head(dir: string): Promise<Checkout> {
  const place = await realpath(dir);
  // Asked side by side: each start of git takes longer than its answer. The files of no commit mean nothing.
  const look = () => Promise.all([commitOf(dir, 'HEAD'), dirtyFiles(place)]);
  const [commit, dirty] = await look();
  if (!commit) return fail('NOT_A_REPOSITORY', { path: dir });
  return {
    ...commit,
    dir: place,
    dirty,
    async moved() {
      const [now, changed] = await look();
      return now?.sha === commit.sha ? changed : [`the commit, which is ${now?.sha.slice(0, 8) ?? 'gone'} now`];
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** null: there is no such commit, or no repository. */
async function commitOf(dir: string, name: string): Promise<Commit | null> {
  const answer = await git(dir, ['log', '-1', '--format=%H%x00%s', '--end-of-options', `${name}^{commit}`, '--']);
  const [id, subject = ''] = answer.out.trimEnd().split('\0');
  return answer.exit === 0 && id !== undefined && id !== '' ? { sha: toSha(id), subject } : null;
}

async function worktree(dir: string, scratch: string, sha: Sha): Promise<Checkout> {
  const commit = await known(dir, sha);
  const prefix = (await git(dir, ['rev-parse', '--show-prefix'])).out.trimEnd();
  // A killed process's folder is gone, and git still lists it.
  await git(dir, ['worktree', 'prune']);
  const folder = await privateFolder(scratch, 'worktree');
  const tree = join(folder.dir, 'tree');
  const remove = async (): Promise<void> => {
    await git(dir, ['worktree', 'remove', '--force', '--force', tree]);
    await folder[Symbol.asyncDispose]();
  };
  const added = await git(dir, ['worktree', 'add', '--detach', '--force', tree, sha]);
  if (added.exit !== 0) {
    await remove();
    return fail('USAGE', { message: `git could not check out ${sha}: ${added.err.trim()}`, next: 'git worktree list' });
  }
  const project = join(await realpath(tree), prefix);
  await linkPackages(dir, project);
  return { ...commit, dir: project, dirty: [], [Symbol.asyncDispose]: remove };
}

/** Packages are installed, not committed: those of the user's tree serve every commit with the same lock. */
async function linkPackages(from: string, to: string): Promise<void> {
  const { packages } = await projectPaths(to);
  const source = join(from, packages);
  if (!existsSync(source) || existsSync(join(to, packages))) return;
  for (const name of ['package-lock.yml', 'packages.yml', 'dependencies.yml']) {
    const [theirs, ours] = await Promise.all([textOf(join(from, name)), textOf(join(to, name))]);
    if (theirs === null && ours === null) continue;
    if (theirs === ours) await symlink(await realpath(source), join(to, packages));
    return;
  }
}

const textOf = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);

async function descends(dir: string, descendant: Sha, ancestor: Sha): Promise<boolean> {
  if (descendant === ancestor) return true;
  const answer = await git(dir, ['merge-base', '--is-ancestor', ancestor, descendant]);
  if (answer.exit === 0) return true;
  await known(dir, descendant);
  await known(dir, ancestor);
  // Where history was cut off, "no" may only mean that the way between them was.
  if (await isShallow(dir)) fail('SHALLOW_CLONE', { needed: `the history back to ${ancestor.slice(0, 12)}` });
  return false;
}

/** Throws NOT_A_REPOSITORY, SHALLOW_CLONE, COMMIT_UNKNOWN. */
async function known(dir: string, sha: Sha): Promise<Commit> {
  const commit = await commitOf(dir, sha);
  if (commit) return commit;
  if ((await git(dir, ['rev-parse', '--git-dir'])).exit !== 0) fail('NOT_A_REPOSITORY', { path: dir });
  if (await isShallow(dir)) fail('SHALLOW_CLONE', { needed: sha });
  return fail('COMMIT_UNKNOWN', { sha });
}

const isShallow = async (dir: string): Promise<boolean> =>
  fields(await git(dir, ['rev-parse', '--is-shallow-repository']))[0]?.trim() === 'true';
