import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withCommon } from '../../../src/cli/context.ts';
import { failure } from '../../../src/cli/render/failure.ts';
import { verbNames } from '../../../src/cli/verbs.ts';
import { lastgreen } from './outside.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...argv: string[]) => lastgreen(argv, folder);

describe('help', () => {
  test('names every verb and every exit status', async () => {
    const { exit, stdout } = await run('--help');
    expect(exit).toBe(0);
    for (const name of verbNames) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    for (const status of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130])
      expect(stdout).toMatch(new RegExp(`\\b${status} {2}`));
  });

  test.each(verbNames)('%s shows examples that it understands itself', async (name) => {
    const { exit, stdout } = await run(name, '--help');
    expect(exit).toBe(0);
    expect(stdout).toContain('--env <name>');
    const examples = [...stdout.matchAll(/^ {2}\$ lastgreen (.*?) +# /gm)].map((match) => match[1] ?? '');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const words = [...example.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
      expect(words[0]).toBe(name);
      // In an empty folder whatever was understood goes on to miss its project.
      const { exit: status, stdout: result, stderr } = await run(...words);
      const missesItsProject = /There is no (lastgreen\.yml|dbt_project\.yml)/.test(result + stderr);
      expect(status === 0 || missesItsProject).toBe(true);
    }
  });

  test('without a verb it is shown, and nothing was done', async () => {
    const { exit, stdout, stderr } = await run();
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain('Usage: lastgreen');
  });

  test('the version is that of the package', async () => {
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('what cannot be meant exits 2, with what was probably meant', () => {
  test.each([
    [['stats'], "Unknown command 'stats'. Did you mean status?\nNext: lastgreen --help\n"],
    [['status', '--jsn'], "Unknown option '--jsn'. Did you mean --json?\nNext: lastgreen status --help\n"],
    [['promote', 'latest'], 'latest is no release; write it as r42.\nNext: lastgreen promote --help\n'],
    [['promote', 'r1', 'r2'], 'Next: lastgreen promote --help\n'],
    [['promote', '--accept', 'x'], '--accept needs a --reason: it stays in history.\nNext: '],
    [['hold'], '--reason is missing: it stays in history.\nNext: lastgreen hold --help\n'],
    [['rollback', '--at', 'noon'], 'noon is no time; write it as 2026-11-21T10:15:00.\n'],
    [['rollback', '--to', 'r1', '--at', '2026-11-21'], '--to and --at ask for two places.\n'],
    [['rollback', '--strategy', 'magic'], '--strategy must be swap, rebuild or time-travel.\n'],
    [['rollback', '--without-store', '--dry-run'], '--without-store can only swap back'],
    [['history', '--limit', 'all'], '--limit must be a whole number.\n'],
    [['status', '--log-level', 'loud'], 'Allowed choices are debug, info, warn, error, silent.'],
    [['runbook', 'lease'], 'There is no runbook lease.'],
    [['status'], 'There is no lastgreen.yml.\nNext: lastgreen init\n'],
  ])('%j', async (argv, message) => {
    const { exit, stdout, stderr } = await run(...argv);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('where JSON is asked for, a failure is a document on stdout', async () => {
    const { exit, stdout, stderr } = await run('status', '--json');
    expect(failure.parse(JSON.parse(stdout))).toMatchObject({
      exit: 2,
      error: { code: 'CONFIG_MISSING', next: 'lastgreen init', runbook: null },
      live: null,
    });
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: '' });
    expect(JSON.parse((await run('stats', '--json')).stdout)).toMatchObject({ error: { code: 'USAGE' } });
  });

  test('a broken file is named with line and column, as typed from here', async () => {
    await writeFile(join(folder, 'other.yml'), 'version: 1\nenvironment: {}\n');
    const { exit, stderr } = await run('status', '--config', 'other.yml');
    expect(exit).toBe(2);
    expect(stderr).toContain('other.yml:2:1: environment: is not a key here. Did you mean environments?');
    expect(stderr).toContain('Next: correct other.yml');
  });
});

describe('the next command can be typed as it stands', () => {
  test.each([
    ['lastgreen promote r42', 'lastgreen promote r42 --env eu'],
    ['lastgreen refresh -- --select x', 'lastgreen refresh --env eu -- --select x'],
    [
      'lastgreen rollback, or `lastgreen promote --watch` to ask again',
      'lastgreen rollback --env eu, or `lastgreen promote --watch` to ask again',
    ],
    ['git fetch --all', 'git fetch --all'],
  ])('%s', (command, typed) => {
    expect(withCommon(command, { env: 'eu', config: undefined })).toBe(typed);
  });

  test('a path with spaces is quoted', () => {
    expect(withCommon('lastgreen status', { env: undefined, config: 'my config.yml' })).toBe(
      "lastgreen status --config 'my config.yml'",
    );
  });
});
