import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { IdleSpec } from '../../../../src/config/port.ts';
import { findProfile } from '../../../../src/config/profiles/find.ts';
import type { Owner } from '../../../../src/config/profiles/private.ts';
import { privateFolder } from '../../../../src/config/profiles/private.ts';
import { type RenderRequest, renderProfile, typeOf } from '../../../../src/config/profiles/render.ts';
import { profileRules as slotRules } from '../../../../src/warehouse/bigquery/profile.ts';
import { profileRules } from '../../../../src/warehouse/duckdb/profile.ts';
import { owner, shop } from './project.ts';

async function render(
  dir: string,
  o: {
    idle?: IdleSpec;
    variables?: Record<string, string>;
    rules?: RenderRequest['rules'];
    owner?: Owner;
    mostRead?: number;
  } = {},
) {
  const { variables = {}, idle = null, rules = profileRules, mostRead = null } = o;
  const profile = await findProfile({ projectDir: dir, cwd: dir, variables });
  const folder = await privateFolder(o.owner ?? owner(), dir);
  const where = { projectDir: dir, variables, folder, mostRead };
  const request = { profile, environment: 'prod', target: 'prod', idle, rules, ...where };
  return { ...(await renderProfile(request)), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const written = async (dir: string): Promise<string> => readFile(join(dir, 'profiles.yml'), 'utf8');

const output = async (side: { profilesDir: string; target: string }): Promise<Record<string, unknown>> =>
  parse(await written(side.profilesDir)).shop.outputs[side.target];

const allFiles = async (dir: string): Promise<string> => {
  const names = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && entry.name === 'profiles.yml' && entry.parentPath !== dir);
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')))).join('\n');
};

describe('two sides from one target', () => {
  test('only the path differs, and the target keeps its name', async () => {
    await using project = await shop(`
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: dev.duckdb}
    prod: {type: duckdb, path: data/shop.duckdb, schema: main, threads: "{{ env_var('THREADS', '4') | as_number }}", attach: [{path: data/raw.duckdb, alias: raw}, {path: "s3://lake/x.duckdb"}]}
`);
    await mkdir(join(project.dir, 'data'));
    await using profile = await render(project.dir);
    const live = await output(profile.live);
    const idle = await output(profile.idle);
    const green = join(project.dir, 'data', '.shop.lastgreen', 'green', 'shop.duckdb');
    expect(live).toEqual({
      type: 'duckdb',
      path: join(project.dir, 'data', 'shop.duckdb'),
      schema: 'main',
      threads: "{{ env_var('THREADS', '4') | as_number }}",
      attach: [{ path: join(project.dir, 'data', 'raw.duckdb'), alias: 'raw' }, { path: 's3://lake/x.duckdb' }],
    });
    expect(idle).toEqual({ ...live, path: green });
    expect(parse(await written(profile.idle.profilesDir)).shop.target).toBe('prod');
    expect(profile.live.containers).toEqual([{ location: live['path'], database: 'shop', schema: null }]);
    expect(profile.idle.containers).toEqual([{ location: green, database: 'shop', schema: null }]);
    expect([profile.live.env, profile.idle.env]).toEqual([{}, {}]);
    expect(profile.attached).toEqual([
      { location: join(project.dir, 'data', 'raw.duckdb'), database: 'raw', schema: null },
    ]);
    expect(profile.live.output['threads']).toBe(4);
  });

  test('the live file is where readers look, in the real folder: the last link is not followed', async () => {
    await using project = await shop('shop: {outputs: {prod: {type: duckdb, path: link/shop.duckdb}}}');
    await mkdir(join(project.dir, 'data'));
    await symlink('data', join(project.dir, 'link'));
    await symlink('elsewhere.duckdb', join(project.dir, 'data', 'shop.duckdb'));
    await using profile = await render(project.dir);
    expect(profile.live.containers[0]?.location).toBe(join(project.dir, 'data', 'shop.duckdb'));
  });

  test('the path may come from the environment', async () => {
    await using project = await shop(`shop: {outputs: {prod: {type: duckdb, path: "{{ env_var('DB') }}"}}}`);
    await using profile = await render(project.dir, { variables: { DB: 'x.duckdb' } });
    expect(profile.live.containers[0]?.location).toBe(join(project.dir, 'x.duckdb'));
  });

  test('another target may be the idle side', async () => {
    await using project = await shop(
      'shop: {outputs: {prod: {type: duckdb, path: a/shop.duckdb}, green: {type: duckdb, path: b/shop.duckdb, threads: 2}}}',
    );
    await using profile = await render(project.dir, { idle: { target: 'green' } });
    expect(profile.idle.target).toBe('prod');
    expect(await output(profile.idle)).toEqual({
      type: 'duckdb',
      path: join(project.dir, 'b', 'shop.duckdb'),
      threads: 2,
    });
  });

  test('the type chooses the rules', async () => {
    await using project = await shop(`shop: {outputs: {prod: {type: "{{ env_var('T', 'duckdb') }}"}}}`);
    const profile = await findProfile({ projectDir: project.dir, cwd: '/', variables: {} });
    expect(typeOf(profile, 'prod', {})).toBe('duckdb');
  });

  test('what makes queries findable is the same on both sides and in every release', async () => {
    await using project = await shop('shop: {outputs: {prod: {type: duckdb, path: shop.duckdb}}}');
    const rules = {
      ...profileRules,
      tag: { key: 'application_name', value: (environment: string) => `lastgreen-${environment}` },
    };
    await using profile = await render(project.dir, { rules });
    expect(await output(profile.live)).toMatchObject({ application_name: 'lastgreen-prod' });
    expect(await output(profile.idle)).toMatchObject({ application_name: 'lastgreen-prod' });
  });
});

describe('targets that cannot have two sides are refused', () => {
  const cases: readonly (readonly [
    what: string,
    output: string,
    idle: IdleSpec | undefined,
    code: string,
    message: string,
  ])[] = [
    ['in memory', '{type: duckdb}', undefined, 'PROFILE_INVALID', 'an in-memory database has no readers'],
    ['in memory, in words', '{type: duckdb, path: ":memory:"}', undefined, 'PROFILE_INVALID', 'an in-memory database'],
    ['MotherDuck', '{type: duckdb, path: "md:shop?motherduck_token=abc"}', undefined, 'PROFILE_INVALID', 'MotherDuck'],
    ['a lake', '{type: duckdb, path: "ducklake:x"}', undefined, 'PROFILE_INVALID', 'ducklake: is no local file'],
    [
      'a server',
      '{type: duckdb, path: x.duckdb, remote: {host: h}}',
      undefined,
      'PROFILE_INVALID',
      '`remote:` is a server',
    ],
    ['a schema', '{type: duckdb, path: x.duckdb}', { schema: 'g' }, 'PROFILE_INVALID', 'not a schema or database'],
    [
      'another file name',
      '{type: duckdb, path: x.duckdb}',
      { path: 'y.duckdb' },
      'PROFILE_INVALID',
      'the same file name',
    ],
    ['the same file', '{type: duckdb, path: x.duckdb}', { path: '{path}' }, 'SIDES_COLLIDE', 'are the same place'],
    ['the same target', '{type: duckdb, path: x.duckdb}', { target: 'prod' }, 'SIDES_COLLIDE', 'are the same place'],
    [
      'no such idle target',
      '{type: duckdb, path: x.duckdb}',
      { target: 'g' },
      'PROFILE_INVALID',
      'no target g; it has prod',
    ],
    [
      'an unset variable',
      `{type: duckdb, path: "{{ env_var('DB') }}"}`,
      undefined,
      'PROFILE_INVALID',
      'target prod: path: the environment variable DB is not set.',
    ],
  ];

  test.each(cases)('%s', async (_, target, idle, code, message) => {
    await using project = await shop(`shop: {outputs: {prod: ${target}}}`);
    const rendered = render(project.dir, idle === undefined ? {} : { idle });
    await expect(rendered).rejects.toMatchObject({ code, exit: 2, message: expect.stringContaining(message) });
    await expect(rendered).rejects.not.toThrow('abc');
    expect(await allFiles(project.dir)).toBe('');
  });

  test('an unset variable is named in what to type next', async () => {
    await using project = await shop(`shop: {outputs: {prod: {type: duckdb, path: "{{ env_var('DB') }}"}}}`);
    await expect(render(project.dir)).rejects.toMatchObject({ next: 'export DB=...' });
  });
});

describe('nothing secret is written', () => {
  const profiles = `
shop:
  outputs:
    prod:
      type: duckdb
      path: shop.duckdb
      password: hunter-1
      pass: "{{ env_var('PW') }}"
      token: "{{ env_var('TOKEN', 'hunter-2') }}"
      private_key_path: keys/k.pem
      keyfile_json: {type: service_account, private_key: "hunter-3\\n"}
      secrets: [{type: s3, region: eu, key_id: hunter-4, secret: hunter-5}]
      settings: {s3_secret_access_key: hunter-6}
      attach: [{path: "postgres:dbname=x password=hunter-7"}, {path: "postgresql://me:hunter-8@host/x"}]
`;

  test('a literal secret becomes a variable that dbt keeps out of its logs; env_var stays, and its value is kept out too', async () => {
    await using project = await shop(profiles);
    await using profile = await render(project.dir, { variables: { PW: 'from-env' } });
    const text = await allFiles(project.dir);
    expect(text).not.toMatch(/hunter|from-env/);
    const live = await output(profile.live);
    expect(live['pass']).toBe("{{ env_var('PW') }}");
    expect(live['private_key_path']).toBe('keys/k.pem');
    expect(live['secrets']).toMatchObject([{ type: 's3', region: 'eu' }]);
    const values = Object.entries(profile.live.env).filter(([name]) => name.startsWith('DBT_ENV_SECRET_LASTGREEN_'));
    expect(values.map(([, value]) => value)).toEqual(
      expect.arrayContaining(['hunter-1', 'hunter-2', 'hunter-3\n', 'from-env']),
    );
    const name = /env_var\('(\w+)'\)/.exec(String(live['password']))?.[1] ?? '';
    expect(profile.live.env[name]).toBe('hunter-1');
    expect(await output(profile.idle)).toMatchObject({ password: live['password'] });
    expect(profile.live.output['password']).toBe('hunter-1');
    expect(profile.secrets).toEqual(expect.arrayContaining(['hunter-1', 'from-env']));
  });

  test('several idle sides get one each, and a limit of what a query of dbt may read where the target has none', async () => {
    await using project = await shop(`
shop:
  outputs:
    prod: {type: bigquery, method: oauth, project: shop, dataset: analytics, threads: 2}
`);
    await using profile = await render(project.dir, { rules: slotRules, mostRead: 20_000_000 });
    const idle = [profile.idle, ...profile.others];
    expect(idle.map(({ containers }) => containers[0]?.location)).toEqual(
      ['blue', 'green', 'grey'].map((slot) => `analytics__${slot}`),
    );
    for (const side of idle)
      expect(await output(side)).toMatchObject({
        dataset: side.containers[0]?.location,
        maximum_bytes_billed: 20_000_000,
      });
    expect(profile.live.output).not.toHaveProperty('maximum_bytes_billed');
    await using least = await render(project.dir, { rules: slotRules, mostRead: 1000 });
    expect(await output(least.idle), 'no query costs less').toMatchObject({ maximum_bytes_billed: 10_485_760 });
    expect(new Set(idle.map(({ profilesDir }) => profilesDir)).size).toBe(3);
    await using own = await shop(`
shop:
  outputs:
    prod: {type: bigquery, method: oauth, project: shop, dataset: analytics, maximum_bytes_billed: 5}
`);
    await using kept = await render(own.dir, { rules: slotRules, mostRead: 1000 });
    expect(await output(kept.idle)).toMatchObject({ maximum_bytes_billed: 5 });
  });

  test('only this user may read it, and it is gone afterwards', async () => {
    await using project = await shop(profiles);
    {
      await using profile = await render(project.dir, { variables: { PW: 'x' } });
      expect((await stat(profile.live.profilesDir)).mode & 0o777).toBe(0o700);
      expect((await stat(join(profile.live.profilesDir, 'profiles.yml'))).mode & 0o777).toBe(0o600);
    }
    expect(await allFiles(project.dir)).toBe('');
  });

  test('what a killed command left is removed by the next; what a living one uses stays', async () => {
    await using project = await shop(profiles);
    const variables = { PW: 'x' };
    const dead = await render(project.dir, { variables, owner: owner(1) });
    const alive = await render(project.dir, { variables, owner: owner(2) });
    await using mine = await render(project.dir, { variables, owner: owner(3, [1]) });
    await expect(stat(dead.live.profilesDir)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await written(alive.live.profilesDir)).toContain('shop');
    expect(await written(mine.live.profilesDir)).toContain('shop');
  });

  test('a folder that others may enter is not used', async () => {
    await using project = await shop(profiles);
    const name = `lastgreen-${process.getuid?.() ?? -1}`;
    await mkdir(join(project.dir, name));
    await writeFile(join(project.dir, name, 'x'), '');
    const rendered = render(project.dir, { variables: { PW: 'x' } });
    await expect(rendered).rejects.toMatchObject({
      code: 'PROFILE_INVALID',
      message: expect.stringContaining('not private to you'),
    });
  });
});
