import { cpSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { status } from '../../../src/cli/render/status.ts';
import { type } from '../frozen/commands.ts';
import { makeWaitingShop, type Shop } from '../frozen/environment.ts';
import { type Image, putBack, take } from '../frozen/image.ts';
import { commit } from './spoil.ts';

/** Where a shop can stand when somebody types something wrong. */
export type State = 'waiting' | 'settled' | 'rolled back' | 'watched';

/** A shop that can be put into each state again and again. */
export interface Stage extends AsyncDisposable {
  readonly shop: Shop;
  /** The release that readers have, the one that waits in `waiting` and that is watched in `watched`. */
  readonly live: string;
  readonly newer: string;
  put(state: State): void;
}

/** Values that nobody may ever read in a message. */
export const secrets = { clear: 'clear-hunter2', variable: 'variable-hunter3' };

/** As a team has it: a secret in clear, and one that comes from the environment. */
const profile = `shop:
  target: prod
  outputs:
    prod:
      type: duckdb
      path: warehouse/shop.duckdb
      schema: analytics
      settings: {password: ${secrets.clear}}
      config_options: {token: "{{ env_var('SHOP_TOKEN') }}"}
`;

export async function setStage(): Promise<Stage> {
  const shop = await makeWaitingShop();
  vi.stubEnv('SHOP_TOKEN', secrets.variable);
  const images = new Map<State, Image>();
  const place = (state: State): string => join(shop.root, 'states', state);
  // Store and warehouse, whose files are not written to again, have an image; people write to the files of a project.
  const isImaged = (path: string): boolean => shop.folders.includes(path);
  const copy = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true } as const;
  const keep = (state: State): void => {
    images.set(state, take(shop.folders, place(state)));
    cpSync(shop.dir, join(place(state), 'project'), { ...copy, filter: (path) => !isImaged(path) });
  };
  const put = (state: State): void => {
    const image = images.get(state);
    if (image === undefined) throw new RangeError(`there is no ${state}`);
    rmSync(shop.dir, { recursive: true });
    cpSync(join(place(state), 'project'), shop.dir, copy);
    putBack(image);
  };
  const typed = async (...argv: readonly string[]): Promise<void> => {
    expect(await type(shop, ...argv)).toMatchObject({ exit: 0 });
  };
  await writeFile(join(shop.dir, 'profiles.yml'), profile);
  await commit(shop, 'Connect as a team does');
  keep('waiting');
  const { live, candidate } = status.parse(JSON.parse((await type(shop, 'status', '--json')).out));

  await typed('abort');
  keep('settled');
  put('waiting');
  await typed('rollback');
  keep('rolled back');
  put('waiting');
  await promoteAndStopWatching(shop);
  keep('watched');
  return {
    shop,
    live: live?.release ?? '',
    newer: candidate?.release ?? '',
    put,
    [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
  };
}

/** The watch goes on for an hour; whoever began it has gone. */
async function promoteAndStopWatching(shop: Shop): Promise<void> {
  const config = join(shop.dir, 'lastgreen.yml');
  await writeFile(config, 'version: 1\nenvironments:\n  prod:\n    target: prod\n    watch: {for: 1h}\n');
  await commit(shop, 'Watch for an hour');
  const gone = new AbortController();
  const hears = (text: string): void => {
    if (/^watch/m.test(text)) gone.abort();
  };
  expect(await type({ ...shop, signal: gone.signal, hears }, 'promote')).toMatchObject({ exit: 130 });
}
