import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll } from '../integration/duckdb/processes.ts';
import { startPostgres } from '../warehouses/postgres/server.ts';
import { cutovers, SWAPPED_BACK } from './postgres/cutovers.ts';
import { deploysOnPostgres } from './postgres/deploys.ts';
import { besideReaders } from './postgres/readers.ts';
import type { Row } from './table.ts';
import { tableOf } from './table.ts';

interface Options {
  readonly quick: boolean;
  readonly say: (text: string) => void;
}

/**
 * Cutovers of so many tables beside the same statements on a plain connection, how long readers wait at most while many
 * of them go on, and deploys beside plain dbt in projects of different sizes.
 */
export async function postgres({ quick, say }: Options): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-bench-'));
  // Each relation that moves is a lock of its own (documentation, "max_locks_per_transaction").
  const server = await startPostgres({
    folder,
    settings: { max_locks_per_transaction: 1024, shared_buffers: '512MB' },
  });
  try {
    const rows: Row[] = [];
    for (const size of quick ? [10, 100] : [10, 100, 1_000, 5_000]) {
      say(`cutovers of ${size} relations`);
      rows.push(...(await cutovers(server, size, size > SWAPPED_BACK || quick ? 3 : 5)));
    }
    return [
      tableOf('Cutover on Postgres, at the port', rows),
      await besideReaders(server, quick ? 5 : 50, say),
      await deploysOnPostgres(server, quick ? [300] : [300, 1_000, 3_000], say),
    ].join('\n');
  } finally {
    await killAll();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
