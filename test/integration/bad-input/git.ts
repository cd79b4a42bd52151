import { chmod, copyFile, mkdir, realpath, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { at } from '../../../scripts/setup/places.mjs';
import type { Shop } from '../frozen/environment.ts';
import { commit, config, forget, git, write } from './spoil.ts';
import { type Bad, numbering } from './typed.ts';

/** An executable that dbt's packages lie beside, as pip installs them. */
const dbt = (version: string, script: string) => async (shop: Shop) => {
  const packages = `lib/python3.11/site-packages/dbt_core-${version}.dist-info`;
  for (const folder of ['bin', packages]) await mkdir(join(shop.dir, 'dbt-env', folder), { recursive: true });
  await write('dbt-env/bin/dbt', `#!/bin/sh\n${script}\n`)(shop);
  await chmod(join(shop.dir, 'dbt-env/bin/dbt'), 0o755);
  await config('', 'dbt: dbt-env/bin/dbt\n')(shop);
  await commit(shop);
};

async function cloneShallow(shop: Shop): Promise<void> {
  await git(shop, 'clone', '--quiet', '--depth', '1', `file://${shop.dir}`, '../shallow');
  await rm(join(shop.dir, '.git'), { recursive: true });
  await rename(join(shop.root, 'shallow', '.git'), join(shop.dir, '.git'));
  await rm(join(shop.root, 'shallow'), { recursive: true });
}

const pathWithDbt = [at('.tools', 'dbt', 'bin'), process.env['PATH'] ?? ''].join(delimiter);

/** The work tree, its history, and the dbt that would read it. */
export const work: readonly Bad[] = [
  {
    what: 'no git repository',
    spoil: (shop) => rm(join(shop.dir, '.git'), { recursive: true }),
    types: ['deploy'],
    exit: 2,
    code: 'NOT_A_REPOSITORY',
    says: /shop is not in a git repository; a release is a commit\.$/,
    next: /^git init, and commit the project$/,
    mayChange: numbering,
  },
  {
    what: 'a shallow clone',
    spoil: cloneShallow,
    types: ['deploy'],
    exit: 2,
    code: 'SHALLOW_CLONE',
    says: /^This is a shallow clone and does not hold [0-9a-f]{40}\.$/,
    next: /^git fetch --unshallow$/,
    mayChange: numbering,
  },
  {
    what: 'a history without the commit that is live',
    async spoil(shop) {
      await rm(join(shop.dir, '.git'), { recursive: true });
      await git(shop, 'init', '--quiet');
      await git(shop, 'add', '--all');
      await commit(shop);
    },
    types: ['plan'],
    exit: 2,
    code: 'COMMIT_UNKNOWN',
    says: /^The repository does not hold the commit [0-9a-f]{40}\.$/,
    next: /^git fetch --all$/,
  },
  {
    what: 'a change that is in no commit',
    spoil: write('models/orders.sql', 'select 1 as id'),
    types: ['deploy'],
    exit: 4,
    code: 'DIRTY_TREE',
    says: 'The work tree has changes that are in no commit: models/orders.sql.',
    next: /^git commit$/,
    mayChange: numbering,
  },
  {
    what: 'a model that git does not know',
    spoil: write('models/returns.sql', 'select 1 as id'),
    types: ['plan'],
    exit: 4,
    code: 'DIRTY_TREE',
    says: 'The work tree has changes that are in no commit: models/returns.sql.',
    next: /^git commit$/,
  },
  {
    what: 'a commit that what is live does not come before',
    async spoil(shop) {
      await git(shop, 'checkout', '--quiet', 'HEAD~3');
      await commit(shop);
    },
    types: ['deploy'],
    exit: 4,
    code: 'NOT_FAST_FORWARD',
    says: /^Commit [0-9a-f]{8} does not descend from [0-9a-f]{8}, which is live/,
    next: /^git rebase [0-9a-f]{8}$/,
    mayChange: numbering,
  },
  {
    what: 'a dbt that is not there',
    async spoil(shop) {
      await config('', 'dbt: nowhere/dbt\n')(shop);
      await commit(shop);
    },
    types: ['plan'],
    exit: 2,
    code: 'DBT_MISSING',
    says: /^dbt was not found \(.*nowhere\/dbt\)/,
    next: /^set `dbt:` in lastgreen\.yml to the path of dbt$/,
  },
  {
    what: 'no dbt on PATH',
    env: { PATH: '/usr/bin:/bin' },
    types: ['plan'],
    exit: 2,
    code: 'DBT_MISSING',
    says: /^dbt was not found \(dbt\)/,
    next: /^set `dbt:` in lastgreen\.yml to the path of dbt$/,
  },
  {
    what: 'a dbt that is too old',
    spoil: dbt('1.7.19', 'exit 0'),
    types: ['deploy'],
    exit: 2,
    code: 'DBT_TOO_OLD',
    says: 'dbt 1.7.19 is too old; lastgreen needs 1.10 or later.',
    next: /^pip install 'dbt-core>=1\.10'$/,
    mayChange: numbering,
  },
  {
    what: 'a dbt that dies',
    spoil: dbt('1.11.16', 'echo "ModuleNotFoundError: no module named agate" >&2; exit 1'),
    types: ['deploy'],
    exit: 5,
    code: 'DBT_BROKEN',
    says: /^dbt (parse|ls) failed:\n {2}ModuleNotFoundError: no module named agate$/,
    next: /^correct the project, commit, and type the same again$/,
    mayChange: numbering,
  },
  {
    what: 'a selector that selects nothing',
    env: { PATH: pathWithDbt },
    spoil: forget,
    types: ['plan', '--select', 'ordres'],
    startsDbt: true,
    mayChange: /^\.lastgreen/,
    exit: 2,
    code: 'USAGE',
    says: 'Nothing in this commit is selected by ordres.',
    next: /^correct --select$/,
  },
  {
    what: 'a model that reads one that there is not',
    env: { PATH: pathWithDbt },
    async spoil(shop) {
      await forget(shop);
      await write('models/orders.sql', "select {{ ref('orders_of_yesterday') }}")(shop);
      await commit(shop);
    },
    types: ['plan'],
    startsDbt: true,
    mayChange: /^\.lastgreen/,
    exit: 5,
    code: 'DBT_BROKEN',
    says: /^dbt (parse|ls) failed:\n.*orders_of_yesterday/s,
    next: /^correct the project, commit, and type the same again$/,
  },
  {
    what: 'names that are held by what no release built',
    env: { PATH: pathWithDbt },
    async spoil(shop) {
      const file = await realpath(shop.live);
      await copyFile(file, join(shop.root, 'plain.duckdb'));
      await forget(shop);
      await rename(join(shop.root, 'plain.duckdb'), shop.live);
      await chmod(shop.live, 0o644);
    },
    types: ['deploy'],
    exit: 8,
    code: 'ADOPT_NEEDED',
    says: /^Live names are held by what no release built: .*duckdb\.$/,
    next: /^lastgreen adopt$/,
    mayChange: /^(\.lastgreen|warehouse\/\.shop\.lastgreen)/,
  },
];
