import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Programs, type RunAs, reachable } from './programs.ts';

const run = promisify(execFile);

/** Beside what set-up installs; ignored by git. */
const templates = fileURLToPath(new URL('../../../.tools/postgres', import.meta.url));

export const USER = 'postgres';

/**
 * Puts a fresh data folder at `data`, which must not be there, and gives the password of its superuser. initdb takes
 * most of a second, so it runs once for a version in a checkout; what follows is a copy.
 */
export async function freshData(programs: Programs, user: RunAs, data: string): Promise<string> {
  const template = join(templates, programs.version);
  if (!existsSync(template)) await makeTemplate(programs, user, template);
  await run('cp', ['-R', '-p', join(template, 'data'), data]);
  if (user !== null) await run('chown', ['-R', `${user.uid}:${user.gid}`, data]);
  return readFile(join(template, 'password'), 'utf8');
}

async function makeTemplate(programs: Programs, user: RunAs, template: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-initdb-'));
  const whole = `${template}.${process.pid}`;
  try {
    await chmod(folder, 0o700);
    if (user !== null) await chown(folder, user.uid, user.gid);
    const [password, data] = [join(folder, 'password'), join(folder, 'data')];
    await writeFile(password, randomBytes(18).toString('base64url'));
    await chmod(password, 0o644);
    const initdb = join(await reachable(programs, user, folder), 'bin', 'initdb');
    await run(initdb, ['-D', data, '--pwfile', password, ...HOW], { ...user, cwd: folder });
    await mkdir(whole, { recursive: true, mode: 0o700 });
    await run('cp', ['-R', '-p', data, password, whole]);
    // Of two that make it at the same time one wins, with a folder that is whole.
    await rename(whole, template).catch(() => undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(whole, { recursive: true, force: true });
  }
}

const HOW = ['-U', USER, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--wal-segsize', '1', '-N'];
