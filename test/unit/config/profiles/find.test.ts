import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProfile, outputOf } from '../../../../src/config/profiles/find.ts';
import { shop } from './project.ts';

const profile = (path: string) =>
  `shop: {target: dev, outputs: {dev: {type: duckdb, path: ${path}}, prod: {type: duckdb, path: p}}}\n`;

describe('profiles.yml is found as dbt finds it', () => {
  test('DBT_PROFILES_DIR goes before the project, the project before ~/.dbt', async () => {
    await using project = await shop(profile('project'));
    const home = join(project.dir, 'home');
    await mkdir(join(home, '.dbt'), { recursive: true });
    await writeFile(join(home, '.dbt', 'profiles.yml'), profile('home'));
    await mkdir(join(project.dir, 'asked'));
    await writeFile(join(project.dir, 'asked', 'profiles.yml'), profile('asked'));
    const path = async (projectDir: string, variables: Record<string, string>) =>
      outputOf(await findProfile({ projectDir, cwd: project.dir, variables: { HOME: home, ...variables } }), 'dev')[
        'path'
      ];
    const bare = join(project.dir, 'bare');
    await mkdir(bare);
    await writeFile(join(bare, 'dbt_project.yml'), 'profile: shop\n');
    expect(await path(project.dir, { DBT_PROFILES_DIR: 'asked' })).toBe('asked');
    expect(await path(project.dir, {})).toBe('project');
    expect(await path(bare, {})).toBe('home');
  });

  test('targets may have parts in common by an anchor', async () => {
    await using project = await shop(`shop:
  target: prod
  outputs:
    prod: &prod {type: duckdb, path: p, threads: 3}
    dev: {<<: *prod, path: d}
`);
    const found = await findProfile({ projectDir: project.dir, cwd: '/', variables: {} });
    expect(outputOf(found, 'dev')).toMatchObject({ type: 'duckdb', path: 'd', threads: 3 });
  });

  test('the name of the profile may come from the environment', async () => {
    await using project = await shop(profile('x'));
    await writeFile(join(project.dir, 'dbt_project.yml'), `profile: "{{ env_var('P') }}"\n`);
    const found = findProfile({ projectDir: project.dir, cwd: '/', variables: { P: 'shop' } });
    await expect(found).resolves.toMatchObject({ name: 'shop', defaultTarget: 'dev' });
    await expect(findProfile({ projectDir: project.dir, cwd: '/', variables: {} })).rejects.toThrow(
      'profile: the environment variable P is not set',
    );
  });
});

describe('what is wrong with it is said', () => {
  const cases: readonly (readonly [what: string, profiles: string, message: string])[] = [
    [
      'no such profile',
      'shp: {outputs: {}}',
      'there is no profile shop, which dbt_project.yml asks for. Did you mean shp?',
    ],
    ['no outputs', 'shop: {target: dev}', 'profiles.yml:1:1: shop.outputs: is missing'],
    ['a target without type', 'shop: {outputs: {dev: {path: x}}}', 'shop.outputs.dev.type: is missing'],
    ['no YAML', 'shop: {', 'profiles.yml:1:8: '],
    ['a text', 'shop', 'must be a mapping'],
  ];

  test.each(cases)('%s', async (_, profiles, message) => {
    await using project = await shop(profiles);
    const found = findProfile({ projectDir: project.dir, cwd: '/', variables: {} });
    await expect(found).rejects.toMatchObject({
      code: 'PROFILE_INVALID',
      exit: 2,
      message: expect.stringContaining(message),
    });
  });

  test('a missing target is told which there are', async () => {
    await using project = await shop(profile('x'));
    const found = await findProfile({ projectDir: project.dir, cwd: '/', variables: {} });
    expect(() => outputOf(found, 'prd')).toThrow('the profile shop has no target prd; it has dev, prod.');
  });

  test('a project that names no profile', async () => {
    await using project = await shop(profile('x'));
    await writeFile(join(project.dir, 'dbt_project.yml'), 'name: shop\n');
    await expect(findProfile({ projectDir: project.dir, cwd: '/', variables: {} })).rejects.toThrow(
      'it names no profile',
    );
  });

  test('no profiles.yml anywhere: where it was looked for', async () => {
    await using project = await shop('');
    const found = findProfile({ projectDir: project.dir, cwd: project.dir, variables: { DBT_PROFILES_DIR: 'none' } });
    await expect(found).rejects.toThrow(`there is none in ${join(project.dir, 'none')}.`);
  });
});
