import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findExecutable } from '../../../src/dbt/executable.ts';
import { type InputFacts, readInputs } from '../../../src/dbt/inputs.ts';
import { readRecorded } from '../../../src/dbt/read.ts';
import type { Inputs } from '../../../src/domain/manifest.ts';
import { recorded } from './fixture.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lastgreen-dbt-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

describe('finding dbt', () => {
  const install = async (core: string, where = 'env'): Promise<string> => {
    await mkdir(join(root, where, `lib/python3.12/site-packages/dbt_core-${core}.dist-info`), { recursive: true });
    await mkdir(join(root, where, 'lib/python3.12/site-packages/dbt_postgres-1.9.1.dist-info'), { recursive: true });
    const file = await write(`${where}/bin/dbt`, '#!/bin/false\n');
    await chmod(file, 0o755);
    return file;
  };

  test('tells the versions beside the executable without running it', async () => {
    const path = await install('1.11.16');
    expect(await findExecutable(path, 'postgres')).toEqual({
      path,
      versions: { core: '1.11.16', adapter: 'postgres 1.9.1' },
    });
  });

  test.each(['#!PYTHON\n', "#!/bin/sh\n'''exec' PYTHON \"$0\" \"$@\"\n' '''\n"])(
    'follows the script %j to its python',
    async (head) => {
      await install('1.10.2', 'elsewhere');
      const path = await write('bin/dbt', head.replace('PYTHON', join(root, 'elsewhere/bin/python3')));
      await chmod(path, 0o755);
      expect((await findExecutable(path, 'postgres')).versions?.core).toBe('1.10.2');
    },
  );

  test('refuses a version before 1.10, and what is not there or not executable', async () => {
    await expect(findExecutable(await install('1.9.8'), 'postgres')).rejects.toMatchObject({
      code: 'DBT_TOO_OLD',
      exit: 2,
      next: "pip install 'dbt-core>=1.10'",
    });
    await expect(findExecutable(join(root, 'none'), 'postgres')).rejects.toMatchObject({ code: 'DBT_MISSING' });
    await expect(findExecutable(await write('plain', ''), 'postgres')).rejects.toMatchObject({ code: 'DBT_MISSING' });
  });

  test('does not know the versions of a wrapper', async () => {
    const path = await write('wrapper/dbt', '#!/usr/bin/env bash\nexec dbt "$@"\n');
    await chmod(path, 0o755);
    expect((await findExecutable(path, 'postgres')).versions).toBeNull();
  });
});

describe('what a build reads beside the commit', () => {
  const inputs = (o: Partial<InputFacts> = {}): Promise<Inputs> =>
    readInputs({
      dir: root,
      manifest: readRecorded(
        recorded('manifest.json'),
        { live: (relation) => relation, idle: (relation) => relation },
        null,
      ),
      key: 'a2V5',
      vars: {},
      env: { TINY_TOKEN: 'hunter22' },
      versions: { core: '1.11.16', adapter: 'duckdb 1.11.1' },
      ...o,
    });

  test('is what code and YAML name, by hashes that tell no value', async () => {
    await write('dbt_project.yml', 'vars: {last_words: null}\nseeds: {+schema: "{{ env_var(\'SEED_SCHEMA\') }}"}\n');
    await write('models/a.yml', 'models: [{name: a, config: {enabled: "{{ var(\'a_enabled\', true) }}"}}]\n');
    await write('profiles.yml', 'password: "{{ env_var(\'PGPASSWORD\') }}"\n');
    const read = await inputs();
    expect(Object.keys(read.vars)).toEqual(['a_enabled', 'last_words', 'region']);
    expect(Object.keys(read.env)).toEqual(['SEED_SCHEMA', 'TINY_RATE', 'TINY_TOKEN']);
    expect(read).toMatchObject({ packages: null, dbt: '1.11.16', adapter: 'duckdb 1.11.1' });
    expect(JSON.stringify(read)).not.toContain('hunter22');
    expect((await inputs({ key: 'b3RoZXI=' })).env['TINY_TOKEN']).not.toBe(read.env['TINY_TOKEN']);
  });

  test('changes with the value a variable gets from the project, from a package scope or from the build', async () => {
    const seen = new Set<string | undefined>();
    for (const vars of ['{}', '{region: eu}', '{region: us}', '{tiny: {region: eu}}']) {
      await write('dbt_project.yml', `vars: ${vars}\n`);
      seen.add((await inputs()).vars['region']);
    }
    const given = await inputs({ vars: { region: 'us' } });
    seen.add(given.vars['region']);
    expect(seen.size).toBe(5);
    await write('dbt_project.yml', 'vars: {region: anything}\n');
    expect((await inputs({ vars: { region: 'us' } })).vars['region']).toBe(given.vars['region']);
  });

  test('changes with the environment, and tells unset from empty', async () => {
    const hashes = await Promise.all([{}, { TINY_RATE: '' }, { TINY_RATE: '2' }].map((env) => inputs({ env })));
    expect(new Set(hashes.map((one) => one.env['TINY_RATE'])).size).toBe(3);
  });

  test('changes with the package lock, or with packages.yml where there is none', async () => {
    await write('packages.yml', 'packages: []');
    const unlocked = (await inputs()).packages;
    await write('package-lock.yml', 'packages: []  # locked');
    const locked = (await inputs()).packages;
    expect(locked).not.toBe(unlocked);
    await write('packages.yml', 'packages: [other]');
    expect((await inputs()).packages).toBe(locked);
  });
});
