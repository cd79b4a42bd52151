import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type EngineName, engines } from './engines.ts';
import { productsCsv } from './products.ts';
import type { Server } from './servers/server.ts';

/**
 * The commits of the story, each a patch in commits/ that applies onto the one before it:
 * - leave-test-orders-out: changes two models, a cleaning rule in a staging view and a column of a mart;
 * - put-the-segment-on-orders: joins guests away, an eighth of the orders; dbt's tests pass, the smoke checks do not;
 *   it is reverted before the next one;
 * - count-shipping: counts shipping once an item instead of once an order; passes every gate, and is wrong;
 * - count-shipping-once: the whole fix of that;
 * - take-returns-out: of the fact alone, so that daily sales no longer agree with it; only the check that asks what
 *   the dashboard reads, when it is live, notices;
 * - leave-returns-out-where-read: the whole fix of that.
 */
export type StoryCommit =
  | 'leave-test-orders-out'
  | 'put-the-segment-on-orders'
  | 'count-shipping'
  | 'count-shipping-once'
  | 'take-returns-out'
  | 'leave-returns-out-where-read';

export interface Commit {
  readonly sha: string;
  readonly subject: string;
}

/** The shop's dbt project under git. The same commits have the same ids in every repository of an engine. */
export interface Repository {
  /** The root: dbt's project folder, with lastgreen.yml and profiles.yml. */
  readonly dir: string;
  /** What readers open. */
  readonly live: string;
  /** Commits the next change of the story; throws when it does not apply to what is there. */
  take(commit: StoryCommit): Promise<Commit>;
  /** Reverts the newest commit, as `git revert` does. */
  revert(): Promise<Commit>;
  head(): Promise<Commit>;
  /** Runs git in the repository; its standard output, trimmed. */
  git(...args: readonly string[]): Promise<string>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Whoever runs the story has settings of their own (signing, hooks, line ends), which must not change the commits. */
const own = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

const author = (date: string): Record<string, string> => ({
  GIT_AUTHOR_NAME: 'Mara Lind',
  GIT_AUTHOR_EMAIL: 'mara@shop.example',
  GIT_AUTHOR_DATE: date,
  GIT_COMMITTER_NAME: 'Mara Lind',
  GIT_COMMITTER_EMAIL: 'mara@shop.example',
  GIT_COMMITTER_DATE: date,
});
const first = { date: '2026-11-02T09:12:00+01:00', subject: 'Lay down the shop: staging, orders, revenue' };
const revertedOn = '2026-11-12T09:05:00+01:00';

/** Writes the project into a new or empty folder and commits it: the first commit of the story. */
export async function makeRepository(
  dir: string,
  engine: EngineName,
  server: Server | null = null,
): Promise<Repository> {
  const { files, folders, live } = engines[engine];
  await cp(here('../projects/shop'), dir, { recursive: true });
  for (const [path, text] of Object.entries({ ...files, 'seeds/products.csv': productsCsv() })) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  for (const folder of folders) await mkdir(join(dir, folder), { recursive: true });

  const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> =>
    (await execa('git', [...args], { cwd: dir, env: { ...own, ...env } })).stdout;
  const head = async (): Promise<Commit> => {
    const [sha = '', subject = ''] = (await run(['log', '-1', '--format=%H%n%s'])).split('\n');
    return { sha, subject };
  };

  await run(['init', '--quiet', '--initial-branch=main']);
  await run(['add', '--all']);
  await run(['commit', '--quiet', '--message', first.subject], author(first.date));
  return {
    dir,
    live: live(dir, server),
    head,
    git: (...args) => run(args),
    take: async (commit) => {
      const patch = here(`./commits/${commit}.patch`);
      await run(['am', '--quiet', '--committer-date-is-author-date', patch], author(first.date));
      return await head();
    },
    revert: async () => {
      await run(['revert', '--no-edit', 'HEAD'], author(revertedOn));
      return await head();
    },
  };
}
