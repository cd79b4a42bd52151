// Writes test/python/*.txt anew from *.in: every package, transitive ones too, with the hashes of all its files.
import { spawnSync } from 'node:child_process';
import { at } from './setup/places.mjs';

const folder = at('test', 'python');
const flags = [
  '--universal',
  '--python-version',
  '3.11',
  '--generate-hashes',
  '--no-annotate',
  '--no-config',
  '--quiet',
];
const header = ['--custom-compile-command', 'npm run lock:python'];

for (const name of ['uv', 'dbt', 'snowflake', 'bigquery']) {
  const files = ['--upgrade', '--output-file', `${name}.txt`, `${name}.in`];
  const uv = at('.tools', 'uv', 'bin', 'uv');
  const { status } = spawnSync(uv, ['pip', 'compile', ...flags, ...header, ...files], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
