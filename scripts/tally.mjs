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
