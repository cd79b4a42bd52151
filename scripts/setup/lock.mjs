import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tools } from './places.mjs';

/**
 * Takes a lock folder that names this process. A rename onto a folder that is not empty fails, so the folder
 * appears together with its pid, for one process only.
 * @param {string} folder
 * @returns {boolean}
 */
const take = (folder) => {
  const mine = mkdtempSync(`${folder}.`);
  writeFileSync(join(mine, 'pid'), String(process.pid));
  try {
    renameSync(mine, folder);
    return true;
  } catch {
    rmSync(mine, { recursive: true, force: true });
    return false;
  }
};

/**
 * Under another name first: a folder that is there and empty by now would be taken by a rename, and removed with it.
 * @param {string} folder
 */
const remove = (folder) => {
  const gone = `${folder}.gone-${process.pid}`;
  try {
    renameSync(folder, gone);
  } catch {
    return;
  }
  rmSync(gone, { recursive: true, force: true });
};

/**
 * The process that holds a lock folder; null when nobody does.
 * @param {string} folder
 * @returns {{ pid: number, alive: boolean } | null}
 */
const holderOf = (folder) => {
  let pid;
  try {
    pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  } catch {
    return null;
  }
  try {
    process.kill(pid, 0);
    return { pid, alive: true };
  } catch (error) {
    return { pid, alive: error instanceof Error && 'code' in error && error.code === 'EPERM' };
  }
};

/**
 * Removes the lock of a process that has died. Only one process at a time may look and remove, or a second one
 * could remove the lock that the first has taken meanwhile.
 * @param {string} folder
 */
const removeDead = (folder) => {
  const guard = `${folder}.removing`;
  if (!take(guard)) {
    // Held for a few milliseconds only: an old one is what a crash left.
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 10_000) remove(guard);
    return;
  }
  if (holderOf(folder)?.alive === false) remove(folder);
  remove(guard);
};

/**
 * Runs work that no other set-up of this checkout may run at the same time; waits for one that does.
 * @param {() => Promise<void>} work
 * @param {string} [folder] that is there while the work goes on
 * @returns {Promise<void>}
 */
export const alone = async (work, folder = join(tools, 'setup.lock')) => {
  mkdirSync(dirname(folder), { recursive: true });
  let told = false;
  while (!take(folder)) {
    const holder = holderOf(folder);
    if (holder?.alive === false) removeDead(folder);
    else if (holder !== null && !told) {
      process.stderr.write(`set-up: waiting for the one that process ${holder.pid} runs\n`);
      told = true;
    }
    await sleep(100);
  }
  const release = () => remove(folder);
  process.once('exit', release);
  try {
    await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
};
