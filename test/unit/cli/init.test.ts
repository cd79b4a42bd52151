import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentOf, readConfig } from '../../../src/config/config.ts';
import { lastgreen } from './outside.ts';

/** A dbt project in a temporary folder. */
async function project(outputs: string, below = '.') {
  const dir = await mkdtemp(join(tmpdir(), 'lastgreen-init-'));
  await mkdir(join(dir, below), { recursive: true });
  await writeFile(join(dir, below, 'dbt_project.yml'), 'name: shop\nprofile: shop\n');
  await writeFile(join(dir, below, 'profiles.yml'), `shop: {outputs: ${outputs}}\n`);
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

const files = '{dev: {type: duckdb, path: dev.duckdb}, prod: {type: duckdb, path: shop.duckdb}}';

describe('init', () => {
  test('writes a config that works, and asks nothing that it can find out', async () => {
    await using at = await project(files);
    const { exit, stdout } = await lastgreen(['init'], at.dir);
    expect(exit).toBe(0);
    expect(stdout).toContain('Wrote lastgreen.yml for target prod (duckdb)');
    const config = await readConfig(join(at.dir, 'lastgreen.yml'));
    expect(environmentOf(config, undefined).settings).toMatchObject({ environment: 'prod', target: 'prod' });
    expect(await readFile(join(at.dir, '.gitignore'), 'utf8')).toBe('.lastgreen/\n');
  });

  test('keeps what .gitignore said, and says it once', async () => {
    await using at = await project(files);
    await writeFile(join(at.dir, '.gitignore'), 'target/');
    await lastgreen(['init'], at.dir);
    await lastgreen(['init', '--force'], at.dir);
    expect(await readFile(join(at.dir, '.gitignore'), 'utf8')).toBe('target/\n.lastgreen/\n');
  });

  test('finds the project in a folder below', async () => {
    await using at = await project(files, 'dbt');
    await lastgreen(['init'], at.dir);
    const config = await readConfig(join(at.dir, 'lastgreen.yml'));
    expect(config.projectDir).toBe(join(at.dir, 'dbt'));
  });

  test('says what a DBA types for a server’s target, as far as the target says it here', async () => {
    const prod = `{type: postgres, host: db, user: "{{ env_var('DEPLOYER') }}", password: "{{ env_var('UNSET') }}", dbname: shop, schema: analytics}`;
    await using at = await project(`{prod: ${prod}}`);
    const { exit, stdout } = await lastgreen(['init', '--yes'], at.dir, { DEPLOYER: 'deploy' });
    expect(exit).toBe(0);
    const [, typed, script] = /^ +(psql .*) -f (.+)$/m.exec(stdout) ?? [];
    expect(typed).toBe('psql -d shop -v role=deploy -v schemas=analytics');
    expect(await readFile(script ?? '', 'utf8')).toContain('for a DBA');
    const config = await readConfig(join(at.dir, 'lastgreen.yml'));
    expect(environmentOf(config, undefined).settings).toMatchObject({ environment: 'prod', target: 'prod' });
    const unset = await lastgreen(['init', '--force', '--json'], at.dir);
    expect(JSON.parse(unset.stdout).rights).toContain('-v role=ROLE ');
  });

  test('prints the whole script for an administrator of Snowflake, with the names of the target', async () => {
    const prod = `{type: snowflake, account: a, user: u, password: p, role: deploy, database: shop, schema: '"the shop"'}`;
    await using at = await project(`{prod: ${prod}}`);
    const { stdout } = await lastgreen(['init', '--yes', '--json'], at.dir);
    const { rights } = JSON.parse(stdout);
    expect(rights).toContain('grant usage on warehouse WAREHOUSE to role DEPLOY;');
    expect(rights).toContain('grant usage, create schema on database SHOP to role DEPLOY;');
    expect(rights).toContain(
      'grant ownership on all views in schema SHOP."the shop" to role DEPLOY copy current grants;',
    );
    expect(rights).not.toContain('{');
  });

  test('has nothing for a DBA where nobody has to give rights', async () => {
    await using at = await project(files);
    const { stdout } = await lastgreen(['init', '--json'], at.dir);
    expect(JSON.parse(stdout)).toMatchObject({ rights: null });
  });

  test('replaces no config unasked', async () => {
    await using at = await project(files);
    await writeFile(join(at.dir, 'lastgreen.yml'), 'mine');
    expect(await lastgreen(['init', '--yes'], at.dir)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('lastgreen.yml is there already; --force replaces it.'),
    });
    expect(await readFile(join(at.dir, 'lastgreen.yml'), 'utf8')).toBe('mine');
  });

  const refusals: readonly (readonly [what: string, outputs: string, argv: readonly string[], message: string])[] = [
    [
      'several targets and no person to ask',
      '{a: {type: duckdb}, b: {type: duckdb}}',
      [],
      'Which target do readers use? The profile shop has a, b.',
    ],
    ['an unknown target', files, ['--target', 'prd'], 'The profile shop has no target prd; it has dev, prod.'],
    [
      'no target of a known type',
      '{prod: {type: oracle}}',
      [],
      'has no target of a type that this version knows (bigquery, duckdb, postgres, snowflake)',
    ],
    ['a target of an unknown type', '{prod: {type: oracle}}', ['--target', 'prod'], 'does not know type: oracle'],
    ['no project', files, ['--project', 'none'], 'There is no dbt_project.yml in '],
  ];

  test.each(refusals)('%s: says so and writes nothing', async (_, outputs, argv, message) => {
    await using at = await project(outputs);
    const { exit, stderr } = await lastgreen(['init', ...argv], at.dir);
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
    await expect(readFile(join(at.dir, 'lastgreen.yml'))).rejects.toThrow('ENOENT');
  });
});
