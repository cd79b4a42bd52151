import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Container } from '../../../src/domain/relation.ts';
import { connectDuckdb, type DuckdbOptions } from '../../../src/warehouse/duckdb/index.ts';
import { rowsOf } from '../../../src/warehouse/duckdb/rows.ts';
import type { Row, WarehouseHouse } from '../warehouse/house.ts';

export interface DuckdbHouse extends WarehouseHouse {
  readonly folder: string;
  readonly liveFile: Container;
  readonly idleFile: Container;
}

export const sidesIn = (folder: string): { readonly live: Container; readonly idle: Container } => ({
  live: { location: join(folder, 'shop.duckdb'), database: 'shop', schema: null },
  idle: { location: join(folder, '.shop.lastgreen', 'green', 'shop.duckdb'), database: 'shop', schema: null },
});

export const newFolder = async (): Promise<string> => realpath(await mkdtemp(join(tmpdir(), 'lastgreen-duckdb-')));

/** As dbt, a loader or a reader opens a file: by its path, and for no longer than it takes. */
export async function runOn(
  path: string,
  statements: readonly string[],
  mode: 'READ_WRITE' | 'READ_ONLY',
): Promise<readonly Row[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: mode });
  try {
    const connection = await instance.connect();
    try {
      let rows: readonly Row[] = [];
      for (const sql of statements) rows = rowsOf(await connection.runAndReadAll(sql));
      return rows;
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

export const schema = 'the shop';

/** Its project builds in a schema with a space in its name. */
export async function duckdbHouse(o: Partial<DuckdbOptions> = {}): Promise<DuckdbHouse> {
  const folder = await newFolder();
  const { live, idle } = sidesIn(folder);
  const connect = () => connectDuckdb({ live, idle, busyMs: 2_000, ...o });
  const write = async ([side]: readonly Container[], statements: readonly string[]) => {
    const path = side?.location ?? live.location;
    await mkdir(dirname(path), { recursive: true });
    await runOn(path, [`create schema if not exists "${schema}"`, ...statements], 'READ_WRITE');
  };
  return {
    folder,
    liveFile: live,
    idleFile: idle,
    warehouse: connect(),
    another: connect(),
    live: [live],
    idle: [idle],
    write,
    relation: ([side = live], name) => ({ location: side.location, database: side.database, schema, identifier: name }),
    read: (sql) => runOn(live.location, [sql], 'READ_ONLY'),
    prepare: (catalog) => {
      const state = catalog.state(live);
      if (state.is !== 'object') return [{ do: 'create', container: idle }];
      return [{ do: 'copy', from: live, id: state.id, to: idle }];
    },
    cut: (catalog, [to = idle]) => ({
      changes: [
        {
          do: 'point',
          name: live,
          to,
          was: catalog.pointsTo(live),
          before: [[live, catalog.state(live)]],
          after: [[live, catalog.state(to)]],
        },
      ],
      kept: [],
    }),
    endless: 'select count(*) from generate_series(1, 100000000000)',
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
