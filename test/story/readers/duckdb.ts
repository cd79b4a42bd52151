import { existsSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Connection, Source } from './source.ts';

/** Reads a DuckDB file as other programs do: read-only, which leaves room for other readers. */
export function duckdb(file: string): Source {
  return {
    there: () => Promise.resolve(existsSync(file)),
    open: async (): Promise<Connection> => {
      // One thread: a reader that takes both cores would slow down the build it watches.
      const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY', threads: '1' });
      const connection = await instance.connect();
      return {
        ask: async (sql) => (await connection.runAndReadAll(sql)).getRowObjects(),
        close: () => {
          connection.closeSync();
          instance.closeSync();
          return Promise.resolve();
        },
      };
    },
  };
}
