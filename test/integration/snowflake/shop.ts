import { join } from 'node:path';
import { type Client, openClient } from '../../warehouses/snowflake/client.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { makeWaitingShop, type Shop } from '../frozen/environment.ts';
import { type Image, putBack, take } from '../frozen/image.ts';
import type { ShopEngine } from '../frozen/shop-engine.ts';
import type { Hand } from '../frozen/stand-in.ts';

/** A shop on a server of its own. */
export interface SnowflakeShop extends AsyncDisposable {
  readonly shop: Shop;
  readonly server: SnowflakeServer;
  /** Somebody who knows nothing of lastgreen. */
  readonly guest: Client;
  /** Keeps store and warehouse as they are, under a name. */
  keep(name: string): Promise<Kept>;
  putBack(kept: Kept): Promise<void>;
}

export interface Kept {
  readonly name: string;
  readonly store: Image;
}

const DATABASE = 'SHOP';
const schema = { live: 'ANALYTICS', idle: 'ANALYTICS__GREEN' };

/** As dbt-snowflake makes a relation. */
const make: Hand['make'] = (kind, { schema: where, name }, query) => [
  `create or replace ${kind === 'table' ? 'transient table' : kind} ${DATABASE}.${where}.${name} as (${inFull(query)})`,
];

/** The project's own words, which other engines understand, in those of this one. */
const inFull = (query: string): string =>
  query
    .replace('generate_series(0, 9) as t(i)', '(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as t(i)')
    .replaceAll(/\b(ANALYTICS(__GREEN)?\.\w+)/g, `${DATABASE}.$1`);

/** All three relations in one statement. */
export const allVersions = `select distinct o.version as a, t.version as b, t.said as c, (t.orders / 10) * o.version as d
  from SHOP.ANALYTICS.ORDERS o, SHOP.ANALYTICS.TOTALS t, SHOP.ANALYTICS.COUNTRIES c`;

/** A shop with a live release of version 2, version 1 kept, and version 3 verified and waiting. */
export async function makeSnowflakeShop(): Promise<SnowflakeShop> {
  const server = await startSnowflake();
  const guest = await openClient(server.connection);
  await guest.ask(`create database ${DATABASE}`);
  const hand: Hand = {
    adapter: 'snowflake',
    schema,
    unquoted: true,
    make,
    run: async (_, statements) => {
      await guest.ask(`use database ${DATABASE}`);
      for (const sql of statements) await guest.ask(sql);
    },
  };
  const engine: ShopEngine = {
    output: { type: 'snowflake', ...server.profile, database: DATABASE, schema: schema.live },
    folders: [],
    hand: () => hand,
    read: async () => (await guest.ask(allVersions)).flatMap((row) => Object.values(row)).map(Number),
    async leftOver() {
      const rows = await guest.ask(`select schema_name as name from ${DATABASE}.information_schema.schemata`);
      const known = /^(PUBLIC|INFORMATION_SCHEMA|LASTGREEN|ANALYTICS(__GREEN|__R\d+(_R\d+)?)?)$/;
      return rows.map(({ name }) => String(name)).filter((name) => !known.test(name));
    },
  };
  const shop = await makeWaitingShop(undefined, engine);
  return {
    shop,
    server,
    guest,
    async keep(name) {
      await server.control.keep(DATABASE, name);
      return { name, store: take(shop.folders, join(shop.root, 'kept', name)) };
    },
    async putBack({ name, store }) {
      await server.control.putBack(DATABASE, name);
      putBack(store);
    },
    async [Symbol.asyncDispose]() {
      await guest.close();
      await server.stop();
      await shop[Symbol.asyncDispose]();
    },
  };
}
