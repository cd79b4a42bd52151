import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createDbt } from '../../src/dbt/adapter.ts';
import type { BuildRequest, Dbt, NodeProgress, Parsed, Project } from '../../src/dbt/port.ts';
import { type NodeId, nodeId } from '../../src/domain/ids.ts';
import { tinyOptions } from './dbt/tiny.ts';

// Ten starts of dbt on a machine that others use too.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const secret = 'correct horse "battery" staple';
const orders = nodeId('model.tiny.orders');
const customers = nodeId('seed.tiny.customers');
const renamed = nodeId('model.tiny.renamed');
const fragile = nodeId('model.tiny.fragile');
const after = nodeId('model.tiny.after_fragile');
const slow = nodeId('model.tiny.slow');
const quiet = new AbortController().signal;

let root: string;
let project: Project;
let dbt: Dbt;
let live: Parsed;
let idle: Parsed;

const file = (side: 'live' | 'idle'): string => join(root, side, 'tiny.duckdb');

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'lastgreen dbt ')));
  project = { dir: join(root, 'the project') };
  await cp(fileURLToPath(new URL('../projects/tiny', import.meta.url)), project.dir, { recursive: true });
  dbt = createDbt({ ...(await tinyOptions(root)), secrets: [secret] });
  process.env['TINY_TOKEN'] = secret;
  // Left over in a job's environment: must not reach a release.
  process.env['DBT_EMPTY'] = 'true';
  [live, idle] = await Promise.all([dbt.parse(project, 'live', quiet), dbt.parse(project, 'idle', quiet)]);
});

afterAll(async () => {
  delete process.env['TINY_TOKEN'];
  delete process.env['DBT_EMPTY'];
  await rm(root, { recursive: true, force: true });
});

const usual = {
  defer: new Map(),
  get manifest() {
    return idle;
  },
  vars: {},
  threads: 2,
  timeoutMs: 120_000,
  signal: quiet,
  on: () => undefined,
};

const build = (o: Partial<BuildRequest> & Pick<BuildRequest, 'select'>): ReturnType<Dbt['build']> =>
  dbt.build(project, 'idle', { ...usual, ...o });

