#!/usr/bin/env node
// Written so that any Node that knows modules can read it: an old one gets a sentence instead of a syntax error.
import { existsSync } from 'fs';
import { fileURLToPath } from 'url';

const main = new URL('../dist/main.js', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`lastgreen needs Node 22.15 or later; this is ${process.version} (${process.execPath}).\n`);
  process.exitCode = 2;
} else if (!existsSync(fileURLToPath(main))) {
  process.stderr.write('lastgreen is not built here: run `npm run build` in its checkout.\n');
  process.exitCode = 2;
} else {
  void import(main.href).then((lastgreen) => lastgreen.run(process));
}
