// Sets up what is missing, then runs one of: test, test:<lane>, check, or a program of lanes.mjs; on a current Node.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { checks, lanes, programs } from './lanes.mjs';
import { capture, SetupError } from './setup/child.mjs';
import { currentNode, toolEnv } from './setup/node.mjs';
import { at } from './setup/places.mjs';
import { orSay, setUp } from './setup.mjs';
import { sum, talliesOf } from './tally.mjs';

/** @typedef {{ name: string, seconds: number, says: string, tally: import('./tally.mjs').Tally }} Result */

const env = () => toolEnv(currentNode() ?? process.execPath);

/**
 * Runs a program in front of the user. An interrupt reaches it too, and it decides how to end.
 * @param {readonly string[]} command
 * @returns {Promise<number>}
 */
const show = ([program = 'node', ...args]) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: at(), env: env(), stdio: 'inherit' });
    const wait = () => undefined;
    process.on('SIGINT', wait);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.removeListener('SIGINT', wait);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });

/** @param {number} started */
const secondsSince = (started) => (performance.now() - started) / 1000;

/**
 * One static check; its output is shown only when it failed.
 * @param {string} name
 * @param {readonly string[]} command
 * @returns {Promise<Result>}
 */
const check = async (name, [program = 'node', ...args]) => {
  const started = performance.now();
  const { code, output } = await capture(program, args, { cwd: at(), env: env() });
  if (code !== 0) process.stdout.write(`\n${name} failed:\n${output.trimEnd()}\n`);
  const tally = { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  return { name, seconds: secondsSince(started), says: code === 0 ? 'ok' : 'FAILED', tally };
};

/** @returns {Promise<Result[]>} */
const allChecks = () => Promise.all(Object.entries(checks).map(([name, command]) => check(name, command)));

/** @returns {Promise<Result>} whether the sources compile to dist */
const build = async () => {
  const started = performance.now();
  let failed = 0;
  try {
    await setUp(['dist']);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stdout.write(`\nbuild failed:\n${error.message}\n`);
    failed = 1;
  }
  const tally = { passed: 0, failed, skipped: 0 };
  return { name: 'build', seconds: secondsSince(started), says: failed === 0 ? 'ok' : 'FAILED', tally };
};

/**
 * Lanes of tests in one run, so that no worker waits for the end of a lane.
 * @param {readonly string[]} names
 * @param {readonly string[]} [args] for vitest
 * @returns {Promise<{ code: number, results: Result[] }>} of each lane the seconds that its files took one by one
 */
const runLanes = async (names, args = []) => {
  const started = performance.now();
  const report = at('.reports', 'tests.json');
  mkdirSync(at('.reports'), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await show(['vitest', 'run', ...names.flatMap((name) => ['--project', name]), ...reporters, ...args]);
  const folders = Object.fromEntries(names.map((name) => [name, at('test', name)]));
  const results = talliesOf(report, code, folders).map(({ name, tally, seconds }) => {
    const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
    return { name: `test:${name}`, seconds, says: `${tally.passed} passed, ${tally.failed} failed${skipped}`, tally };
  });
  const none = { passed: 0, failed: 0, skipped: 0 };
  return {
    code,
    results: [...results, { name: 'tests', seconds: secondsSince(started), says: 'at once', tally: none }],
  };
};

/**
 * Says how each went.
 * @param {readonly Result[]} results
 * @returns {string} the line that counts them together
 */
const conclude = (results) => {
  const all = sum(results.map((result) => result.tally));
  const rows = results.map(({ name, seconds, says, tally }) => {
    const sign = tally.failed === 0 ? '  ' : '✗ ';
    return `${sign}${name.padEnd(17)} ${says.padEnd(30)} ${seconds.toFixed(1).padStart(6)} s`;
  });
  process.stdout.write(`\n${rows.join('\n')}\n`);
  process.exitCode = all.failed === 0 ? 0 : 1;
  return `${all.passed} passed, ${all.failed} failed`;
};

const test = async () => {
  rmSync(at('.reports'), { recursive: true, force: true });
  await setUp(['packages', 'dbt', 'snowflake', 'bigquery']);
  const before = [...(await allChecks()), await build()];
  const { results } = await runLanes(Object.keys(lanes));
  const line = conclude([...before, ...results]);
  mkdirSync(at('.reports'), { recursive: true });
  writeFileSync(at('.reports', 'tally'), `${line}\n`);
  process.stdout.write(`\n${line}\n`);
};

const [what = 'test', ...rest] = process.argv.slice(2);
const [, laneName = ''] = /^test:(.+)$/.exec(what) ?? [];
const laneNeeds = lanes[laneName];
const program = programs[what];

await orSay(async () => {
  if (what === 'test') await test();
  else if (what === 'check') {
    await setUp(['packages']);
    const failed = (await allChecks()).filter((result) => result.tally.failed > 0);
    process.stdout.write(failed.length === 0 ? 'all static checks passed\n' : '');
    process.exitCode = failed.length === 0 ? 0 : 1;
  } else if (laneNeeds !== undefined) {
    await setUp(laneNeeds);
    process.exitCode = (await runLanes([laneName], rest)).code;
  } else if (program !== undefined) {
    await setUp(program.needs);
    if (program.command.length > 0) process.exitCode = await show([...program.command, ...rest]);
  } else {
    const known = ['test', ...Object.keys(lanes).map((name) => `test:${name}`), 'check', ...Object.keys(programs)];
    process.stderr.write(`There is no "${what}": it is one of ${known.join(', ')}.\n`);
    process.exitCode = 2;
  }
});