async function rows(sql: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(file('idle'));
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** null while another process has the database; that process's id is in DuckDB's message. */
const holder = async (): Promise<number | null> =>
  rows('select 1').then(
    () => null,
    (error: Error) => Number(/PID (\d+)/.exec(error.message)?.[1]),
  );

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('reading a project', () => {
  test('gives both sides their own places under one name, in one pass', () => {
    expect(live.manifest.nodes.get(orders)?.relation).toEqual({
      location: file('live'),
      database: 'tiny',
      schema: 'main',
      identifier: 'orders',
    });
    expect(idle.manifest.nodes.get(orders)?.relation?.location).toBe(file('idle'));
    expect(live.manifest.nodes.get(nodeId('model.tiny.nowhere_by_itself'))?.relation).toBeNull();
    expect(dbt.read(idle.raw).nodes).toEqual(idle.manifest.nodes);
    expect(dbt.read(live.raw).nodes).toEqual(live.manifest.nodes);
  });

  test('tells what changed since a recorded manifest, and writes the new one in the same start', async () => {
    const path = join(project.dir, 'models/orders.sql');
    const before = await readFile(path, 'utf8');
    await writeFile(path, `${before}\nwhere c.id > 0\n`);
    const now = await dbt.list(project, 'live', {
      select: 'state:modified+',
      exclude: 'after_fragile',
      state: live.raw,
      signal: quiet,
    });
    await writeFile(path, before);
    expect(now.selected.filter((id) => now.manifest.nodes.has(id))).toEqual([fragile, orders]);
    expect(now.selected.filter((id) => now.manifest.tests.has(id))).toHaveLength(3);
    expect(now.manifest.nodes.get(orders)?.rawCode).toContain('where c.id > 0');
  });

  test('names dbt and its adapter without starting them', async () => {
    expect(await dbt.version()).toEqual({ core: '1.11.16', adapter: 'duckdb 1.11.1' });
  });

  test('that dbt cannot read ends with what dbt says about it', async () => {
    const broken = join(root, 'broken');
    await cp(project.dir, broken, { recursive: true });
    await writeFile(join(broken, 'models/orders.sql'), "select * from {{ ref('nobody') }}");
    await expect(dbt.parse({ dir: broken }, 'live', quiet)).rejects.toMatchObject({
      code: 'DBT_BROKEN',
      exit: 5,
      message: expect.stringMatching(/^dbt parse failed:\n {2}Compilation Error\n.*'nobody' which was not found$/),
    });
  });
});

describe('building', () => {
  test('runs what was asked for with its tests, says how it goes, and keeps what happened without the secret', async () => {
    const seen: NodeProgress[] = [];
    const select = [customers, orders, renamed, fragile, after];
    const result = await build({ select, vars: { last_words: 'adieu' }, on: (progress) => seen.push(progress) });
    const status = new Map(result.results.map((one) => [one.id, one.status]));
    expect(result.ok).toBe(false);
    expect(Object.fromEntries(status)).toMatchObject({
      [customers]: 'success',
      [orders]: 'success',
      [renamed]: 'success',
      [fragile]: 'error',
      [after]: 'skipped',
      'unit_test.tiny.orders.keeps_the_country': 'pass',
    });
    expect(result.results.filter(({ id }) => id.startsWith('test.'))).toHaveLength(2);
    const failed = result.results.find(({ id }) => id === fragile);
    expect(failed?.message).toContain('adieu *****');
    expect(await readFile(join(project.dir, failed?.compiledPath ?? ''), 'utf8')).toContain('adieu');
    expect(seen.filter((progress) => progress.phase === 'finish').map((progress) => progress.total)).toContain(8);
    expect(seen.find((progress) => progress.result?.id === customers)?.result?.rows).toBe(3);
    const kept = Object.values(result.artifacts).map((bytes) => new TextDecoder().decode(bytes));
    expect(Object.keys(result.artifacts)).toEqual(['run_results.json', 'dbt.log']);
    for (const text of kept) {
      expect(text).toContain('adieu');
      expect(text).not.toContain('battery');
    }
    expect(await rows(`select count(*)::int from "Kund.en & 'Co' 🎉"`)).toEqual([[3]]);
  });

  test('reads a parent where it is deferred to, and the rest on the side itself', async () => {
    const parent = idle.manifest.nodes.get(renamed)?.relation;
    expect(parent).toBeTruthy();
    await rows(`delete from "Kund.en & 'Co' 🎉" where id > 1`);
    const defer = new Map(parent ? [[customers, parent]] : []);
    const result = await build({ select: [orders], defer });
    expect(await rows('select id from orders')).toEqual([[1]]);
    expect(result.ok).toBe(true);
    expect(await readdir(join(root, 'scratch'))).toEqual([]);
  });

  test('runs single tests by name on what is there', async () => {
    const [id = orders] = [...idle.manifest.tests.keys()].filter((one) => one.startsWith('test.tiny.not_null'));
    const result = await build({ select: [id], arguments: ['test'] });
    expect(result).toMatchObject({ ok: true, results: [{ id, status: 'pass' }] });
  });

  test('in a checkout of its own loads the seeds of that checkout, from the one parse that was made there', async () => {
    const own: Project = { dir: join(root, 'an earlier commit') };
    await cp(project.dir, own.dir, { recursive: true });
    await writeFile(join(own.dir, 'seeds', 'customers.csv'), 'id,country\n7,at\n');
    const manifest = await dbt.parse(own, 'idle', quiet);
    const result = await dbt.build(own, 'idle', { ...usual, manifest, select: [customers] });
    expect(result.results).toContainEqual(expect.objectContaining({ id: customers, status: 'success' }));
    expect(await rows('select * from customers')).toEqual([[7, 'at']]);
    expect(new TextDecoder().decode(result.artifacts['dbt.log'])).toContain('no changes found, skipping parsing');
  });

  test('that ends in an error of no node is not taken for done, and its log is kept', async () => {
    const dir = join(root, 'hooked');
    await cp(project.dir, dir, { recursive: true });
    const hook = `"{{ exceptions.raise_compiler_error('not on my watch') if execute }}"`;
    await appendFile(join(dir, 'dbt_project.yml'), `\non-run-end: ${hook}\n`);
    const error: unknown = await dbt
      .build({ dir }, 'idle', { ...usual, select: [customers] })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DBT_BROKEN', message: expect.stringContaining('not on my watch') });
    const log = /log: (.*)/.exec(String(error))?.[1] ?? '';
    expect(await readFile(join(dir, log), 'utf8')).toContain('not on my watch');
  });
});

describe('stopping', () => {
  test('an interrupted build is gone when the call returns', async () => {
    const stop = new AbortController();
    let pid: Promise<number | null> = Promise.resolve(null);
    const building = build({
      select: [slow],
      signal: stop.signal,
      on() {
        pid = holder().finally(() => stop.abort());
      },
    });
    await expect(building).rejects.toMatchObject({ code: 'INTERRUPTED', exit: 130 });
    expect(await pid).toBeGreaterThan(0);
    expect(await holder()).toBeNull();
  });

  test('a build that takes too long fails by name', async () => {
    const result = await build({ select: [slow], timeoutMs: 6_000 });
    expect(result.ok).toBe(false);
    expect(result.results).toMatchObject([{ id: slow, status: 'error', message: 'not finished within 6 s' }]);
    expect(await holder()).toBeNull();
  });

  test('nothing of dbt outlives a lastgreen that was killed', async () => {
    const script = fileURLToPath(new URL('./dbt/doomed.ts', import.meta.url));
    const parent = execFile(process.execPath, [script, root, project.dir, slow satisfies NodeId]);
    try {
      const lines = createInterface({ input: parent.stdout ?? process.stdin });
      for await (const line of lines) if (line === 'building') break;
      const pid = (await holder()) ?? 0;
      expect(runs(pid)).toBe(true);
      parent.kill('SIGKILL');
      await expect.poll(() => runs(pid), { timeout: 30_000 }).toBe(false);
      expect(await holder()).toBeNull();
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

test('a folder with no dbt in it is said so', async () => {
  await mkdir(join(root, 'empty'), { recursive: true });
  const missing = createDbt({ ...(await tinyOptions(root)), executable: join(root, 'empty', 'dbt') });
  await expect(missing.parse(project, 'live', quiet)).rejects.toMatchObject({ code: 'DBT_MISSING', exit: 2 });
});
