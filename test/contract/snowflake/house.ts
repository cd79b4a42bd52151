import { randomUUID } from 'node:crypto';
import type { Fill } from '../../../src/domain/change.ts';
import { type Container, contains, inContainer } from '../../../src/domain/relation.ts';
import { exchangeRelations } from '../../../src/planning/strategies/exchange.ts';
import { exchangeContainers } from '../../../src/planning/strategies/exchange-containers.ts';
import type { Catalog } from '../../../src/warehouse/port.ts';
import { connectSnowflake, type SnowflakeOptions } from '../../../src/warehouse/snowflake/index.ts';
import type { Client } from '../../warehouses/snowflake/client.ts';
import type { Row, WarehouseHouse } from '../warehouse/house.ts';
import { type Account, drop, openGuest, quoted } from './account.ts';

/** A database of its own, or a schema, on a server that others share. */
export interface SnowflakeHouse extends WarehouseHouse {
  readonly database: string;
  /** Statements as somebody else types them. */
  readonly run: (...statements: readonly string[]) => Promise<readonly Row[]>;
}

/** Its project builds in a schema with a space and small letters in its name. */
export const SCHEMA = 'the shop';

export interface HouseOptions extends Partial<SnowflakeOptions> {
  readonly schema?: string;
  /** What changes places: relations of schemas, schemas, or databases. */
  readonly scope?: 'table' | 'schema' | 'database';
  /** One that is there: a schema of its own is made in it, instead of a database. */
  readonly database?: string;
}

export async function snowflakeHouse(
  account: Account,
  { output: other = {}, schema: named = SCHEMA, scope = 'table', database: within, ...o }: HouseOptions = {},
): Promise<SnowflakeHouse> {
  const own = randomUUID().replaceAll('-', '').toUpperCase();
  const database = within ?? `${account.prefix ?? 'HOUSE'}_${own}`;
  const schema = within === undefined ? named : `${named} ${own}`;
  const guest = await openGuest(account);
  if (scope !== 'database' && within === undefined) await guest.ask(`create database ${database}`);
  const output = { ...account.profile, type: 'snowflake', database, schema: quoted(schema), ...other };
  const whole = scope === 'database';
  const at = (name: string, inside: string): Container =>
    whole ? { location: '', database: name, schema: null } : { location: '', database, schema: inside };
  const live = at(database, schema);
  const idle = at(`${database}__GREEN`, `${schema}__green`);
  const connect = () => connectSnowflake({ output, exchange: scope, ...o });
  const role = typeof other['role'] === 'string' ? { role: other['role'] } : null;
  // dbt builds in the role of the target.
  const builder = role && (await openGuest({ profile: { ...account.profile, ...role } }));
  const asking =
    (client: Client) =>
    async (...statements: readonly string[]): Promise<readonly Row[]> => {
      let rows: readonly Row[] = [];
      for (const sql of statements) rows = await client.ask(sql);
      return rows;
    };
  const run = asking(guest);
  const build = asking(builder ?? guest);
  const [warehouse, another] = [connect(), connect()];
  const bound: Fill = { do: 'bind', container: idle, away: [live, idle] };
  const tables = (catalog: Catalog): readonly Fill[] => [
    { do: 'drop', what: idle },
    { do: 'create', container: idle, like: live },
    ...catalog.relations
      .filter(({ relation, kind }) => kind === 'table' && contains(live, relation))
      .map(({ relation }): Fill => {
        const state = catalog.state(relation);
        const id = state.is === 'object' ? state.id : null;
        return { do: 'copy', from: relation, id, to: inContainer(relation, idle) };
      }),
  ];
  return {
    database,
    run,
    warehouse,
    another,
    live: [live],
    idle: [idle],
    relation: ([side = live], name) => inContainer({ ...live, schema, identifier: name }, side),
    write: async ([side = live], statements) => {
      // A role may have been given it since.
      if (builder) await build(`use warehouse ${String(account.profile['warehouse'])}`);
      if (whole) await run(`create database if not exists ${quoted(side.database)}`);
      await build(
        `create schema if not exists ${quoted(side.database)}.${quoted(side.schema ?? schema)}`,
        ...statements,
      );
    },
    read: (sql) => run(sql),
    prepare: (catalog): readonly Fill[] => {
      if (scope === 'table') return tables(catalog);
      const state = catalog.state(live);
      const id = state.is === 'object' ? state.id : null;
      return state.is === 'absent'
        ? [{ do: 'create', container: idle }]
        : [{ do: 'copy', from: live, id, to: idle }, ...(whole ? [bound] : [])];
    },
    ...(whole ? { settle: [bound] } : {}),
    cut: (catalog, [to = idle], { release, leaves }) => {
      const facts = { catalog, leaves, release, traits: warehouse.traits };
      if (scope !== 'table') return exchangeContainers([{ live, to }], facts);
      const names = catalog.relations
        .filter(({ relation }) => contains(to, relation))
        .map(({ relation }) => ({ live: inContainer(relation, live), from: relation }));
      const sides = { live: [live], own: to.schema === idle.schema ? [to] : [] };
      return exchangeRelations(names, { ...sides, ...facts });
    },
    endless: 'select count(*) from table(generator(rowcount => 1000000000000))',
    dispose: async () => {
      await Promise.all([warehouse, another].map((one) => one[Symbol.asyncDispose]()));
      if (within === undefined) await drop(guest, 'databases', database);
      else await drop(guest, 'schemas', schema, within);
      await guest.close();
      await builder?.close();
    },
  };
}
