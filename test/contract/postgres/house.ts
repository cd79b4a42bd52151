import pg from 'pg';
import type { Fill } from '../../../src/domain/change.ts';
import { type Container, contains, inContainer } from '../../../src/domain/relation.ts';
import { exchangeRelations } from '../../../src/planning/strategies/exchange.ts';
import { connectPostgres, type PostgresOptions } from '../../../src/warehouse/postgres/index.ts';
import { plainTypes } from '../../../src/warehouse/postgres/rows.ts';
import type { PostgresServer } from '../../warehouses/postgres/server.ts';
import type { Row, WarehouseHouse } from '../warehouse/house.ts';
import { giveBackDatabase, takeDatabase } from './databases.ts';

/** A database of its own on a server that others share. */
export interface PostgresHouse extends WarehouseHouse {
  readonly database: string;
  /** Statements as somebody else types them. */
  readonly run: (...statements: readonly string[]) => Promise<readonly Row[]>;
  /** A session of somebody else, to hold something open. */
  readonly session: () => Promise<pg.Client>;
}

/** Its project builds in a schema with a space in its name. */
export const SCHEMA = 'the shop';

export interface HouseOptions extends Partial<PostgresOptions> {
  readonly schema?: string;
}

export async function postgresHouse(
  server: PostgresServer,
  { output: other = {}, schema = SCHEMA, ...o }: HouseOptions = {},
): Promise<PostgresHouse> {
  const database = await takeDatabase(server);
  const { host, port, user, password } = server;
  const output = { type: 'postgres', host, port, user, password, dbname: database, schema, ...other };
  const live: Container = { location: '', database, schema };
  const idle: Container = { location: '', database, schema: `${schema}__green` };
  const connect = () => connectPostgres({ ...o, output });
  const session = async (): Promise<pg.Client> => {
    const client = new pg.Client({ host, port, user, password, database, types: plainTypes });
    // Whoever ends the session is the test.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const run = async (...statements: readonly string[]): Promise<readonly Row[]> => {
    const client = await session();
    try {
      let rows: readonly Row[] = [];
      for (const sql of statements) ({ rows } = await client.query<Row>(sql));
      return rows;
    } finally {
      await client.end();
    }
  };
  // One that stays: connecting takes longer than most statements.
  let guest: Promise<pg.Client> | null = null;
  const ask = async (...statements: readonly string[]): Promise<readonly Row[]> => {
    guest ??= session();
    const client = await guest;
    let rows: readonly Row[] = [];
    for (const sql of statements) ({ rows } = await client.query<Row>(sql));
    return rows;
  };
  const [warehouse, another] = [connect(), connect()];
  return {
    database,
    run,
    session,
    warehouse,
    another,
    live: [live],
    idle: [idle],
    relation: ([side = live], name) => inContainer({ ...live, schema, identifier: name }, side),
    write: async ([side = live], statements) => {
      await ask(`create schema if not exists ${pg.escapeIdentifier(side.schema ?? schema)}`, ...statements);
    },
    read: (sql) => ask(sql),
    prepare: (catalog): readonly Fill[] => [
      { do: 'create', container: idle, like: live },
      ...catalog.relations
        .filter(({ relation, kind }) => kind === 'table' && contains(live, relation))
        .map(({ relation }): Fill => {
          const state = catalog.state(relation);
          const id = state.is === 'object' ? state.id : null;
          return { do: 'copy', from: relation, id, to: inContainer(relation, idle) };
        }),
    ],
    cut: (catalog, [to = idle], { release, leaves }) => {
      const names = catalog.relations
        .filter(({ relation }) => contains(to, relation))
        .map(({ relation }) => ({ live: inContainer(relation, live), from: relation }));
      return exchangeRelations(names, { live: [live], own: [to], catalog, leaves, release, traits: warehouse.traits });
    },
    endless: 'select count(*) from generate_series(1, 100000000000)',
    dispose: async () => {
      await (await guest)?.end();
      await Promise.all([warehouse, another].map((one) => one[Symbol.asyncDispose]()));
      await giveBackDatabase(server, database);
    },
  };
}
