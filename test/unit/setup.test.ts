import { execFile, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sum, talliesOf, tallyOf } from '../../scripts/tally.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lastgreen-setup-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a machine on which something is missing', () => {
  /** Runs the set-up of one part in a bare checkout, with nothing on PATH but what the test put there. */
  const setUp = (part: string) => {
    for (const path of ['scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'test/python'])
      cpSync(join(root, path), join(folder, path), { recursive: true });
    const script = `import { orSay, setUp } from './scripts/setup.mjs'; await orSay(() => setUp([${JSON.stringify(part)}]));`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
      env: { PATH: join(folder, 'bin') },
      encoding: 'utf8',
    });
    return { status, stderr };
  };

  const onPath = (name: string, text: string) => {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  };

  test('is told that there is no git', () => {
    expect(setUp('dbt')).toEqual({ status: 1, stderr: 'set-up: git is needed, and is not on PATH.\n' });
  });

  test('is told that there is no npm', () => {
    expect(setUp('packages')).toEqual({
      status: 1,
      stderr: 'set-up: npm is needed to install the packages, and is not on PATH.\n',
    });
  });

  test('is told that npm failed, with what npm said', () => {
    onPath('npm', 'echo "npm error network getaddrinfo ENOTFOUND"; exit 1');
    const { status, stderr } = setUp('packages');
    expect(stderr).toBe(
      'set-up: npm could not install the packages; is the package registry reachable?\n' +
        'npm error network getaddrinfo ENOTFOUND\n',
    );
    expect(status).toBe(1);
  });

  test.each([
    ['there is no python3 on PATH', null],
    ['python3 is 3.9', 'echo /usr/bin/python3 3 9'],
    ['python3 3.12 has no pip', 'echo /usr/bin/python3 3 12; exit 1'],
  ])('is told that %s', (instead, python) => {
    onPath('git', 'exit 0');
    if (python !== null) onPath('python3', python);
    expect(setUp('dbt')).toEqual({
      status: 1,
      stderr: `set-up: Python 3.11 or later with pip is needed to install dbt, and ${instead}.\n`,
    });
  });

  test('can try again after a set-up that failed', () => {
    setUp('packages');
    expect(existsSync(join(folder, '.tools', 'setup.lock'))).toBe(false);
  });
});

describe('two set-ups of one checkout', () => {
  const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  const worker = `
    import { appendFileSync } from 'node:fs';
    import { setImmediate } from 'node:timers/promises';
    import { alone } from ${JSON.stringify(join(root, 'scripts/setup/lock.mjs'))};
    const [log, lock] = process.argv.slice(1);
    await alone(async () => {
      appendFileSync(log, 'begin\\n');
      for (let turn = 0; turn < 100; turn += 1) await setImmediate();
      appendFileSync(log, 'end\\n');
    }, lock);`;
  const files = ['log', join('tools', 'setup.lock')];
  const work = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', worker, '--', ...files], { cwd: folder });

  test('work one after the other', async () => {
    await Promise.all([work(), work(), work(), work()]);
    expect(log()).toEqual(Array.from({ length: 4 }, () => ['begin', 'end']).flat());
  });

  test('are not stopped by the lock of one that died', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    mkdirSync(join(folder, 'tools', 'setup.lock'), { recursive: true });
    writeFileSync(join(folder, 'tools', 'setup.lock', 'pid'), String(pid));
    await Promise.all([work(), work(), work()]);
    expect(log()).toEqual(Array.from({ length: 3 }, () => ['begin', 'end']).flat());
  });
});

