import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { at } from '../../scripts/setup/places.mjs';
import { openClient } from '../warehouses/bigquery/client.ts';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';

describe('a conformance run in a project', () => {
  let server: BigqueryServer;
  let folder: string;
  beforeAll(async () => {
    server = await startBigquery();
    folder = await mkdtemp(join(tmpdir(), 'lastgreen-target-'));
    await writeFile(join(folder, 'dbt_project.yml'), 'name: shop\nprofile: shop\n');
    const there = { ...server.profile, dataset: 'analytics' };
    const outputs = {
      prod: { ...there, token: "{{ env_var('SHOP_TOKEN') }}" },
      wrong: { ...there, token: 'not-this-one' },
    };
    await writeFile(join(folder, 'profiles.yml'), stringify({ shop: { target: 'prod', outputs } }));
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const conformance = (...args: readonly string[]) =>
    execa(process.execPath, [at('test', 'conformance', 'main.ts'), ...args], {
      cwd: at(),
      env: { SHOP_TOKEN: String(server.profile['token']), INIT_CWD: folder, NO_COLOR: '1' },
      reject: false,
    });

  it('takes no option of another warehouse', async () => {
    const { exitCode, stderr } = await conformance('--target', 'prod', '--database', 'SHOP');
    expect(stderr).toMatch(/--database is for Snowflake/);
    expect(exitCode).toBe(2);
  });

  it('says that it is not let in, and no token', async () => {
    const { exitCode, stdout, stderr } = await conformance('--target', 'wrong');
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/cannot be asked: /i);
    expect(stdout + stderr).not.toContain('not-this-one');
  });

  it('reports what the project answers, and leaves nothing there', async () => {
    const tag = 'projects/shop/locations/us/taxonomies/1/policyTags/2';
    const { exitCode, stdout } = await conformance('--target', 'prod', '--only', 'facts', '--policy-tag', tag);
    expect(stdout).toMatch(/facts +\d+ held, 0 did not/);
    expect(stdout).toMatch(/tables\.patch with If-Match of an older etag is refused .* +yes/);
    expect(stdout).toMatch(/project +lastgreen-test/);
    expect(stdout).toMatch(/CREATE TABLE CLONE|copy job/);
    expect(exitCode).toBe(0);
    const seen = (await server.control.requests()).filter(({ path }) =>
      path.includes('/datasets/lastgreen_conformance_'),
    );
    expect(seen.length).toBeGreaterThan(20);
    const [datasets] = await openClient(server.connection).bigquery.getDatasets();
    expect(datasets.map(({ id }) => id)).toEqual([]);
  });
});
