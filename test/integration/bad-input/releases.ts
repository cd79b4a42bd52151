import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type } from '../frozen/commands.ts';
import type { Shop } from '../frozen/environment.ts';
import { commit, config, forget, git, write } from './spoil.ts';
import type { Stage } from './states.ts';
import { type Bad, numbering } from './typed.ts';

const artifacts = async (shop: Shop, release: string, name: string): Promise<Buffer> => {
  const folder = join(shop.dir, '.lastgreen/prod/releases', release, 'artifacts');
  const [found = ''] = (await readdir(folder)).filter((file) => file === name || file === `${name}.gz`);
  const bytes = await readFile(join(folder, found));
  return found.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};

/** The plan that the waiting release was built by, as `plan --out plan.json` had written it. */
async function savePlan(shop: Shop, { newer }: Stage): Promise<void> {
  const folder = join(shop.dir, '.lastgreen/prod/releases', newer);
  const [file = ''] = (await readdir(folder)).filter((name) => name.startsWith('plan.'));
  const packed = async (name: string) => gzipSync(await artifacts(shop, newer, name)).toString('base64');
  const plan = JSON.parse(await readFile(join(folder, file), 'utf8'));
  const manifests = { live: await packed('manifest.json'), idle: await packed('manifest.idle.json') };
  await write('plan.json', JSON.stringify({ schema: 'lastgreen/saved-plan/1', plan, manifests }))(shop);
}

async function reject(shop: Shop): Promise<void> {
  await write('wrong.sql', 'select 1')(shop);
  await config('    gates: {smoke: [{name: none, offending: wrong.sql}]}\n')(shop);
  await git(shop, 'add', '--all');
  await commit(shop);
  await shop.build().catch(() => undefined);
}

const holdByHand = (shop: Shop) => type(shop, 'hold', '--reason', 'month end');

/** What was asked does not go with where the releases stand. */
export const releases: readonly Bad[] = [
  {
    what: 'a promote of nothing',
    types: ['promote'],
    exit: 4,
    code: 'NOTHING_WAITS',
    says: 'No release waits to be promoted.',
    next: /^lastgreen build$/,
    mayChange: numbering,
  },
  {
    what: 'an abort of nothing',
    in: 'watched',
    types: ['abort'],
    exit: 4,
    code: 'NOTHING_WAITS',
    says: 'No release waits to be aborted.',
    next: /^lastgreen status$/,
    mayChange: numbering,
  },
  ...[
    ['promote', 'r99'],
    ['abort', 'r99'],
    ['rollback', '--to', 'r99'],
    ['show', 'r99'],
  ].map((types) => ({
    what: `a release that there is not: ${types.join(' ')}`,
    types,
    exit: 2,
    code: 'RELEASE_UNKNOWN',
    says: 'There is no release r99.',
    next: /^lastgreen history$/,
    mayChange: numbering,
  })),
  {
    what: 'an abort that comes too late',
    in: 'watched',
    types: ['abort', '{newer}'],
    exit: 4,
    code: 'WRONG_STATE',
    says: /^r\d+ is live; it cannot be aborted\.$/,
    next: /^lastgreen rollback$/,
    mayChange: numbering,
  },
  {
    what: 'a promote of what was aborted',
    types: ['promote', '{newer}'],
    exit: 4,
    code: 'WRONG_STATE',
    says: /^r\d+ is aborted; it cannot be promoted\.$/,
    next: /^lastgreen status$/,
    mayChange: numbering,
  },
  {
    what: 'a promote of what a gate has stopped',
    spoil: reject,
    types: ['promote', '{newest}'],
    exit: 4,
    code: 'WRONG_STATE',
    says: /^r\d+ is rejected; it cannot be promoted\.$/,
    next: /^lastgreen show r\d+$/,
    mayChange: numbering,
  },
  {
    what: 'a deploy while a release waits',
    in: 'waiting',
    types: ['deploy'],
    exit: 4,
    code: 'WOULD_SUPERSEDE',
    says: /^(r\d+) waits for promote; building gives it up, with --supersede \1\.$/,
    next: /^lastgreen promote r\d+$/,
    mayChange: numbering,
  },
  {
    what: 'a deploy during the watch',
    in: 'watched',
    types: ['deploy'],
    exit: 4,
    code: 'WATCH_RUNNING',
    says: /^r\d+ is live and being watched until .*; --during-watch replaces it before it is green\.$/,
    next: /^lastgreen promote r\d+ --watch$/,
    mayChange: numbering,
  },
  {
    what: 'a deploy under a hold that a person has set',
    spoil: holdByHand,
    types: ['deploy'],
    exit: 4,
    code: 'HELD',
    says: /^A hold has stopped deploy and promote since .*: month end\.$/,
    next: /^lastgreen hold --release --reason TEXT$/,
    mayChange: numbering,
  },
  {
    what: 'a promote of what was rolled back',
    in: 'rolled back',
    async spoil(shop) {
      await git(shop, 'revert', '--no-edit', 'HEAD~1');
      await shop.build();
    },
    types: ['promote'],
    exit: 4,
    code: 'HELD',
    says: /^A hold .*: r\d+ was rolled back to r\d+\.\nStill as in the reverted release: orders, totals\. A commit that corrects or reverts all of them/,
    next: /^commit a fix of orders, totals$/,
    mayChange: numbering,
  },
  {
    what: 'a rollback to what readers never had',
    types: ['rollback', '--to', '{newer}'],
    exit: 8,
    code: 'NO_WAY_BACK',
    says: /^There is no way back to r\d+:\n {2}r\d+ was never live$/,
    next: /^lastgreen history$/,
    mayChange: numbering,
  },
  {
    what: 'a saved plan of another commit',
    in: 'waiting',
    spoil: savePlan,
    types: ['deploy', '--plan', 'plan.json', '--supersede', '{newer}'],
    exit: 4,
    code: 'PLAN_MOVED',
    says: /^The world has moved since the plan was made: it is for commit [0-9a-f]{8}, and the work tree is at [0-9a-f]{8}\.$/,
    next: /^lastgreen plan$/,
    mayChange: numbering,
  },
  {
    what: 'a saved plan when something else is live',
    in: 'waiting',
    async spoil(shop, stage) {
      await savePlan(shop, stage);
      await type(shop, 'promote');
      await git(shop, 'checkout', '--quiet', 'HEAD~1');
    },
    types: ['deploy', '--plan', 'plan.json'],
    exit: 4,
    code: 'PLAN_MOVED',
    says: /^The world has moved since the plan was made: it was made against r\d+, and r\d+ is live\.$/,
    next: /^lastgreen plan$/,
    mayChange: numbering,
  },
  {
    what: 'an adopt of what was released',
    types: ['adopt'],
    exit: 4,
    code: 'WRONG_STATE',
    says: /^r\d+ is live already; it cannot be adopted\.$/,
    next: /^lastgreen status$/,
    mayChange: numbering,
  },
  ...['rollback', 'refresh'].map((verb) => ({
    what: `a ${verb} where nothing was released`,
    spoil: forget,
    types: [verb],
    exit: verb === 'rollback' ? 8 : 4,
    code: verb === 'rollback' ? 'NO_WAY_BACK' : 'WRONG_STATE',
    says: verb === 'rollback' ? /nothing is live yet$/ : /without a release/,
    next: verb === 'rollback' ? /^lastgreen history$/ : /^lastgreen deploy$/,
    mayChange: /^(\.lastgreen|warehouse\/\.shop\.lastgreen)(\/|$)|^warehouse$/,
  })),
];
