import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { orAbsent, speaking } from './failing.ts';
import { isOwn, type Layout } from './layout.ts';

/** Keys under the prefix in code unit order, after `after`; reads only the folders that can hold such keys. */
export async function* keysUnder(layout: Layout, prefix: string, after: string): AsyncGenerator<string> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walk(layout, folder, prefix, after);
}

async function* walk(layout: Layout, folder: string, prefix: string, after: string): AsyncGenerator<string> {
  const entries = await speaking(folder, () => orAbsent(readdir(join(layout.root, folder), { withFileTypes: true })));
  // A folder sorts as its keys do, with the slash: `a-b` comes before `a/b`.
  const keys = (entries ?? [])
    .filter((entry) => folder !== '' || !isOwn(entry.name))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .toSorted((a, b) => (a < b ? -1 : 1));
  for (const key of keys) {
    if (!key.endsWith('/')) {
      if (key.startsWith(prefix) && key > after) yield key;
    } else if ((key.startsWith(prefix) || prefix.startsWith(key)) && (key > after || after.startsWith(key))) {
      yield* walk(layout, key, prefix, after);
    }
  }
}
