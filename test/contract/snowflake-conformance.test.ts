import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { at } from '../../scripts/setup/places.mjs';
import { openClient } from '../warehouses/snowflake/client.ts';
import { type SnowflakeServer, startSnowflake } from '../warehouses/snowflake/server.ts';

describe('a conformance run on an account', () => {
  let server: SnowflakeServer;
  let project: string;
  beforeAll(async () => {
    server = await startSnowflake();
    project = await mkdtemp(join(tmpdir(), 'lastgreen-target-'));
    await writeFile(join(project, 'dbt_project.yml'), 'name: shop\nprofile: shop\n');
    const there = { type: 'snowflake', ...server.profile, password: "{{ env_var('SHOP_PASSWORD') }}" };
    const outputs = {
      prod: { ...there, database: 'SHOP', schema: 'ANALYTICS' },
      wrong: { ...there, password: 'not-this-one', database: 'SHOP', schema: 'ANALYTICS' },
      other: { type: 'duckdb', path: 'shop.duckdb' },
    };
    await writeFile(join(project, 'profiles.yml'), stringify({ shop: { target: 'prod', outputs } }));
  });
  afterAll(async () => {
    await server.stop();
    await rm(project, { recursive: true });
  });

  const conformance = (...args: readonly string[]) =>
    execa(process.execPath, [at('test', 'conformance', 'main.ts'), ...args], {
      cwd: at(),
      env: { SHOP_PASSWORD: server.password, INIT_CWD: project, NO_COLOR: '1' },
      reject: false,
    });

  it('needs a target, one that there is, of a kind that it knows', async () => {
    const runs = await Promise.all([
      conformance(),
      conformance('--target', 'nowhere'),
      conformance('--target', 'other'),
      conformance('--target', 'prod', '--only', 'everything'),
    ]);
    const wanted = [
      /^Which target[^]*Usage: npm run conformance -- --target TARGET/,
      /has no target nowhere; it has prod, wrong, other/,
      /target other is of type duckdb; only Snowflake and BigQuery have/,
      /no part "everything": it is one of facts, kinds, story, contract/,
    ];
    for (const [n, { exitCode, stderr }] of runs.entries()) {
      expect(stderr).toMatch(wanted[n] ?? /never/);
      expect(exitCode).toBe(2);
    }
  });

  it('says that it is not let in, and no password', async () => {
    const { exitCode, stdout, stderr } = await conformance('--target', 'wrong');
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/cannot be asked: .*password/i);
    expect(stdout + stderr).not.toContain('not-this-one');
  });

  it('reports what the account answers, and leaves nothing there', async () => {
    const { exitCode, stdout } = await conformance('--target', 'prod', '--only', 'facts');
    expect(stdout).toMatch(/facts +\d+ held, 0 did not/);
    expect(stdout).toMatch(/CREATED goes with the table through ALTER TABLE \.\. SWAP WITH +yes/);
    expect(stdout).toMatch(/account +\w+/);
    expect(exitCode).toBe(0);
    const made = (await server.control.statements()).filter(({ sql }) => /^create database "?LASTGREEN_CONF/.test(sql));
    expect(made.length).toBeGreaterThan(5);
    const somebody = await openClient(server.connection);
    expect(await somebody.ask("show databases starts with 'LASTGREEN_CONFORMANCE'")).toEqual([]);
    await somebody.close();
  });
});
