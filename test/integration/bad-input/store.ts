import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shop } from '../frozen/environment.ts';
import { config } from './spoil.ts';
import type { Bad } from './typed.ts';

const manifestOf = async (shop: Shop, release: string): Promise<string> => {
  const folder = join(shop.dir, '.lastgreen/prod/releases', release, 'artifacts');
  const [name = ''] = (await readdir(folder)).filter((file) => file.startsWith('manifest.json'));
  return join(folder, name);
};
const headOf = (shop: Shop): string => join(shop.dir, '.lastgreen/.revisions/prod/head.json');

export async function truncateHead(shop: Shop): Promise<void> {
  const [newest = ''] = (await readdir(headOf(shop))).toSorted().toReversed();
  const names = [join(headOf(shop), newest), join(shop.dir, '.lastgreen/prod/head.json')] as const;
  const whole = await readFile(names[0]);
  for (const name of names) await rm(name);
  await writeFile(names[0], whole.subarray(0, 40));
  // The store knows one file by two names.
  await link(...names);
}

const brokenHead = { spoil: truncateHead, exit: 6, code: 'STORE_CORRUPT', next: /^lastgreen runbook store-corrupt$/ };
const says = /head\.json in the store cannot be read: .*\. An older one is never used instead\.$/;

/** The store is damaged, or not the one. */
export const store: readonly Bad[] = [
  ...['deploy', 'promote', 'rollback', 'resume', 'abort', 'prune', 'plan', 'refresh'].map((verb) => ({
    ...brokenHead,
    says,
    what: `a truncated head.json, typing ${verb}`,
    types: [verb],
  })),
  { ...brokenHead, says, what: 'a truncated head.json, setting a hold', types: ['hold', '--reason', 'month end'] },
  {
    what: 'a store below something that is no folder',
    spoil: async (shop) => {
      await writeFile(join(shop.dir, 'notes.txt'), '');
      await config('', 'store: notes.txt/store\n')(shop);
    },
    types: ['rollback'],
    exit: 6,
    code: 'STORE_DOWN',
    says: /^The store cannot be used \(prod\/head\.json\): ENOTDIR: .*notes\.txt\/store/,
    next: /^lastgreen doctor$/,
  },
  {
    what: "a corrupt manifest of live's content",
    spoil: async (shop, { live }) => {
      const file = await manifestOf(shop, live);
      await rm(file);
      await writeFile(file, 'no manifest');
    },
    types: ['plan'],
    exit: 6,
    code: 'STORE_CORRUPT',
    says: /^releases\/r\d+\/artifacts\/manifest\.json in the store cannot be read: /,
    next: /^lastgreen runbook store-corrupt$/,
  },
  {
    what: "a missing manifest of live's content",
    spoil: async (shop, { live }) => rm(await manifestOf(shop, live)),
    types: ['plan'],
    exit: 6,
    code: 'STORE_CORRUPT',
    says: 'the plan or the manifest of what is live is missing',
    next: /^lastgreen runbook store-corrupt$/,
  },
  {
    what: 'a journal entry that is cut off',
    spoil: async (shop) => {
      const folder = join(shop.dir, '.lastgreen/prod/journal');
      const [first = ''] = await readdir(folder);
      await rm(join(folder, first));
      await writeFile(join(folder, first), '{"schema":');
    },
    types: ['history'],
    exit: 6,
    code: 'STORE_CORRUPT',
    says: /^prod\/journal\/.* in the store cannot be read: /,
    next: /^lastgreen runbook store-corrupt$/,
  },
  ...['rollback', 'plan', 'deploy', 'promote'].map((verb) => ({
    what: `another store than the one that released what is live, typing ${verb}`,
    spoil: (shop: Shop) => rename(join(shop.dir, '.lastgreen'), join(shop.dir, 'the other store')),
    types: [verb],
    exit: 4,
    code: 'LINEAGE_FOREIGN',
    says: /^What is live was released from another store \(lineage \w+; this store is \w+\)\.$/,
    next: /^lastgreen runbook lineage$/,
    // The new store's own; the warehouse does not hear of it.
    mayChange: /^\.lastgreen/,
  })),
];
