import { randomUUID } from 'node:crypto';
import type { Fill } from '../../../src/domain/change.ts';
import { fence } from '../../../src/domain/ids.ts';
import type { Container, Relation } from '../../../src/domain/relation.ts';
import { clientFor } from '../../../src/warehouse/bigquery/client.ts';
import type { Context } from '../../../src/warehouse/bigquery/context.ts';
import { changeRing } from '../../../src/warehouse/bigquery/control.ts';
import { qualified, servingText } from '../../../src/warehouse/bigquery/dialect.ts';
import { fill } from '../../../src/warehouse/bigquery/fill.ts';
import { type Places, sideContainer, tableId } from '../../../src/warehouse/bigquery/places.ts';
import { settingsOf } from '../../../src/warehouse/bigquery/settings.ts';
import { type Client, openClient } from '../../warehouses/bigquery/client.ts';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';

/** An environment of its own on a server that others share, with what somebody else does there. */
export interface Ground {
  readonly ctx: Context;
  readonly places: Places;
  readonly live: Container;
  readonly slots: readonly Container[];
  readonly ask: Client['ask'];
  /** Statements one after the other, `{live}` and `{green}` and the like replaced by names of datasets with their project. */
  readonly run: (...statements: readonly string[]) => Promise<void>;
  /** A relation of a side by its name. */
  readonly at: (side: Container, identifier: string, schema?: string) => Relation;
  /** The names of a dataset, `live` or `green` or the like, with its project, quoted. */
  readonly dataset: (name: string) => string;
  /** Fills as the claimer of the first number. */
  readonly fill: (...fills: readonly Fill[]) => Promise<void>;
  /** What is in a table or view. */
  readonly rows: (relation: Relation) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Makes a slot what readers have: its control document says so, and views point to these. */
  readonly serve: (slot: Container, ...identifiers: readonly string[]) => Promise<void>;
}

export async function groundOn(server: BigqueryServer): Promise<Ground> {
  const serving = `shop_${randomUUID().slice(0, 8)}`;
  const output = { ...server.profile, type: 'bigquery', dataset: serving };
  const places = {
    project: server.project,
    serving,
    slots: ['blue', 'green', 'grey'].map((one) => `${serving}__${one}`),
  };
  const ctx: Context = {
    client: clientFor({ settings: settingsOf(output) }),
    places,
    location: async () => 'US',
    limits: { maximumBytesBilled: null, jobMs: null, priority: 'INTERACTIVE' },
    patience: { drainMs: 1000 },
    seen: { ring: null },
    ended: new Map(),
  };
  const { ask } = openClient(server.connection);
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const sql of statements)
      await ask(sql.replaceAll(/\{(\w+)\}/g, (_, name: string) => datasetNamed(places, name)));
  };
  await run('create schema {live}');
  await changeRing(ctx, (ring) => ({ ...ring, claimed: fence(1) }));
  const live = sideContainer(places, serving);
  const at: Ground['at'] = ({ location, database }, identifier, schema = serving) => ({
    location,
    database,
    schema,
    identifier,
  });
  return {
    ctx,
    places,
    live,
    slots: places.slots.map((slot) => sideContainer(places, slot)),
    ask,
    run,
    at,
    dataset: (name) => datasetNamed(places, name),
    fill: (...fills) => fill(ctx, fills, { fence: fence(1), signal: new AbortController().signal }),
    rows: (relation) => ask(`select * from ${qualified(tableId(places, relation))} order by 1`),
    async serve(slot, ...identifiers) {
      await changeRing(ctx, (ring) => ({ ...ring, live: slot.location }));
      for (const name of identifiers)
        await run(`create or replace view {live}.${name} as ${servingText(tableId(places, at(slot, name)))}`);
    },
  };
}

const datasetNamed = ({ project, serving }: Places, name: string): string =>
  `\`${project}\`.\`${name.startsWith('live') ? `${serving}${name.slice('live'.length)}` : `${serving}__${name}`}\``;
