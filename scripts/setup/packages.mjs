import { readFileSync } from 'node:fs';
import { capture, SetupError, step, tail } from './child.mjs';
import { currentNode, outerEnv } from './node.mjs';
import { at } from './places.mjs';

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean, link?: boolean }>} Packages */

/**
 * The packages that a lockfile names; null when there is none that can be read.
 * @param {string} file
 * @returns {Packages | null}
 */
const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
};

/**
 * Whether node_modules holds what the lockfile names. npm writes down there what it installed, as its last act;
 * optional packages may be missing, being for another platform.
 * @returns {boolean}
 */
const current = () => {
  const wanted = packagesOf(at('package-lock.json'));
  const installed = packagesOf(at('node_modules', '.package-lock.json'));
  if (wanted === null || installed === null) return false;
  const differs = Object.entries(wanted).some(([path, { version, integrity, optional, link }]) => {
    if (!path.startsWith('node_modules/') || link) return false;
    const there = installed[path];
    return there === undefined ? !optional : there.version !== version || there.integrity !== integrity;
  });
  return !differs && Object.keys(installed).every((path) => path in wanted);
};

const install = async () => {
  // Scripts are off in .npmrc; dev and optional are on whatever NODE_ENV and the user's npm say.
  const args = ['ci', '--include=dev', '--include=optional', '--engine-strict=false', '--loglevel=error'];
  const { code, output } = await capture('npm', args, { cwd: at(), env: outerEnv() });
  if (code === 127) throw new SetupError('npm is needed to install the packages, and is not on PATH.');
  if (code !== 0)
    throw new SetupError(`npm could not install the packages; is the package registry reachable?\n${tail(output)}`);
  if (currentNode() === null)
    throw new SetupError(
      `There is no Node package for ${process.platform}-${process.arch}: run this with Node 22.15 or later.`,
    );
};

/** npm packages, exactly those of the lockfile. */
export const packages = { current, bring: () => step('installed the npm packages', install) };
