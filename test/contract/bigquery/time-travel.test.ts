import { afterAll, beforeAll, expect, it } from 'vitest';
import { past } from '../../../src/warehouse/bigquery/past.ts';
import { tableId } from '../../../src/warehouse/bigquery/places.ts';
import { getTable } from '../../../src/warehouse/bigquery/tables.ts';
import { expectReadable } from '../../warehouses/bigquery/readable.ts';
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
  const pasts = await past(ctx, [live], first);
  const [is, before] = pasts;
  expect(pasts).toHaveLength(2);
  expect([is?.relation, before?.relation]).toEqual([at(live, 'orders'), at(live, 'orders')]);
  expect(is?.until).toBeNull();
  expect(before?.until).toBe(is?.created);
  expect(before?.since).toBe(first);
  const neverThere = new Date(Date.parse(now()) - DAY * 1000).toISOString();
  expect(await past(ctx, [live], neverThere)).toEqual([is]);
  const idsAt = async (time: string): Promise<readonly unknown[]> => {
    await fill({ do: 'copy', from: at(live, 'orders'), id: before?.id ?? null, at: time, to: orders });
    return (await rows(orders)).map(({ id }) => id);
  };
  expect(await idsAt(first)).toEqual([1]);
  expect(await idsAt(second)).toEqual([1, 2]);
  expect(await idsAt(first)).toEqual([1]);
});

it('gives a table back that was dropped', async () => {
  const { ctx, live, slots, at, run, fill, rows } = ground;
  const [blue = live, green = live] = slots;
  await run('create table {blue}.gone as select 5 as id');
  await pass(HOUR);
  const then = now();
  await pass(HOUR);
  const last = now();
  await run('drop table {blue}.gone');
  const known = (await past(ctx, [blue], then)).find(({ relation }) => relation.identifier === 'gone');
  expect(known).toMatchObject({ relation: at(blue, 'gone'), id: expect.stringContaining('__blue.gone@') });
  expect(Date.parse(known?.until ?? '')).toBeGreaterThanOrEqual(Date.parse(last) - 1000);
  expect(Date.parse(known?.since ?? '')).toBeLessThan(Date.parse(then));
  const to = at(green, 'gone');
  await fill({ do: 'copy', from: at(blue, 'gone'), id: null, at: then, to });
  expect(await rows(to)).toEqual([{ id: 5 }]);
});

it('gives a table back under its own name, beside what else is there, in a slot that is made like live', async () => {
  const { live, slots, at, run, fill, rows, serve } = ground;
  const [blue = live, green = live] = slots;
  await run(
    'create table {green}.self (id int64, d date) partition by d',
    'insert into {green}.self values (1, date "2026-01-01")',
    'create table {green}.rests as select 3 as id',
    'create table {green}.orphan as select 4 as id',
    'create or replace table {blue}.stays as select 7 as id',
  );
  await serve(blue, 'stays');
  await pass(HOUR);
  const then = now();
  await pass(HOUR);
  await run('insert into {green}.self values (2, date "2026-01-02")');
  const self = at(green, 'self');
  const layout = () => getTable(ground.ctx.client, tableId(ground.places, self));
  const before = (await layout())?.timePartitioning;
  const spared = [self, at(green, 'rests')];
  for (const _ of [1, 2])
    await fill(
      { do: 'copy', from: live, id: null, to: green, spared },
      { do: 'copy', from: self, id: null, at: then, to: self },
    );
  expect((await rows(self)).map(({ id }) => id)).toEqual([1]);
  expect((await layout())?.timePartitioning).toEqual(before);
  expect(before).toMatchObject({ field: 'd' });
  expect(await rows(at(green, 'rests'))).toEqual([{ id: 3 }]);
  expect(await rows(at(green, 'stays'))).toEqual([{ id: 7 }]);
  await expect(rows(at(green, 'orphan'))).rejects.toThrow(/Not found/);
});

it('says what is too long ago, and what had no name before', async () => {
  const { ctx, live, slots, at, run, fill } = ground;
  const [blue = live, green = live] = slots;
  await run('create table {blue}.fresh as select 1 as id');
  const fresh = (await past(ctx, [blue], now())).filter(({ relation }) => relation.identifier === 'fresh');
  expect(fresh.map(({ until }) => until)).toEqual([null]);
  const copy = { do: 'copy', from: at(blue, 'fresh'), id: null, to: at(green, 'fresh') } as const;
  const early = new Date(Date.parse(now()) - 10 * DAY * 1000).toISOString();
  await expect(fill({ ...copy, at: early })).rejects.toMatchObject({
    is: expect.stringMatching(/^(missing|refused)$/),
  });
});

// The last one: it looks at what all the others had sent.
it("asks nothing but what BigQuery's grammar has", () => expectReadable(server.control));
