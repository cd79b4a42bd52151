import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Acts with a folder that is gone afterwards: for one start of dbt. */
export async function inPrivateFolder<T>(scratch: string, act: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(scratch, 'dbt-'));
  try {
    return await act(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
