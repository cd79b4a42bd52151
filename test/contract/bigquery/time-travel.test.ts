import { afterAll, beforeAll, expect, it } from 'vitest';
import { past } from '../../../src/warehouse/bigquery/past.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { type Ground, groundOn } from './ground.ts';

let server: BigqueryServer;
let ground: Ground;

/** By the server's clock, which tests move on. */
let passedMs = 0;
const pass = async (seconds: number): Promise<void> => {
  await server.control.passTime(seconds);
  passedMs += seconds * 1000;
};
const now = (): string => new Date(Date.now() + passedMs).toISOString();

beforeAll(async () => {
  server = await startBigquery();
  ground = await groundOn(server);
  const [blue, green] = ground.slots;
  if (!blue || !green) throw new RangeError('slots');
  await ground.fill({ do: 'create', container: blue }, { do: 'create', container: green });
});

afterAll(async () => server?.[Symbol.asyncDispose]());

const [HOUR, DAY] = [3_600, 86_400];

it('gives a table as it was at a time, whatever was done to its name since', async () => {
  const { ctx, live, slots, at, run, fill, rows, serve } = ground;
  const [blue = live, green = live] = slots;
  const orders = at(green, 'orders');
  await run('create table {blue}.orders as select 1 as id');
  await serve(blue, 'orders');
  await pass(HOUR);
  const first = now();
  await pass(HOUR);
  await run('insert into {blue}.orders values (2)');
  await pass(HOUR);
  const second = now();
  await pass(HOUR);
  await run('create or replace table {blue}.orders as select 9 as id');
  const pasts = await past(ctx, [live]);
  const [is, before] = pasts;
  expect(pasts).toHaveLength(2);
  expect([is?.relation, before?.relation]).toEqual([at(live, 'orders'), at(live, 'orders')]);
  expect(is?.until).toBeNull();
  expect(before?.until).toBe(is?.created);
  // Seven days, when a dataset says nothing else.
  expect(Date.parse(now()) - Date.parse(before?.since ?? '')).toBeGreaterThanOrEqual(7 * DAY * 1000 - 60_000);
  const idsAt = async (time: string): Promise<readonly unknown[]> => {
    await fill({ do: 'copy', from: at(live, 'orders'), id: before?.id ?? null, at: time, to: orders });
    return (await rows(orders)).map(({ id }) => id);
  };
  expect(await idsAt(first)).toEqual([1]);
  expect(await idsAt(second)).toEqual([1, 2]);
  expect(await idsAt(first)).toEqual([1]);
});

it('gives a table back that was dropped', async () => {
  const { live, slots, at, run, fill, rows } = ground;
  const [blue = live, green = live] = slots;
  await run('create table {blue}.gone as select 5 as id');
  await pass(HOUR);
  const then = now();
  await pass(HOUR);
  await run('drop table {blue}.gone');
  const to = at(green, 'gone');
  await fill({ do: 'copy', from: at(blue, 'gone'), id: null, at: then, to });
  expect(await rows(to)).toEqual([{ id: 5 }]);
});

it('says what is too long ago, and what had no name before', async () => {
  const { ctx, live, slots, at, run, fill } = ground;
  const [blue = live, green = live] = slots;
  await run('create table {blue}.fresh as select 1 as id');
  const fresh = (await past(ctx, [blue])).filter(({ relation }) => relation.identifier === 'fresh');
  expect(fresh.map(({ until }) => until)).toEqual([null]);
  const copy = { do: 'copy', from: at(blue, 'fresh'), id: null, to: at(green, 'fresh') } as const;
  const early = new Date(Date.parse(now()) - 10 * DAY * 1000).toISOString();
  await expect(fill({ ...copy, at: early })).rejects.toMatchObject({
    is: expect.stringMatching(/^(missing|refused)$/),
  });
});
