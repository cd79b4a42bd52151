import { constants } from 'node:fs';
import { access, open, readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fail } from '../domain/errors.ts';

const oldest = '1.10';

export interface Executable {
  readonly path: string;
  /** null: its packages lie where nobody can tell without starting it. */
  readonly versions: Versions | null;
}

export interface Versions {
  readonly core: string;
  readonly adapter: string;
}

/**
 * Finds dbt as a path or on PATH, and its versions from what pip wrote beside it, since starting dbt takes 3 s. Throws
 * DBT_MISSING, DBT_TOO_OLD.
 */
export async function findExecutable(dbt: string, adapter: string): Promise<Executable> {
  const path = await onPath(dbt);
  if (path === null) fail('DBT_MISSING', { path: dbt });
  const versions = await installed(path, adapter);
  if (versions) assertRecent(versions.core);
  return { path, versions };
}

/** Throws DBT_TOO_OLD. */
export function assertRecent(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major < 1 || (major === 1 && minor < 10)) fail('DBT_TOO_OLD', { found: version, needed: oldest });
}

/** Asks dbt itself. */
export async function askVersions(path: string, adapter: string): Promise<Versions> {
  const { execa } = await import('execa');
  const { stdout, stderr } = await execa(path, ['--version'], { reject: false });
  const text = `${stdout}\n${stderr}`;
  const core = /installed:\s*v?(\S+)/.exec(text)?.[1] ?? /dbt[^\d\n]*(\d+\.\d+\S*)/.exec(text)?.[1];
  if (core === undefined)
    fail('DBT_BROKEN', { doing: '--version', message: text.trim().split('\n').slice(-5).join('\n') });
  assertRecent(core);
  const found = new RegExp(`- ${adapter}:\\s*(\\S+)`).exec(text)?.[1];
  return { core, adapter: found === undefined ? adapter : `${adapter} ${found}` };
}

async function onPath(dbt: string): Promise<string | null> {
  const folders = dbt.includes('/')
    ? ['']
    : (process.env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '');
  for (const folder of folders) {
    const path = resolve(folder, dbt);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return null;
}

async function installed(path: string, adapter: string): Promise<Versions | null> {
  for (const bin of [dirname(await realpath(path)), ...(await interpreterFolder(path))]) {
    const names = await distInfos(join(dirname(bin), 'lib'));
    const versionOf = (name: string) =>
      names.flatMap((found) => new RegExp(`^${name}-(.+)\\.dist-info$`, 'i').exec(found)?.[1] ?? [])[0];
    const core = versionOf('dbt_core');
    const plugin = versionOf(`dbt_${adapter}`);
    if (core !== undefined) return { core, adapter: plugin === undefined ? adapter : `${adapter} ${plugin}` };
  }
  return null;
}

/** The folder of the python in a script's first line, or, where that path was too long, in its `exec`. */
async function interpreterFolder(path: string): Promise<readonly string[]> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    const head = buffer.subarray(0, bytesRead).toString('utf8');
    const python = /^#!(\/\S*python\S*)/.exec(head)?.[1] ?? /exec' '?"?(\/[^"'\n]*python[^"'\s]*)/.exec(head)?.[1];
    return python === undefined ? [] : [dirname(python)];
  } finally {
    await file.close();
  }
}

async function distInfos(lib: string): Promise<readonly string[]> {
  const pythons = (await readdir(lib).catch(() => [])).filter((name) => name.startsWith('python'));
  const found = await Promise.all(pythons.map((name) => readdir(join(lib, name, 'site-packages')).catch(() => [])));
  return found.flat();
}
