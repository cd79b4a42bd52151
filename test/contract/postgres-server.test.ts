import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions, startPostgres } from '../warehouses/postgres/server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-postgres-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function rows(client: pg.Client, sql: string): Promise<readonly unknown[]> {
  return (await client.query(sql)).rows;
}

describe.each(postgresVersions)('a Postgres %d of one’s own', (version) => {
  it('is of that version, and lets nobody in without its password', async () => {
    await using server = await startPostgres({ folder, version });
    const client = await server.client();
    expect(await rows(client, 'SHOW server_version')).toEqual([
      { server_version: expect.stringMatching(`^${version}\\.`) },
    ]);
    await client.end();
    const { host, port, user, database, socket } = server;
    for (const at of [host, socket]) {
      const stranger = new pg.Client({ host: at, port, user, database, password: 'guess', ssl: false });
      await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
    }
  });

  it.each(['fast', 'immediate'] as const)('keeps what was committed over a restart (%s)', async (how) => {
    await using server = await startPostgres({ folder, version, settings: { max_connections: 17, fsync: 'on' } });
    const before = await server.client();
    const { port, pid } = server;
    await before.query('SET synchronous_commit = on; CREATE TABLE t AS SELECT 42 AS n');
    const cut = new Promise((done) => before.once('end', done));
    await server.restart(how);
    await cut;
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    const after = await server.client();
    expect(await rows(after, 'SELECT n FROM t')).toEqual([{ n: 42 }]);
    expect(await rows(after, 'SHOW max_connections')).toEqual([{ max_connections: '17' }]);
    await after.end();
  });

  it('copies a database', async () => {
    await using server = await startPostgres({ folder, version });
    await server.createDatabase('frozen');
    const frozen = await server.client('frozen');
    await frozen.query("CREATE TABLE t AS SELECT 'as it was' AS says");
    await frozen.end();
    await server.createDatabase('a "copy"', { template: 'frozen' });
    const copy = await server.client('a "copy"');
    expect(await rows(copy, 'SELECT says FROM t')).toEqual([{ says: 'as it was' }]);
    await copy.end();
  });
});

describe('Postgres servers', () => {
  it('stand beside each other, and leave nothing when they stop', async () => {
    const [one, other] = await Promise.all([startPostgres({ folder }), startPostgres({ folder })]);
    expect(one.port).not.toBe(other.port);
    await one.createDatabase('mine');
    await expect(other.client('mine')).rejects.toMatchObject({ code: '3D000' });
    await one.stop();
    const still = await other.client();
    expect(await rows(still, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await still.end();
    await other.stop();
    await expect(one.client()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('say why they do not start', async () => {
    await expect(startPostgres({ folder, settings: { shared_buffers: 'lots' } })).rejects.toThrow(/shared_buffers/);
  });

  it('end when the process that started them is killed', async () => {
    const script = fileURLToPath(new URL('./postgres/start.ts', import.meta.url));
    const starter = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await Array.fromAsync(firstLine(starter.stdout));
    // What the script prints.
    const { pid, home } = JSON.parse(line ?? '') as { pid: number; home: string };
    expect(isRunning(pid)).toBe(true);
    starter.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => existsSync(join(home, 'data')), { timeout: 10_000 }).toBe(false);
  });
});

async function* firstLine(from: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of createInterface(from)) {
    yield line;
    return;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
