import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** For one start of dbt; disposing removes it. */
export async function privateFolder(scratch: string): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(scratch, 'dbt-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}
