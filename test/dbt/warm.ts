import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { at } from '../../scripts/setup/places.mjs';

/** The variable that names the folder of a dbt that starts at once; unset where there is none. */
export const warmDbt = 'LASTGREEN_TEST_WARM_DBT';

const home = at('.tools', 'dbt');
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * For a lane: one process imports dbt, and each `dbt` is a fork of it. It is the same program with the same arguments,
 * environment and streams; only in the process group of its caller it is not. Returns how to end it.
 */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-warm-'));
  const [bin, socket] = [join(folder, 'bin'), join(folder, 'socket')];
  const python = join(home, 'bin', 'python');
  await mkdir(bin);
  // Looks like dbt's own environment, where its versions are read without starting it.
  await symlink(join(home, 'lib'), join(folder, 'lib'));
  const dbt = join(bin, 'dbt');
  await writeFile(dbt, `#!/bin/sh\nexec '${python}' -I -S '${script('./client.py')}' '${socket}' "$0" "$@"\n`);
  await chmod(dbt, 0o755);
  const server = execa(python, [script('./serve.py'), socket], { stderr: 'inherit', reject: false });
  await Promise.race([
    server.stdout[Symbol.asyncIterator]().next(),
    server.then(({ exitCode }) => Promise.reject(new Error(`the process that imports dbt ended (${exitCode})`))),
  ]);
  process.env[warmDbt] = bin;
  return async () => {
    delete process.env[warmDbt];
    server.stdin.end();
    await server;
    await rm(folder, { recursive: true, force: true });
  };
}
