import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Shop } from '../frozen/environment.ts';

/** Writes a file of the project. */
export const write = (path: string, text: string) => (shop: Pick<Shop, 'dir'>) => writeFile(join(shop.dir, path), text);

/** Writes a lastgreen.yml with more in its environment, and more beside it. */
export const config = (inEnvironment: string, beside = '') =>
  write('lastgreen.yml', `version: 1\n${beside}environments:\n  prod:\n    target: prod\n${inEnvironment}`);

/** Runs git in the project; its standard output. */
export async function git(shop: Pick<Shop, 'dir'>, ...args: readonly string[]): Promise<string> {
  const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-c', 'advice.detachedHead=false'];
  return (await execa('git', [...who, ...args], { cwd: shop.dir })).stdout;
}

/** Commits all that was changed, or nothing. */
export const commit = (shop: Pick<Shop, 'dir'>, subject = 'Another') =>
  git(shop, 'commit', '--quiet', '--allow-empty', '--all', '--message', subject);

/** As if nothing had ever been released. */
export async function forget(shop: Shop): Promise<void> {
  for (const folder of shop.folders) await rm(folder, { recursive: true });
  await mkdir(join(shop.dir, 'warehouse'));
}
