import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { compose } from '../../../src/compose.ts';
import { environmentOf, readConfig } from '../../../src/config/config.ts';
import { buildRelease, promoteRelease } from '../../../src/engine/deploy.ts';
import type { Ports } from '../../../src/engine/ports.ts';
import { onDuckdb } from './on-duckdb.ts';
import type { ShopEngine } from './shop-engine.ts';
import { standIn } from './stand-in.ts';

/** A small shop whose releases say in every row of every changed relation which commit they are of. */
export interface Shop extends AsyncDisposable {
  /** Everything of the shop and of its tests. */
  readonly root: string;
  /** The dbt project: a repository with store and warehouse in it. */
  readonly dir: string;
  /** The file that readers open, where it is one. */
  readonly live: string;
  readonly engine: ShopEngine;
  /** Where promote and rollback change something: the store and the warehouse. */
  readonly folders: readonly string[];
  /** Commits the n-th version of the project. */
  commit(n: number): Promise<void>;
  /** Which version a commit is. */
  versionOf(sha: string): number | undefined;
  /** Builds what is committed to verified. */
  build(): Promise<void>;
  promote(): Promise<void>;
}

const config = (lease: string, { idle }: ShopEngine): string => `version: 1
store: ./.lastgreen
environments:
  prod:
    target: prod
${idle === undefined ? '' : `    idle: ${idle}\n`}lease: ${lease}
`;
/** One more line in what lastgreen.yml says of the environment. */
export async function configure({ dir }: Pick<Shop, 'dir'>, line: string): Promise<void> {
  const config = join(dir, 'lastgreen.yml');
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace('    target: prod', `    target: prod\n    ${line}`));
}

const filesFor = ({ output }: ShopEngine): Readonly<Record<string, string>> => ({
  '.gitignore': 'target/\nwarehouse/\n.lastgreen/\n',
  'dbt_project.yml': 'name: shop\nprofile: shop\n',
  'profiles.yml': JSON.stringify({ shop: { target: 'prod', outputs: { prod: output } } }),
  'models/countries.sql': "select 'de' as code union all select 'fr'",
});
const models = (n: number): Readonly<Record<string, string>> => ({
  'models/orders.sql': `select i as id, ${n} as version from generate_series(0, 9) as t(i)`,
  'models/totals.sql': `-- view\nselect count(*) as orders, max(version) as version, ${n} as said from {{ ref('orders') }} where exists (select 1 from {{ ref('countries') }})`,
});

/** `lease`: as lastgreen.yml has it; one that is not renewed while a test runs, so that runs have the same effects. */
export async function makeShop(
  lease = '{ttl: 30m, renew: 20m, margin: 1m}',
  engine: ShopEngine = onDuckdb,
): Promise<Shop> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lastgreen-shop-')));
  const dir = join(root, 'shop');
  const write = async (texts: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(texts)) await writeFile(join(dir, path), text);
  };
  const git = (...args: readonly string[]) =>
    execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-c', 'gc.auto=0', ...args], { cwd: dir });
  for (const folder of ['models', ...engine.folders]) await mkdir(join(dir, folder), { recursive: true });
  await write({ ...filesFor(engine), 'lastgreen.yml': config(lease, engine) });
  await git('init', '--quiet', '--initial-branch=main');

  const versions = new Map<string, number>();
  const signal = new AbortController().signal;
  const withPorts = async (act: (ports: Ports) => Promise<unknown>): Promise<void> => {
    const read = await readConfig(join(dir, 'lastgreen.yml'));
    const environment = environmentOf(read, 'prod');
    await using composed = await compose({
      config: read,
      environment,
      variables: process.env,
      cwd: dir,
      report: () => {},
    });
    const { ports } = composed;
    await act({ ...ports, dbt: standIn(ports.dbt, engine.hand(ports)) });
  };
  return {
    root,
    dir,
    live: join(dir, 'warehouse', 'shop.duckdb'),
    engine,
    folders: ['.lastgreen', ...engine.folders].map((folder) => join(dir, folder)),
    async commit(n) {
      await write(models(n));
      await git('add', '--all');
      await git('commit', '--quiet', '--message', `Version ${n}`);
      versions.set((await git('rev-parse', 'HEAD')).stdout, n);
    },
    versionOf: (sha) => versions.get(sha),
    build: () =>
      withPorts((ports) =>
        buildRelease(ports, {
          plan: null,
          select: null,
          allowNonFf: false,
          giveUpRollback: false,
          supersede: true,
          duringWatch: false,
          command: 'build',
          signal,
        }),
      ),
    promote: () =>
      withPorts((ports) =>
        promoteRelease(ports, { release: null, accept: [], reason: null, duringWatch: false, watch: false, signal }),
      ),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** A shop with a live release of version 2, version 1 kept, and version 3 verified and waiting. */
export async function makeWaitingShop(lease?: string, engine?: ShopEngine): Promise<Shop> {
  const shop = await makeShop(lease, engine);
  for (const n of [1, 2, 3]) {
    await shop.commit(n);
    await shop.build();
    if (n < 3) await shop.promote();
  }
  return shop;
}

/** What a reader gets who comes now: the versions in the relations, which are one when live is whole. */
export const readers = async ({ dir, engine }: Shop): Promise<readonly number[]> => [
  ...new Set(await engine.read(dir)),
];
