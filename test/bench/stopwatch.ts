import { chmod, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { at } from '../../scripts/setup/places.mjs';
import type { Span } from './measure.ts';

/** A dbt that notes when it began and ended. */
export interface Stopwatch extends AsyncDisposable {
  /** The real one, for what is compared with. */
  readonly dbt: string;
  /** A PATH on which dbt is the one that is watched. */
  readonly path: string;
  /** The starts of dbt since the last call. */
  spans(): Promise<readonly Span[]>;
}

const home = at('.tools', 'dbt');

/** Disposing removes its folder. */
export async function openStopwatch(): Promise<Stopwatch> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lastgreen-stopwatch-')));
  const bin = join(folder, 'bin');
  const notes = join(folder, 'notes');
  const dbt = join(home, 'bin', 'dbt');
  await mkdir(bin);
  await mkdir(notes);
  // Looks like dbt's own environment, where its versions are read without starting it.
  await symlink(join(home, 'lib'), join(folder, 'lib'));
  // A file's time costs no start of another program, which `date` would.
  const script = `#!/bin/sh\n: > '${notes}'/$$.from\n'${dbt}' "$@"\nstatus=$?\n: > '${notes}'/$$.to\nexit $status\n`;
  await writeFile(join(bin, 'dbt'), script);
  await chmod(join(bin, 'dbt'), 0o755);
  return {
    dbt,
    path: [bin, process.env['PATH'] ?? ''].join(delimiter),
    async spans() {
      const names = (await readdir(notes)).filter((name) => name.endsWith('.from'));
      const when = async (name: string): Promise<number> => (await stat(join(notes, name))).mtimeMs;
      const spans = await Promise.all(
        names.map(async (name) => ({ from: await when(name), to: await when(name.replace(/from$/, 'to')) })),
      );
      await rm(notes, { recursive: true });
      await mkdir(notes);
      return spans;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
