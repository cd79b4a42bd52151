import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at } from './places.mjs';

/**
 * One hash over the contents of files and over facts that are in no file.
 * @param {readonly string[]} files paths in the checkout
 * @param {readonly string[]} [facts]
 * @returns {string}
 */
export const stampOf = (files, facts = []) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(at(file)));
  for (const fact of facts) hash.update(`\0${fact}`);
  return hash.digest('hex');
};

/**
 * The files under a folder of the checkout, in a fixed order; none when there is no such folder.
 * @param {string} folder
 * @returns {string[]}
 */
export const filesUnder = (folder) => {
  try {
    return readdirSync(at(folder), { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};

/**
 * What a stamp file holds; '' when it is not there.
 * @param {string} file
 * @returns {string}
 */
export const readStamp = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/**
 * Takes the stamp away for as long as the work lasts, so that work that was cut off is done again.
 * @param {string} file
 * @param {string} stamp
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
export const stamped = async (file, stamp, work) => {
  rmSync(file, { force: true });
  await work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stamp);
};
