import type { Sha } from '../domain/ids.ts';

/** A commit's files on disk; disposing removes what was made for it (never the user's own work tree). */
export interface Checkout extends AsyncDisposable {
  /** The dbt project's folder in it, absolute. */
  readonly dir: string;
  readonly sha: Sha;
  readonly subject: string;
  /** Tracked files that differ from the commit and untracked ones that dbt would read; paths relative to the project. */
  readonly dirty: readonly string[];
  /**
   * What changed in it since: files, or the commit that is checked out instead. Only where somebody else may work, which
   * is the user's own work tree.
   */
  readonly moved?: () => Promise<readonly string[]>;
}

/** Throws LastgreenError: NOT_A_REPOSITORY, SHALLOW_CLONE, COMMIT_UNKNOWN. */
export interface Git {
  /** The user's own work tree. */
  head(): Promise<Checkout>;
  /** A private worktree of a commit, swept by the next command when this one dies. */
  worktree(sha: Sha): Promise<Checkout>;
  /** Whether `descendant` has `ancestor` in its history; equal commits do. */
  descends(descendant: Sha, ancestor: Sha): Promise<boolean>;
  /**
   * gzip tar of the commit's project (`git archive`) plus installed packages (`dbt_packages`), package lock, without
   * profiles.yml and .env files.
   */
  archive(checkout: Checkout): Promise<Uint8Array>;
  /** The files of an archive, as a checkout. Needs no repository. */
  unpack(archive: Uint8Array, sha: Sha, subject: string): Promise<Checkout>;
}
