import { afterAll, beforeAll, expect, it } from 'vitest';
import { authoriseSlot, missingAccess } from '../../../src/warehouse/bigquery/authorise.ts';
import { getDataset } from '../../../src/warehouse/bigquery/tables.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { groundOn } from './ground.ts';

let server: BigqueryServer;
beforeAll(async () => {
  server = await startBigquery();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

it('lets in the views that readers use instead of a slot, and no dataset that only begins like theirs', async () => {
  const { ctx, places, run } = await groundOn(server);
  const { serving, slots } = places;
  const [blue = ''] = slots;
  // `shop_dev` beside `shop`: somebody else's environment.
  await run('create schema {live_dev}', 'create schema {blue}', 'create schema {blue_marts}');
  const wanted = [serving, `${serving}_marts`, blue, `${blue}_marts`];
  expect(new Set((await missingAccess(ctx)).map(([, by]) => by))).toEqual(new Set([serving, blue, `${blue}_marts`]));
  await authoriseSlot(ctx, blue);
  expect(await missingAccess(ctx)).toEqual([]);
  for (const dataset of [blue, `${blue}_marts`]) {
    const access = (await getDataset(ctx.client, places.project, dataset))?.access ?? [];
    const lets = access.flatMap((entry) => /"datasetId":"(\w+)"/.exec(JSON.stringify(entry))?.[1] ?? []);
    expect(lets.toSorted()).toEqual(wanted.toSorted());
  }
});
