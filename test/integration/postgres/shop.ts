import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../../warehouses/postgres/server.ts';
import { makeWaitingShop, type Shop } from '../frozen/environment.ts';
import { type Image, putBack, take } from '../frozen/image.ts';
import { allVersions } from '../frozen/on-duckdb.ts';
import type { ShopEngine } from '../frozen/shop-engine.ts';
import type { Hand } from '../frozen/stand-in.ts';
import { type Proxy, startProxy } from './proxy.ts';

/** A shop on a server of its own, behind a proxy that all but this test's own sessions go through. */
export interface PostgresShop extends AsyncDisposable {
  readonly shop: Shop;
  readonly server: PostgresServer;
  readonly proxy: Proxy;
  /** Statements of somebody else, past the proxy. */
  run(...statements: readonly string[]): Promise<void>;
  /** The rows of the last of them. */
  ask(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]>;
  /** A scheduled run of dbt on live: each relation of the project, or those that are named, is replaced. */
  scheduled(...names: readonly string[]): Promise<void>;
  /** Keeps store and warehouse as they are, under a name. */
  keep(name: string): Promise<Kept>;
  putBack(kept: Kept): Promise<void>;
}

export interface Kept {
  readonly database: string;
  readonly store: Image;
}

const database = 'shop';
const schema = { live: 'analytics', idle: 'analytics__green' };

/** As dbt-postgres replaces a relation: under another name first, the old one dropped with what reads it. */
const make: Hand['make'] = (kind, { schema: where, name }, query) => [
  `create ${kind} ${where}.${name}__dbt_tmp as (${query})`,
  `alter ${kind} if exists ${where}.${name} rename to ${name}__dbt_backup`,
  `alter ${kind} ${where}.${name}__dbt_tmp rename to ${name}`,
  `drop ${kind} if exists ${where}.${name}__dbt_backup cascade`,
];

/** The project as dbt compiles it for live. */
const modelsOf = (version: number) => [
  { kind: 'table', name: 'countries', query: "select 'de' as code union all select 'fr'" },
  { kind: 'table', name: 'orders', query: `select i as id, ${version} as version from generate_series(0, 9) as t(i)` },
  {
    kind: 'view',
    name: 'totals',
    query: `select count(*) as orders, max(version) as version, ${version} as said
      from ${schema.live}.orders where exists (select 1 from ${schema.live}.countries)`,
  },
];

/** A shop with a live release of version 2, version 1 kept, and version 3 verified and waiting. */
export async function makePostgresShop(): Promise<PostgresShop> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-postgres-'));
  const server = await startPostgres({ folder });
  const proxy = await startProxy(server.host, server.port);
  await server.createDatabase(database);
  const { host, user, password } = server;
  const run = async (...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> => {
    const client = await server.client(database);
    try {
      let rows: readonly Record<string, unknown>[] = [];
      for (const sql of statements) ({ rows } = await client.query(sql));
      return rows;
    } finally {
      await client.end();
    }
  };
  const hand: Hand = {
    adapter: 'postgres',
    schema,
    make,
    run: async (_, statements) => void (await run(...statements)),
  };
  const engine: ShopEngine = {
    output: { type: 'postgres', host, port: proxy.port, user, password, dbname: database, schema: schema.live },
    folders: [],
    hand: () => hand,
    read: async () => (await run(allVersions)).flatMap((row) => Object.values(row)).map(Number),
    async leftOver() {
      const rows = await run(
        `select nspname as name from pg_namespace
         where nspname !~ '^(pg_|information_schema$|public$|lastgreen$|analytics(__green|__r\\d+(_r\\d+)?)?$)'`,
      );
      return rows.map(({ name }) => String(name));
    },
  };
  const shop = await makeWaitingShop(undefined, engine);
  const copy = async (from: string, to: string): Promise<void> => {
    const admin = await server.client();
    try {
      await admin.query(`drop database if exists ${pg.escapeIdentifier(to)} with (force)`);
      // Nobody may be connected to a template, also not a session that is only just ending.
      await admin.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1`, [from]);
      await admin.query(
        `create database ${pg.escapeIdentifier(to)} template ${pg.escapeIdentifier(from)} strategy file_copy`,
      );
    } finally {
      await admin.end();
    }
  };
  return {
    shop,
    server,
    proxy,
    run: async (...statements) => void (await run(...statements)),
    ask: run,
    scheduled: async (...names) => {
      const [row] = await run(`select max(version) as version from ${schema.live}.orders`);
      const all = modelsOf(Number(row?.['version']));
      const models = names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;
      await run(...models.flatMap(({ kind, name, query }) => make(kind, { schema: schema.live, name }, query)));
    },
    async keep(name) {
      await copy(database, name);
      return { database: name, store: take(shop.folders, join(shop.root, 'kept', name)) };
    },
    async putBack(kept) {
      await copy(kept.database, database);
      putBack(kept.store);
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server.stop();
      await shop[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
