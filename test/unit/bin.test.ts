import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastgreen-bin-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('bin/lastgreen.js', () => {
  const start = (...flags: readonly string[]) => {
    cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    symlinkSync(join(folder, 'bin', 'lastgreen.js'), join(folder, 'lastgreen'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, join(folder, 'lastgreen'), 'status'], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  test('starts the program that was built, also through a link', () => {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'main.js'), 'export const run = (p) => p.stdout.write(p.argv[2]);');
    expect(start()).toEqual({ status: 0, stdout: 'status', stderr: '' });
  });

  test('says in one sentence that nothing was built', () => {
    const { status, stderr } = start();
    expect(stderr).toBe('lastgreen is not built here: run `npm run build` in its checkout.\n');
    expect(status).toBe(2);
  });

  test('says in one sentence that Node is too old', () => {
    writeFileSync(
      join(folder, 'old.cjs'),
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.14.0' } });",
    );
    const { status, stderr } = start('--require', join(folder, 'old.cjs'));
    expect(stderr).toMatch(/^lastgreen needs Node 22\.15 or later; this is .*\n$/);
    expect(status).toBe(2);
  });
});
