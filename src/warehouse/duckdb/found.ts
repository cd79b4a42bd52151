import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { type Container, contains, type Relation } from '../../domain/relation.ts';
import type { CatalogRelation, Column } from '../port.ts';
import { viewQuery } from './dialect.ts';
import { rowsOf } from './rows.ts';
import { sqlFile } from './sql.ts';

/** A relation with all the text that the engine keeps of it. */
export interface Found extends CatalogRelation {
  readonly text: string;
}

export type Reads = readonly Relation[] | 'unreadable';

/** What was read of a file: as good as read again for as long as its token is the same. */
export interface Known {
  readonly token: string;
  /** Where it was read. */
  readonly container: Container;
  readonly found: readonly Found[];
  readonly reads: ReadonlyMap<Found, Reads>;
  /** Fingerprints, of those that were asked for so far. */
  readonly prints: Map<Found, string>;
}

const relationRows = z.array(
  z.object({ schema: z.string(), name: z.string(), kind: z.string(), text: z.string().nullable() }),
);
const columnRows = z.array(
  z.object({ schema: z.string(), table: z.string(), name: z.string(), type: z.string(), nullable: z.boolean() }),
);

/** All relations of an open file; tables and views before macros, which may share a name with one. */
export async function foundIn(connection: DuckDBConnection, container: Container): Promise<readonly Found[]> {
  const asked = { database: container.database };
  const rows = relationRows.parse(await ask(connection, await sqlFile('relations'), asked));
  const columns = columnsByTable(columnRows.parse(await ask(connection, await sqlFile('columns'), asked)));
  const found = rows.map(({ schema, name, kind, text }): Found => {
    const relation = { location: container.location, database: container.database, schema, identifier: name };
    return {
      relation,
      kind,
      columns: kind === 'table' || kind === 'view' ? (columns.get(JSON.stringify([schema, name])) ?? []) : [],
      definition: kind === 'view' ? (viewQuery(text ?? '') ?? text) : null,
      protection: null,
      text: text ?? '',
    };
  });
  return [...found.filter(isNamed), ...found.filter((one) => !isNamed(one))].filter(({ relation }) =>
    contains(container, relation),
  );
}

const isNamed = ({ kind }: CatalogRelation): boolean => kind === 'table' || kind === 'view';

const ask = async (connection: DuckDBConnection, sql: string, values: Record<string, string>) =>
  rowsOf(await connection.runAndReadAll(sql, values));

function columnsByTable(rows: z.infer<typeof columnRows>): ReadonlyMap<string, readonly Column[]> {
  const tables = new Map<string, Column[]>();
  for (const { schema, table, ...column } of rows) {
    const key = JSON.stringify([schema, table]);
    const columns = tables.get(key) ?? [];
    columns.push(column);
    tables.set(key, columns);
  }
  return tables;
}
