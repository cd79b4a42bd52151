import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * Counts a lane's tests from vitest's JSON report. A run that failed without a failed test (a file that does not
 * load, an error outside any test, no report) counts as a failure, so that nothing red can look green.
 * @param {string} file
 * @param {number} code what vitest exited with
 * @returns {Tally}
 */
export const tallyOf = (file, code) => {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    tally.passed = report.numPassedTests;
    tally.failed = report.numFailedTests;
    tally.skipped = report.numPendingTests + report.numTodoTests;
    for (const { status, assertionResults } of report.testResults)
      if (status === 'failed' && !assertionResults.some(failed)) tally.failed += 1;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
};

/**
 * The same for a run of several lanes. A lane of which nothing ran has failed.
 * @param {string} file
 * @param {number} code what vitest exited with
 * @param {Readonly<Record<string, string>>} folders of the lanes, by their names
 * @returns {{ name: string, tally: Tally, seconds: number }[]} the seconds that the lane's files took one by one
 */
export const talliesOf = (file, code, folders) => {
  const whole = tallyOf(file, code);
  /** @type {{ name: string, status: string, startTime: number, endTime: number, assertionResults: { status: string }[] }[]} */
  let files = [];
  try {
    files = JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {}
  const lanes = Object.entries(folders).map(([name, folder]) => {
    const own = files.filter((one) => one.name.startsWith(`${folder}/`));
    const tests = own.flatMap(({ assertionResults }) => assertionResults);
    const count = (/** @type {(status: string) => boolean} */ is) => tests.filter(({ status }) => is(status)).length;
    const passed = count((status) => status === 'passed');
    const broken = own.filter((one) => failed(one) && !one.assertionResults.some(failed)).length;
    const fails = count((status) => status === 'failed') + broken;
    return {
      name,
      tally: {
        passed,
        failed: passed + fails === 0 ? 1 : fails,
        skipped: count((status) => !['passed', 'failed'].includes(status)),
      },
      seconds: own.reduce((ms, { startTime, endTime }) => ms + endTime - startTime, 0) / 1000,
    };
  });
  // Such as an error outside of any test.
  const elsewhere = whole.failed - lanes.reduce((n, { tally }) => n + tally.failed, 0);
  const rest = { name: 'elsewhere', tally: { passed: 0, failed: elsewhere, skipped: 0 }, seconds: 0 };
  return elsewhere > 0 ? [...lanes, rest] : lanes;
};

const failed = (/** @type {{ status: string }} */ result) => result.status === 'failed';

/**
 * The tallies together; nothing at all that ran is a failure too.
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export const sum = (tallies) => {
  const all = tallies.reduce(
    (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }),
    { passed: 0, failed: 0, skipped: 0 },
  );
  return all.passed + all.failed === 0 ? { ...all, failed: 1 } : all;
};
