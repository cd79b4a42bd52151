import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const named = /^dbt-(\d+)-/;

/** A folder that only this user can read, for one start of dbt; disposing removes it. */
export async function privateFolder(scratch: string): Promise<AsyncDisposable & { readonly dir: string }> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await sweep(scratch);
  const dir = await mkdtemp(join(scratch, `dbt-${process.pid}-`));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** What a process left that was killed. */
async function sweep(scratch: string): Promise<void> {
  const left = (await readdir(scratch)).filter((name) => {
    const pid = named.exec(name)?.[1];
    return pid !== undefined && !runs(Number(pid));
  });
  await Promise.all(left.map((name) => rm(join(scratch, name), { recursive: true, force: true })));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