describe('the count of tests', () => {
  const report = (text: string) => {
    writeFileSync(join(folder, 'unit.json'), text);
    return join(folder, 'unit.json');
  };
  const lane = { numPassedTests: 4, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults: [] };

  test('is what the report of the lane says', () => {
    expect(tallyOf(report(JSON.stringify(lane)), 0)).toEqual({ passed: 4, failed: 0, skipped: 1 });
  });

  test('has a failure when the tests did not start', () => {
    expect(tallyOf(join(folder, 'none.json'), 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('has a failure for a file that does not load', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(tallyOf(report(JSON.stringify({ ...lane, testResults })), 1).failed).toBe(1);
  });

  test('has a failure when all tests passed and the run did not', () => {
    expect(tallyOf(report(JSON.stringify(lane)), 1).failed).toBe(1);
  });

  describe('of a run of several lanes', () => {
    const file = (lane: string, ...statuses: readonly string[]) => ({
      name: `/checkout/test/${lane}/some.test.ts`,
      status: statuses.includes('passed') && !statuses.includes('failed') ? 'passed' : 'failed',
      startTime: 1000,
      endTime: 3500,
      assertionResults: statuses.map((status) => ({ status })),
    });
    const folders = { unit: '/checkout/test/unit', model: '/checkout/test/model' };
    const counted = (code: number, ...testResults: readonly ReturnType<typeof file>[]) => {
      const failures = testResults.flatMap((one) => one.assertionResults).filter(({ status }) => status === 'failed');
      const numFailedTests = failures.length;
      return talliesOf(report(JSON.stringify({ ...lane, numFailedTests, testResults })), code, folders);
    };

    test('is each one by its own', () => {
      expect(
        counted(
          1,
          file('unit', 'passed', 'passed'),
          file('unit', 'passed', 'skipped'),
          file('model', 'passed', 'failed'),
        ),
      ).toEqual([
        { name: 'unit', tally: { passed: 3, failed: 0, skipped: 1 }, seconds: 5 },
        { name: 'model', tally: { passed: 1, failed: 1, skipped: 0 }, seconds: 2.5 },
      ]);
    });

    test('has a failure for a file that does not load, and for a lane of which nothing ran', () => {
      expect(counted(1, file('unit', 'passed'), file('unit')).map(({ tally }) => tally.failed)).toEqual([1, 1]);
    });

    test('has a failure for what went wrong outside of all tests', () => {
      expect(counted(1, file('unit', 'passed'), file('model', 'passed')).at(-1)).toMatchObject({
        name: 'elsewhere',
        tally: { failed: 1 },
      });
    });
  });

  test('has a failure when nothing ran at all', () => {
    expect(sum([{ passed: 0, failed: 0, skipped: 3 }])).toEqual({ passed: 0, failed: 1, skipped: 3 });
  });
});

describe('.ci/run', () => {
  /** Runs it in a checkout whose `npm test` is the given shell text; gives its last line. */
  const ci = (npm: string) => {
    cpSync(join(root, '.ci'), join(folder, '.ci'), { recursive: true });
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin', 'npm'), `#!/bin/sh\n${npm}\n`);
    chmodSync(join(folder, 'bin', 'npm'), 0o755);
    const path = [join(folder, 'bin'), '/usr/bin', '/bin'].join(':');
    const { status, stdout } = spawnSync('bash', [join(folder, '.ci', 'run')], {
      env: { PATH: path },
      encoding: 'utf8',
    });
    return { status, last: stdout.trim().split('\n').at(-1) };
  };
  const counted = (line: string) => `mkdir -p .reports; echo '${line}' > .reports/tally; echo 'and so on'`;

  test('ends with the count of the tests, and says whether all is well', () => {
    expect(ci(counted('7 passed, 0 failed'))).toEqual({ status: 0, last: '7 passed, 0 failed' });
  });

  test('ends with the count of the tests when some failed', () => {
    expect(ci(`${counted('6 passed, 1 failed')}; exit 1`)).toEqual({ status: 1, last: '6 passed, 1 failed' });
  });

  test('counts a failure when no test could be started', () => {
    expect(ci('echo "npm error"; exit 1')).toEqual({ status: 1, last: '0 passed, 1 failed' });
  });

  test('counts a failure when nothing was counted', () => {
    expect(ci('exit 0')).toEqual({ status: 1, last: '0 passed, 1 failed' });
  });
});
