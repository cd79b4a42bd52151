import { createHash } from 'node:crypto';
import { fail } from '../../../src/domain/errors.ts';
import { type Sha, sha } from '../../../src/domain/ids.ts';
import type { Checkout, Git } from '../../../src/git/port.ts';
import type { Effects } from './effects.ts';
import type { Project } from './project.ts';

export interface Commit {
  readonly sha: Sha;
  readonly parent: Sha | null;
  readonly subject: string;
  readonly project: Project;
}

/** The world's repository: commits by their id, and the one that the work tree is at. */
export interface Repository {
  readonly commits: Map<Sha, Commit>;
  head: Sha | null;
  /** Set: commits are gone from it, as from a clone that was made anew. */
  lost: boolean;
}

/** A new commit on the work tree's. */
export function commit(repository: Repository, subject: string, project: Project): Sha {
  const parent = repository.head;
  const id = sha(
    createHash('sha1')
      .update(`${parent ?? ''} ${subject} ${repository.commits.size}`)
      .digest('hex'),
  );
  repository.commits.set(id, { sha: id, parent, subject, project });
  repository.head = id;
  return id;
}

/** A checkout's folder says which commit it holds: dbt reads the project by it. */
export const folderOf = (id: Sha): string => `/checkouts/${id}`;
export const shaIn = (folder: string): Sha => sha(folder.slice('/checkouts/'.length));

const checkout = (id: Sha, subject: string): Checkout => ({
  dir: folderOf(id),
  sha: id,
  subject,
  dirty: [],
  [Symbol.asyncDispose]: async () => undefined,
});

/** A controller's way to the repository. */
export function gitOf(repository: Repository, effects: Effects): Git {
  const commitOf = (id: Sha): Commit =>
    (repository.lost ? undefined : repository.commits.get(id)) ?? fail('COMMIT_UNKNOWN', { sha: id });
  return {
    head: () =>
      effects.read(async () => {
        const found = commitOf(repository.head ?? fail('NOT_A_REPOSITORY', { path: '/repository' }));
        return checkout(found.sha, found.subject);
      }),
    worktree: (id) => effects.read(async () => checkout(id, commitOf(id).subject)),
    descends: (descendant, ancestor) =>
      effects.read(async () => {
        for (let at: Sha | null = descendant; at !== null; at = commitOf(at).parent) if (at === ancestor) return true;
        return false;
      }),
    archive: (of) => effects.read(async () => Buffer.from(of.sha)),
    unpack: (archive, id, subject) =>
      effects.read(async () => {
        if (Buffer.from(archive).toString() !== id) throw new Error('the archive is of another commit');
        return checkout(id, subject);
      }),
  };
}
