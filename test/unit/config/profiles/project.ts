import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Owner } from '../../../../src/config/profiles/private.ts';

/** A dbt project `shop` in a temporary folder, removed when disposed. */
export async function shop(profiles: string) {
  const dir = await mkdtemp(join(tmpdir(), 'lastgreen-profiles-'));
  await writeFile(join(dir, 'dbt_project.yml'), 'name: shop\nprofile: shop\n');
  await writeFile(join(dir, 'profiles.yml'), profiles);
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

/** This process, on a machine where the processes `dead` are gone. */
export const owner = (pid = 100, dead: readonly number[] = []): Owner => ({
  me: { host: 'h', bootId: 'b', pid, startedAt: '12:34/5', user: 'u' },
  isDead: async (holder) => dead.includes(holder.pid),
});
