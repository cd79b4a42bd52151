import { spawn } from 'node:child_process';

/** What stands between a person and a finished set-up, told in one sentence. */
export class SetupError extends Error {}

/**
 * Runs a program to its end and keeps what it says.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} code 127 when there is no such program
 */
export const capture = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });

/**
 * The last lines of a program's output, for the end of an error message.
 * @param {string} output
 * @param {number} [lines]
 * @returns {string}
 */
export const tail = (output, lines = 12) => output.trim().split('\n').slice(-lines).join('\n');

/**
 * Does one thing, and says so in one line with the seconds it took.
 * @param {string} what
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
export const step = async (what, work) => {
  const started = performance.now();
  await work();
  process.stderr.write(`set-up: ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
};
