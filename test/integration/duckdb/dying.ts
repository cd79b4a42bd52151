import * as node from 'node:fs/promises';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Files } from '../../../src/warehouse/duckdb/files.ts';
import { connectDuckdb } from '../../../src/warehouse/duckdb/index.ts';
import type { Warehouse } from '../../../src/warehouse/port.ts';
import { sidesIn } from '../../contract/duckdb/house.ts';

/** One call of the port, as arguments that a process can be started with. */
export type Call =
  | { readonly do: 'claim'; readonly n: number }
  | { readonly do: 'fill'; readonly n: number; readonly fills: Parameters<Warehouse['fill']>[0] }
  | { readonly do: 'seal'; readonly n: number }
  | { readonly do: 'adopt'; readonly n: number }
  | { readonly do: 'reopen'; readonly seal: Parameters<Warehouse['reopen']>[0] }
  | { readonly do: 'discard'; readonly sides: Parameters<Warehouse['discard']>[0] }
  | { readonly do: 'remove'; readonly kept: Parameters<Warehouse['remove']>[0] }
  | {
      readonly do: 'cutover';
      readonly plan: Parameters<Warehouse['cutover']>[0];
      readonly guard: Parameters<Warehouse['cutover']>[1];
    };

/** What changes something; reading twice harms nobody. */
const effects = [
  'chmod',
  'copyFile',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'unlink',
  'writeFile',
] as const;

/** Does something else before the `at`-th effect on the file system: ends this process, or lets another go first. */
export function interruptedFiles(at: number, before: () => void | Promise<void>): Files {
  let count = 0;
  const dying = effects.map((name) => [
    name,
    async (...args: readonly unknown[]) => {
      count += 1;
      if (count === at) await before();
      // Each function gets the very arguments that it was called with.
      return (node[name] as (...args: readonly unknown[]) => unknown)(...args);
    },
  ]);
  // The same functions under the same names.
  return { ...node, ...Object.fromEntries(dying) } as Files;
}

export async function call(warehouse: Warehouse, folder: string, one: Call): Promise<unknown> {
  const { idle, live } = sidesIn(folder);
  switch (one.do) {
    case 'claim':
      return warehouse.claim(fence(one.n), null);
    case 'fill':
      return warehouse.fill(one.fills, { fence: fence(one.n), signal: new AbortController().signal });
    case 'seal':
      return warehouse.seal(releaseOf(fence(one.n)), [idle], fence(one.n));
    case 'adopt':
      return warehouse.adopt(releaseOf(fence(one.n)), [live], fence(one.n));
    case 'reopen':
      return warehouse.reopen(one.seal, [idle]);
    case 'discard':
      return warehouse.discard(one.sides);
    case 'remove':
      return warehouse.remove(one.kept);
    case 'cutover':
      return warehouse.cutover(one.plan, one.guard);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [folder = '', at = '0', text = ''] = process.argv.slice(2);
  const files = interruptedFiles(Number(at), () => void process.kill(process.pid, 'SIGKILL'));
  const warehouse = connectDuckdb({ ...sidesIn(folder), files });
  // Written by the test that started this process.
  await call(warehouse, folder, JSON.parse(text) as Call);
}
