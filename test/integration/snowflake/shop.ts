import { join } from 'node:path';
import { type Client, openClient } from '../../warehouses/snowflake/client.ts';
import type { Action } from '../../warehouses/snowflake/control.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { makeShop, makeWaitingShop, type Shop } from '../frozen/environment.ts';
import type { Fault, FaultyShop } from '../frozen/faults.ts';
import { putBack, take } from '../frozen/image.ts';
import type { ShopEngine } from '../frozen/shop-engine.ts';
import type { Hand } from '../frozen/stand-in.ts';
import { expectNothingLost, lookHalfway } from './halfway.ts';

/** A shop on a server of its own. */
export interface SnowflakeShop extends FaultyShop, AsyncDisposable {
  readonly scope: Scope;
  /** The schema that lastgreen keeps its own tables in. */
  readonly control: string;
  readonly server: SnowflakeServer;
  /** Somebody who knows nothing of lastgreen. */
  readonly guest: Client;
}

/** What changes places: relations of schemas, schemas, or whole databases. */
export type Scope = 'table' | 'schema' | 'database';
/** Those in which lastgreen goes back in time, too. */
export const scopes = ['table', 'database'] as const;

/** As lastgreen.yml says it. */
const IDLE: Readonly<Record<Scope, string | null>> = {
  table: null,
  schema: '{swap: schemas}',
  database: '{database: "{database}__green"}',
};

const DATABASE = 'SHOP';

const namesOf = (scope: Scope) =>
  scope !== 'database'
    ? {
        database: { live: DATABASE, idle: DATABASE },
        schema: { live: 'ANALYTICS', idle: 'ANALYTICS__GREEN' },
        control: `${DATABASE}.LASTGREEN`,
      }
    : {
        database: { live: DATABASE, idle: `${DATABASE}__GREEN` },
        schema: { live: 'ANALYTICS', idle: 'ANALYTICS' },
        control: `${DATABASE}__LASTGREEN.LASTGREEN`,
      };

/** As dbt-snowflake makes a relation. */
const make: Hand['make'] = (kind, { database = DATABASE, schema: where, name }, query) => [
  `create or replace ${kind === 'table' ? 'transient table' : kind} ${database}.${where}.${name} as (${inFull(query, database)})`,
];

/** The project's own words, which other engines understand, in those of this one. */
const inFull = (query: string, database: string): string =>
  query
    .replace('generate_series(0, 9) as t(i)', '(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as t(i)')
    .replaceAll(/\b(ANALYTICS(__GREEN)?\.\w+)/g, `${database}.$1`);

/** A shop's warehouse on a server where nobody else has one. */
export function snowflakeEngine({ profile }: SnowflakeServer, guest: Client, scope: Scope): ShopEngine {
  const { database, schema } = namesOf(scope);
  const hand: Hand = {
    adapter: 'snowflake',
    schema,
    database,
    unquoted: true,
    make,
    async run(side, statements) {
      await guest.ask(`use database ${database[side]}`);
      for (const sql of statements) await guest.ask(sql);
    },
  };
  const made = async (what: string) => (await guest.ask(`show ${what}`)).map(({ name }) => String(name));
  return {
    output: { type: 'snowflake', ...profile, database: DATABASE, schema: schema.live },
    ...(IDLE[scope] === null ? {} : { idle: IDLE[scope] }),
    folders: [],
    hand: () => hand,
    read: async () => (await guest.ask(allVersions)).flatMap((row) => Object.values(row)).map(Number),
    async leftOver() {
      const known = /^(PUBLIC|INFORMATION_SCHEMA|LASTGREEN|(ANALYTICS|SHOP)(__LASTGREEN|__GREEN|__R\d+(_R\d+)?)?)$/;
      const found = [
        ...(await made(`schemas in database ${DATABASE}`)),
        ...(await made(`databases starts with '${DATABASE}'`)),
      ];
      return found.filter((name) => !known.test(name));
    },
  };
}

/** All three relations in one statement. */
export const allVersions = `select distinct o.version as a, t.version as b, t.said as c, (t.orders / 10) * o.version as d
  from SHOP.ANALYTICS.ORDERS o, SHOP.ANALYTICS.TOTALS t, SHOP.ANALYTICS.COUNTRIES c`;

const writes = (sql: string): boolean => /^\s*(insert|update|delete|merge|create|drop|alter)\b/i.test(sql);

const failing: Action = { kind: 'fail', code: 603, message: 'a fault of the server', sqlState: 'XX000' };
const actions: Readonly<Record<Fault['how'], Action>> = {
  'fails at': failing,
  'dead from': failing,
  'drops before': { kind: 'drop' },
  'drops after': { kind: 'drop' },
};

/** An empty shop on a server of its own. */
export async function openSnowflakeShop(
  scope: Scope,
  open: (engine: ShopEngine) => Promise<Shop> = (engine) => makeShop(undefined, engine),
): Promise<SnowflakeShop> {
  const server = await startSnowflake();
  const guest = await openClient(server.connection);
  await guest.ask(`create database ${DATABASE}`);
  const shop = await open(snowflakeEngine(server, guest, scope));
  const here = { shop, scope, control: namesOf(scope).control, server, guest };
  return {
    ...here,
    asked: async () =>
      (await server.control.statements()).map(({ sql, parent }) => ({
        text: sql,
        inCutover: parent !== null,
        writes: parent !== null || writes(sql),
      })),
    // Dropped before: nothing of its request is done. After: all of it is.
    async letDown(n, how) {
      const rule = await server.control.rule({
        match: '.',
        nth: n,
        onwards: how === 'dead from',
        when: how === 'drops after' ? 'after' : 'before',
        do: actions[how],
      });
      return { reached: () => rule.reached(0) };
    },
    heal: () => server.control.clearRules(),
    lookHalfway: (what) => lookHalfway(here, what),
    expectNothingLost: () => expectNothingLost(here),
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

/** One with a live release of version 2, version 1 kept, and version 3 verified and waiting. */
export const makeSnowflakeShop = (scope: Scope): Promise<SnowflakeShop> =>
  openSnowflakeShop(scope, (engine) => makeWaitingShop(undefined, engine));
