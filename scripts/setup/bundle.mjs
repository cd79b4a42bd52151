// Writes the program that bin/lastgreen.js starts: the sources with the packages that they use, in few files, because
// every file that Node has to find and link costs each command about a millisecond. Run by dist.mjs.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { at } from './places.mjs';

const [, , dir = at('dist')] = process.argv;

/** What users install beside the program; all other packages become part of it. @type {readonly string[]} */
const installed = Object.keys(JSON.parse(readFileSync(at('package.json'), 'utf8')).dependencies);

/**
 * The folder of the package that a module is of; null when it is one of the sources.
 * @param {string} path
 * @returns {string | null}
 */
const packageOf = (path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null;

/**
 * @param {string} folder
 * @returns {string} who made it and what they allow, as the package says it
 */
const noticeOf = (folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  return `${name} ${version} (${license})\n${text}`;
};

const bundle = await rolldown({
  // Side by side, as in the sources: the guard is a process of its own, and is found beside who starts it.
  input: { main: at('src', 'main.ts'), guard: at('src', 'dbt', 'guard.ts') },
  platform: 'node',
  external: (id) => installed.some((name) => id === name || id.startsWith(`${name}/`)),
});
const { output } = await bundle.write({
  dir,
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
const packages = [...new Set(modules.flatMap((path) => packageOf(path) ?? []))].filter((folder) => existsSync(folder));
writeFileSync(join(dir, 'NOTICES.txt'), packages.map(noticeOf).toSorted().join('\n----\n\n'));
