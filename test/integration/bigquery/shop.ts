import { join } from 'node:path';
import { type Client, openClient } from '../../warehouses/bigquery/client.ts';
import type { Action, RequestSeen } from '../../warehouses/bigquery/control.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { makeShop, makeWaitingShop, type Shop } from '../frozen/environment.ts';
import type { Fault, FaultyShop } from '../frozen/faults.ts';
import { putBack, take } from '../frozen/image.ts';
import type { ShopEngine } from '../frozen/shop-engine.ts';
import type { Hand } from '../frozen/stand-in.ts';
import { expectNothingLost, lookHalfway } from './halfway.ts';

/** A shop on a server of its own. */
export interface BigqueryShop extends FaultyShop, AsyncDisposable {
  readonly server: BigqueryServer;
  /** Somebody who knows nothing of lastgreen, and may do everything. */
  readonly guest: Client;
}

/** What readers use; the slots are called for it. */
export const DATASET = 'analytics';

/** A shop's warehouse on a server where nobody else has one. */
export function bigqueryEngine({ profile, project }: BigqueryServer, guest: Client): ShopEngine {
  /** The project's own words, which other engines understand, in those of this one. */
  const inFull = (query: string): string =>
    query
      .replace('generate_series(0, 9) as t(i)', 'unnest(generate_array(0, 9)) as i')
      .replaceAll(/\b(analytics(?:__\w+)?)\.(\w+)/g, `\`${project}\`.\`$1\`.\`$2\``);
  return {
    // A server that is dead is not waited for.
    output: { ...profile, dataset: DATASET, job_retry_deadline_seconds: 2 },
    folders: [],
    hand: ({ sides }): Hand => ({
      adapter: 'bigquery',
      schema: {
        live: DATASET,
        // The slot whose turn it is.
        get idle() {
          return sides.idle[0]?.location ?? '';
        },
      },
      database: { live: project, idle: project },
      unquoted: true,
      make: (kind, { schema, name }, query) => [
        `create or replace ${kind} \`${project}\`.\`${schema}\`.\`${name}\` as (${inFull(query)})`,
      ],
      async run(_, statements) {
        for (const sql of statements) await guest.ask(sql);
      },
    }),
    read: async () => (await guest.ask(allVersions)).flatMap((row) => Object.values(row)).map(Number),
    async leftOver() {
      const [datasets] = await guest.bigquery.getDatasets();
      const known = /^analytics(__(blue|green|grey|lastgreen))?$/;
      return datasets.flatMap(({ id }) => (id !== undefined && !known.test(id) ? [id] : []));
    },
  };
}

/** All three relations in one statement. */
export const allVersions = `select distinct o.version as a, t.version as b, t.said as c, div(t.orders, 10) * o.version as d
  from analytics.orders o, analytics.totals t, analytics.countries c`;

/** A patch of a serving view, or a job that creates or drops one. */
const isCutting = ({ method, path, sql }: RequestSeen): boolean =>
  (method === 'PATCH' && /\/datasets\/analytics\/tables\//.test(path)) ||
  /^(create|drop) view .*`analytics`/i.test(sql ?? '');

const actions: Readonly<Record<Fault['how'], Action>> = {
  'fails at': { kind: 'fail', reason: 'invalid', code: 400, message: 'a fault of the server' },
  'dead from': { kind: 'fail', reason: 'backendError', code: 503, message: 'a fault of the server' },
  'drops before': { kind: 'drop' },
  'drops after': { kind: 'drop' },
};

/** An empty shop on a server of its own. */
export async function openBigqueryShop(
  open: (engine: ShopEngine) => Promise<Shop> = (engine) => makeShop(undefined, engine),
): Promise<BigqueryShop> {
  const server = await startBigquery();
  const guest = openClient(server.connection);
  await guest.bigquery.createDataset(DATASET, { location: 'US' });
  const shop = await open(bigqueryEngine(server, guest));
  const here = { shop, server, guest };
  return {
    ...here,
    asked: async () =>
      (await server.control.requests()).map((request) => ({
        text: `${request.method} ${request.path} ${request.sql ?? ''}`,
        writes: request.method !== 'GET',
        inCutover: isCutting(request),
      })),
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
      await server.control.keep(DATASET, name);
      return { name, store: take(shop.folders, join(shop.root, 'kept', name)) };
    },
    async putBack({ name, store }) {
      await server.control.putBack(DATASET, name);
      putBack(store);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await shop[Symbol.asyncDispose]();
    },
  };
}

/** One with a live release of version 2, version 1 kept, and version 3 verified and waiting. */
export const makeBigqueryShop = (): Promise<BigqueryShop> =>
  openBigqueryShop((engine) => makeWaitingShop(undefined, engine));
