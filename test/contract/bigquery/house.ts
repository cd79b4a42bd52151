import { randomUUID } from 'node:crypto';
import type { Output } from '../../../src/config/port.ts';
import type { Container } from '../../../src/domain/relation.ts';
import { exchangeContainers } from '../../../src/planning/strategies/exchange-containers.ts';
import { connectBigquery } from '../../../src/warehouse/bigquery/index.ts';
import { profileRules } from '../../../src/warehouse/bigquery/profile.ts';
import { connectionOf, openClient } from '../../warehouses/bigquery/client.ts';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import type { Row, WarehouseHouse } from '../warehouse/house.ts';

/** Datasets of its own, on a server that others share. */
export interface BigqueryHouse extends WarehouseHouse {
  /** What readers use; slots are called for it. */
  readonly serving: string;
  /** Statements as somebody else types them who may do everything. */
  readonly run: (...statements: readonly string[]) => Promise<readonly Row[]>;
}

/** Where houses stand: the test server, or the project of anybody's target. */
export interface HouseGround extends Pick<BigqueryServer, 'project' | 'connection'> {
  /** A target of profiles.yml, rendered; which dataset it names is of no concern. */
  readonly profile: Output;
  /** Of the test server, where one can come as anybody; without it readers are who releases are. */
  readonly url?: string;
  /** What the names of the datasets begin with. */
  readonly prefix?: string;
  /** US, without it. */
  readonly location?: string;
}

export interface HouseOptions {
  readonly slots?: readonly string[];
  /** Fields of the dbt target. */
  readonly output?: Readonly<Record<string, unknown>>;
}

/** One more than the usual three, so that two releases rest beside the one that is being built. */
const four = ['blue', 'green', 'grey', 'red'].map((slot) => `{schema}__${slot}`);

/** Who reads what readers use, and may read nothing behind it. */
export const READER = 'reader@shop.test';

export async function bigqueryHouse(
  { project, connection, profile, url, prefix = 'house', location = 'US' }: HouseGround,
  { slots = four, output: other = {} }: HouseOptions = {},
): Promise<BigqueryHouse> {
  const serving = `${prefix}_${randomUUID().replaceAll('-', '')}`;
  const owner = openClient(connection);
  const reader = url === undefined ? owner : openClient(connectionOf(url, READER));
  // Jobs may be another project's.
  const { bigquery } = openClient({ ...connection, projectId: project });
  await bigquery.createDataset(serving, {
    location,
    access: [
      { role: 'OWNER', specialGroup: 'projectOwners' },
      ...(url === undefined ? [] : [{ role: 'READER', userByEmail: READER }]),
    ],
  });
  const output = { ...profile, dataset: serving, ...other };
  const { containers, others = [] } = profileRules.sides(output, { slots });
  const ring = [containers.idle, ...others.map((one) => one.containers)];
  const connect = () => connectBigquery({ output, live: containers.live, slots: ring });
  const [warehouse, another] = [connect(), connect()];
  const [live] = containers.live;
  if (!live) throw new RangeError('there is no live side');
  const run = async (...statements: readonly string[]): Promise<readonly Row[]> => {
    let rows: readonly Row[] = [];
    for (const sql of statements) rows = await owner.ask(sql);
    return rows;
  };
  /** Whoever writes to live writes to what readers' views point to. */
  const behind = (sql: string): string => {
    const slot = ring[warehouse.serving?.() ?? -1]?.[0]?.location;
    return slot === undefined ? sql : sql.replaceAll(new RegExp(`\\b${serving}\\b`, 'g'), slot);
  };
  return {
    serving,
    run,
    warehouse,
    another,
    live: [live],
    get idle() {
      return ring[warehouse.building?.() ?? 0] ?? [];
    },
    relation: ([side = live], name) => ({
      location: side.location,
      database: project,
      schema: serving,
      identifier: name,
    }),
    write: async ([side = live], statements) => {
      const isLive = side.location === live.location;
      // As dbt makes datasets that are missing.
      await run(`create schema if not exists \`${project}.${side.location}\` options (location = '${location}')`);
      await run(...(isLive ? statements.map(behind) : statements));
    },
    read: async (sql) => (await reader.ask(sql)).map(plain),
    prepare: (catalog) => {
      const state = catalog.state(live);
      const to = ring[warehouse.building?.() ?? 0]?.[0];
      if (!to) throw new RangeError('there is no idle side');
      return [{ do: 'copy', from: live, id: state.is === 'object' ? state.id : null, to }];
    },
    cut: (catalog, [to], { release, leaves }) =>
      exchangeContainers([{ live, to: to ?? null }], { catalog, leaves, release, traits: warehouse.traits }),
    // Documentation, "Table naming": letters, marks, digits, connectors, dashes and spaces.
    names: ['with space', 'with-dash', 'Capital', 'select', 'größe', '売上'],
    endless:
      'select count(*) from unnest(generate_array(1, 1000000)) as a cross join unnest(generate_array(1, 1000000)) as b where mod(a * b, 7) = 9',
    dispose: async () => {
      await Promise.all([warehouse, another].map((one) => one[Symbol.asyncDispose]()));
      const [datasets] = await bigquery.getDatasets();
      await Promise.all(
        datasets.filter(({ id }) => id?.startsWith(serving)).map((dataset) => dataset.delete({ force: true })),
      );
    },
  };
}

/** The client has objects of its own for what JSON has none for: dates by their text, numerics as numbers. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value !== 'object' || value === null ? value : 'value' in value ? value.value : Number(value),
    ]),
  );

/** Of a ring, the side of a slot. */
export const sideOf = (house: BigqueryHouse, slot: string): Container => ({
  location: `${house.serving}__${slot}`,
  database: house.live[0]?.database ?? '',
  schema: null,
});
