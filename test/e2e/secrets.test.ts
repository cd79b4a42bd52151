import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { Ended } from '../story/command.ts';
import { noBarrier, putBarrier, stopAt } from './barrier.ts';
import { makeProject, type Project } from './project.ts';

// dbt starts a dozen times, and other tests run beside it.
const patience = 600_000;
const secret = 'Tr0ub4dor-and-3-horses';
const variable = 'SMALL_PASSWORD';

/** DuckDB takes a password for the sake of other databases' clients, and gives it back when it is asked. */
const profiles = (password: string): string =>
  `small:\n  target: prod\n  outputs:\n    prod:\n      type: duckdb\n      path: warehouse/small.duckdb\n      schema: analytics\n      threads: 1\n      settings: {password: ${password}}\n`;

/** A text as it stands in a file, and whatever is packed in it. */
function unpacked(content: Buffer): string {
  const plain = content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content;
  const text = plain.toString('latin1');
  // gzip in base64 begins like this.
  const packed = [...text.matchAll(/H4sI[\w+/]+=*/g)].map(([found]) => gunzipSync(Buffer.from(found, 'base64')));
  return [text, ...packed.map((part) => part.toString('latin1'))].join('\n');
}

/** Files that hold the secret: where users wrote it themselves is their own business. */
async function leaks({ folder, dir }: Project): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = files.filter((path) => path !== join(dir, 'profiles.yml') && !path.startsWith(join(dir, '.git', '')));
  expect(own.length).toBeGreaterThan(20);
  const found = await Promise.all(own.map(async (path) => unpacked(await readFile(path)).includes(secret)));
  return own.filter((_, index) => found[index]).map((path) => relative(folder, path));
}

let project: Project;
afterEach(() => project[Symbol.asyncDispose](), patience);

const ways: readonly (readonly [way: string, password: string])[] = [
  ['in clear', secret],
  ['by env_var', `"{{ env_var('${variable}') }}"`],
];

describe('a password in profiles.yml', { timeout: patience }, () => {
  test.for(ways)('%s is in nothing that lastgreen prints or leaves behind', async ([, password]) => {
    project = await makeProject({
      env: { [variable]: secret },
      files: (folder) => ({
        'profiles.yml': profiles(password),
        'models/numbers.sql': 'select 1 as id\n',
        'models/stops.sql': `select count(*) as n from (${stopAt(join(folder, 'stop'))})\n`,
      }),
    });
    const stop = join(project.folder, 'stop');
    await noBarrier(stop);
    const printed: Ended[] = [];
    const run = async (exit: number, ...args: readonly string[]): Promise<void> => {
      const ended = await project.lastgreen(...args);
      printed.push(ended);
      expect({ args, ...ended }).toMatchObject({ args, exit });
    };

    await run(0, 'init', '--yes', '--force');
    await project.commit('Release with lastgreen', {});
    await run(0, 'plan', '--out', 'plan.json', '--log-level', 'debug');
    await run(0, 'deploy', '--plan', 'plan.json', '--log-level', 'debug');

    await project.commit('Fail with the password in the message', {
      'models/numbers.sql': "select error('nobody logs in with ' || current_setting('password')) as id\n",
    });
    await run(5, 'deploy', '--log-level', 'debug');
    await run(5, 'deploy', '--json');
    await run(0, 'show');
    expect(printed.at(-1)?.stdout).toContain('nobody logs in with');

    await project.commit('Do not fail', { 'models/numbers.sql': 'select 2 as id\n' });
    const barrier = await putBarrier(stop);
    const killed = project.start('deploy', '--select', 'stops');
    await barrier.reached(killed);
    killed.kill('SIGKILL');
    printed.push(await killed.ended);
    expect(await leaks(project)).toEqual([]);
    await barrier.lift();

    await run(0, 'deploy');
    await run(0, 'rollback');
    await run(0, 'history', '--json');
    await run(0, 'status', '--json');
    expect(printed.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain(secret);
    expect(await leaks(project)).toEqual([]);
    // What was looked for can be found.
    await project.commit('Leave it lying about', { 'notes.txt': `the password is ${secret}\n` });
    expect(await leaks(project)).toEqual(['small/notes.txt']);
  });
});
