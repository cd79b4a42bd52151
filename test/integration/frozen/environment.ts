import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { execa } from 'execa';
import { compose } from '../../../src/compose.ts';
import { environmentOf, readConfig } from '../../../src/config/config.ts';
import { buildRelease, promoteRelease } from '../../../src/engine/deploy.ts';
import type { Ports } from '../../../src/engine/ports.ts';
import { standIn } from './stand-in.ts';

/** A small shop whose releases say in every row of every changed relation which commit they are of. */
export interface Shop extends AsyncDisposable {
  /** Everything of the shop and of its tests. */
  readonly root: string;
  /** The dbt project: a repository with store and warehouse in it. */
  readonly dir: string;
  /** The file that readers open. */
  readonly live: string;
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

const config = (lease: string): string => `version: 1
store: ./.lastgreen
environments:
  prod:
    target: prod
lease: ${lease}
`;
const files: Readonly<Record<string, string>> = {
  '.gitignore': 'target/\nwarehouse/\n.lastgreen/\n',
  'dbt_project.yml': 'name: shop\nprofile: shop\n',
  'profiles.yml':
    'shop: {target: prod, outputs: {prod: {type: duckdb, path: warehouse/shop.duckdb, schema: analytics}}}\n',
  'models/countries.sql': "select 'de' as code union all select 'fr'",
};
const models = (n: number): Readonly<Record<string, string>> => ({
  'models/orders.sql': `select range as id, ${n} as version from range(10)`,
  'models/totals.sql': `-- view\nselect count(*) as orders, max(version) as version, ${n} as said from {{ ref('orders') }}`,
});

/** `lease`: as lastgreen.yml has it; one that is not renewed while a test runs, so that runs have the same effects. */
async function makeShop(lease = '{ttl: 30m, renew: 20m, margin: 1m}'): Promise<Shop> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lastgreen-shop-')));
  const dir = join(root, 'shop');
  const write = async (texts: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(texts)) await writeFile(join(dir, path), text);
  };
  const git = (...args: readonly string[]) =>
    execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-c', 'gc.auto=0', ...args], { cwd: dir });
  for (const folder of ['models', 'warehouse']) await mkdir(join(dir, folder), { recursive: true });
  await write({ ...files, 'lastgreen.yml': config(lease) });
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
    const [live, idle] = [ports.sides.live[0], ports.sides.idle[0]];
    if (!live || !idle) throw new RangeError('a file has two sides');
    await act({ ...ports, dbt: standIn(ports.dbt, { live, idle }) });
  };
  return {
    root,
    dir,
    live: join(dir, 'warehouse', 'shop.duckdb'),
    folders: [join(dir, '.lastgreen'), join(dir, 'warehouse')],
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
          supersede: false,
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
export async function makeWaitingShop(lease?: string): Promise<Shop> {
  const shop = await makeShop(lease);
  for (const n of [1, 2, 3]) {
    await shop.commit(n);
    await shop.build();
    if (n < 3) await shop.promote();
  }
  return shop;
}

/** What a reader gets who opens the file anew: the versions in its relations, which are one when it is whole. */
export async function readers(shop: Shop): Promise<readonly number[]> {
  const instance = await DuckDBInstance.create(shop.live, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const found = await connection.runAndReadAll(
      `select distinct o.version::int, t.version::int, t.said::int, (t.orders / 10)::int * o.version::int
       from analytics.orders o, analytics.totals t, analytics.countries c`,
    );
    return [...new Set(found.getRowsJson().flat().map(Number))];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
