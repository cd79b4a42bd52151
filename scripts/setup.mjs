// Installs what is missing, under this checkout only, and builds. Runs on the Node that a machine has (20 or later).
import { pathToFileURL } from 'node:url';
import { capture, SetupError } from './setup/child.mjs';
import { dist } from './setup/dist.mjs';
import { alone } from './setup/lock.mjs';
import { packages } from './setup/packages.mjs';
import { bigquery, dbt, snowflake } from './setup/python.mjs';

const parts = { packages, dbt, snowflake, bigquery, dist };

/** @typedef {keyof typeof parts} Part */

/**
 * Those of a chain need each other in this order; the chains go on at once: one waits for npm while the other does for Python.
 * @type {readonly (readonly Part[])[]}
 */
const chains = [
  ['packages', 'dist'],
  ['dbt', 'snowflake', 'bigquery'],
];

/**
 * Brings the parts that are not there or not current.
 * @param {readonly Part[]} [wanted] all when left out
 * @returns {Promise<void>}
 * @throws {SetupError} with one sentence about what is missing
 */
export const setUp = async (wanted = ['packages', 'dbt', 'snowflake', 'bigquery', 'dist']) => {
  if (wanted.includes('dbt') && (await capture('git', ['--version'])).code !== 0)
    throw new SetupError('git is needed, and is not on PATH.');
  if (wanted.every((part) => parts[part].current())) return;
  /** @param {readonly Part[]} chain */
  const bring = async (chain) => {
    for (const part of chain) if (wanted.includes(part) && !parts[part].current()) await parts[part].bring();
  };
  await alone(async () => {
    const ended = await Promise.allSettled(chains.map(bring));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  });
};

/**
 * Runs a script's work; ends with 1 and one sentence when something that it needs is missing.
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
export const orSay = async (work) => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`set-up: ${error.message}\n`);
    process.exitCode = 1;
  }
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await orSay(() => setUp());
