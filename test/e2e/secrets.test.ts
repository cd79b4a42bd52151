import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { Ended } from '../story/command.ts';
import { noBarrier, putBarrier, stopAt } from './barrier.ts';
import { makeProject, type Project } from './project.ts';

// dbt starts a dozen times, and other tests run beside it.
const patience = 600_000;
const [inClear, byVariable] = ['Tr0ub4dor-and-3-horses', 'c0rrect-h0rse-battery-staple'];
const variable = 'SMALL_PASSWORD';

/** DuckDB takes passwords for the sake of other programs, and gives them back when it is asked. */
const profiles = `small:
  target: prod
  outputs:
    prod:
      type: duckdb
      path: warehouse/small.duckdb
      schema: analytics
      threads: 1
      settings:
        password: ${inClear}
        http_proxy_password: "{{ env_var('${variable}') }}"
`;

/** A text as it stands in a file, and whatever is packed in it. */
function unpacked(content: Buffer): string {
  const plain = content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content;
  const text = plain.toString('latin1');
  // gzip in base64 begins like this.
  const packed = [...text.matchAll(/H4sI[\w+/]+=*/g)].map(([found]) => gunzipSync(Buffer.from(found, 'base64')));
  return [text, ...packed.map((part) => part.toString('latin1'))].join('\n');
}

const tells = (text: string): boolean => text.includes(inClear) || text.includes(byVariable);

/** Files that hold a password: where users wrote it themselves is their own business. */
async function leaks({ folder, dir }: Project): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = files.filter((path) => path !== join(dir, 'profiles.yml') && !path.startsWith(join(dir, '.git', '')));
  expect(own.length).toBeGreaterThan(20);
  const found = await Promise.all(own.map(async (path) => tells(unpacked(await readFile(path)))));
  return own.filter((_, index) => found[index]).map((path) => relative(folder, path));
}

let project: Project;
afterEach(() => project[Symbol.asyncDispose](), patience);

describe('passwords in profiles.yml', { timeout: patience }, () => {
  test('in clear and by env_var, are in nothing that lastgreen prints or leaves behind', async () => {
    project = await makeProject({
      env: { [variable]: byVariable },
      files: (folder) => ({
        'profiles.yml': profiles,
        'models/numbers.sql': 'select 1 as id\n',
        'models/stops.sql': `select id, (select count(*) from (${stopAt(join(folder, 'stop'))})) as n from {{ ref('numbers') }}\n`,
      }),
    });
    const stop = join(project.folder, 'stop');
    await noBarrier(stop);
    const saved = join(project.folder, 'plan.json');
    const printed: Ended[] = [];
    const run = async (exit: number, ...args: readonly string[]): Promise<void> => {
      const ended = await project.lastgreen(...args);
      printed.push(ended);
      expect({ args, ...ended }).toMatchObject({ args, exit });
    };

    await run(0, 'init', '--yes', '--force');
    await project.commit('Release with lastgreen', {});
    const plan = async (): Promise<void> => run(0, 'plan', '--out', saved, '--log-level', 'debug');
    await plan();
    await run(0, 'deploy', '--plan', saved, '--log-level', 'debug');

    const said = "current_setting('password') || ' nor with ' || current_setting('http_proxy_password')";
    await project.commit('Fail with the passwords in the message', {
      'models/numbers.sql': `select error('nobody logs in with ' || ${said}) as id\n`,
    });
    await plan();
    await run(5, 'deploy', '--plan', saved, '--log-level', 'debug');
    expect(printed.at(-1)?.stderr).toContain('nobody logs in with ***** nor with *****');
    await run(5, 'deploy', '--plan', saved, '--json');
    await run(0, 'show');
    expect(printed.at(-1)?.stdout).toContain('nobody logs in with ***** nor with *****');

    await project.commit('Do not fail', { 'models/numbers.sql': 'select 2 as id\n' });
    await plan();
    const barrier = await putBarrier(stop);
    const killed = project.start('deploy', '--plan', saved);
    await barrier.reached(killed);
    killed.kill('SIGKILL');
    printed.push(await killed.ended);
    // Interrupted, dbt logs the connection whose query it cancels.
    await expect.poll(project.dbt, { timeout: 60_000, interval: 200 }).toEqual([]);
    expect(await leaks(project)).toEqual([]);
    await barrier.lift();

    await run(0, 'resume');
    await run(0, 'rollback');
    await run(0, 'history', '--json');
    await run(0, 'status', '--json');
    expect(tells(printed.map(({ stdout, stderr }) => stdout + stderr).join(''))).toBe(false);
    expect(await leaks(project)).toEqual([]);
    // What was looked for can be found.
    await project.commit('Leave them lying about', {
      'clear.txt': `It is ${inClear}.\n`,
      'var.txt': `It is ${byVariable}.\n`,
    });
    expect((await leaks(project)).toSorted()).toEqual(['small/clear.txt', 'small/var.txt']);
  });
});
