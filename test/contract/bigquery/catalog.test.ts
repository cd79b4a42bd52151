import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sameState } from '../../../src/domain/change.ts';
import { readCatalog } from '../../../src/warehouse/bigquery/catalog.ts';
import { look, unchanged } from '../../../src/warehouse/bigquery/look.ts';
import { describe as columnsOf, query } from '../../../src/warehouse/bigquery/query.ts';
import { sizes } from '../../../src/warehouse/bigquery/sizes.ts';
import { OWNER } from '../../warehouses/bigquery/names.ts';
import { expectReadable } from '../../warehouses/bigquery/readable.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { type Ground, groundOn } from './ground.ts';

let server: BigqueryServer;
let ground: Ground;

beforeAll(async () => {
  server = await startBigquery();
  ground = await groundOn(server);
  await ground.run(
    'create schema {blue}',
    'create schema {green}',
    'create schema {blue_marts}',
    'create schema {raw}',
    'create table {raw}.events as select 1 as id',
    `create table {blue}.orders (id int64 not null, amount numeric(10, 2), tags array<string>, buyer struct<name string, age int64>)
      options (description = 'orders')`,
    "insert into {blue}.orders values (1, 10.25, ['a', 'b'], ('Ann', 42))",
    'create view {blue}.totals as select sum(amount) as total from {blue}.orders',
    'create view {blue_marts}.seen as select * from {blue}.totals cross join {raw}.events',
    'create function {blue}.twice(x int64) as (x * 2)',
    'create table {live}.handmade as select 1 as x',
    'create view {live}.foreign as select * from {blue}.orders where id = 1',
    'grant `roles/bigquery.dataViewer` on table {blue}.orders to "user:ann@example.com"',
    'create row access policy only_ann on {blue}.orders grant to ("user:ann@example.com") filter using (id = 1)',
    `create row access policy everything on {blue}.orders grant to ("user:${OWNER}") filter using (true)`,
  );
  await ground.serve(ground.slots[0] ?? ground.live, 'orders', 'totals');
});

afterAll(async () => server?.[Symbol.asyncDispose]());

const blue = () => ground.slots[0] ?? ground.live;
const green = () => ground.slots[1] ?? ground.live;

describe('the catalog of live', () => {
  it('shows behind the names that readers use what they lead to', async () => {
    const { ctx, live, at } = ground;
    const catalog = await readCatalog(ctx, [live, blue()]);
    const [there, here] = [catalog.find(at(live, 'orders')), catalog.find(at(blue(), 'orders'))];
    expect(there?.kind).toBe('table');
    expect(there?.columns).toEqual([
      { name: 'id', type: 'INT64', nullable: false },
      { name: 'amount', type: 'NUMERIC(10, 2)', nullable: true },
      { name: 'tags', type: 'ARRAY<STRING>', nullable: true },
      { name: 'buyer', type: 'STRUCT<name STRING, age INT64>', nullable: true },
    ]);
    expect(there?.protection).toEqual(here?.protection);
    expect(there?.protection?.grants.map(({ what }) => what)).toContain(
      'roles/bigquery.dataViewer to user:ann@example.com',
    );
    expect(there?.protection?.rules).toEqual([
      `row access policy everything for user:${OWNER} where true`,
      'row access policy only_ann for user:ann@example.com where id = 1',
    ]);
    expect(sameState(catalog.state(at(live, 'orders')), catalog.state(at(blue(), 'orders')))).toBe(true);
    expect(catalog.pointsTo(at(live, 'orders'))).toEqual(at(blue(), 'orders'));
    expect(catalog.pointsTo(live)).toEqual(blue());
    expect(catalog.state(live)).toEqual(catalog.state(blue()));
  });

  it('shows what readers have and no release built as it is', async () => {
    const { ctx, live, at } = ground;
    const catalog = await readCatalog(ctx, [live]);
    expect(catalog.find(at(live, 'handmade'))?.kind).toBe('table');
    expect(catalog.find(at(live, 'foreign'))?.kind).toBe('view');
    expect(catalog.pointsTo(at(live, 'foreign'))).toBeNull();
    expect(catalog.find(at(live, 'seen', `${live.location}_marts`))).toBeNull();
  });

  it('tells what views read, by the names of their side', async () => {
    const { ctx, live, at, places } = ground;
    const catalog = await readCatalog(ctx, [live, blue()], { bare: true });
    expect(catalog.readsOf(at(blue(), 'totals'))).toEqual([at(blue(), 'orders')]);
    expect(catalog.readsOf(at(live, 'totals'))).toEqual([at(live, 'orders')]);
    // It begins like the datasets that readers use, and may be one: who knows that it is a source calls it so.
    const raw = at(live, 'events', `${places.serving}__raw`);
    const seen = catalog.readsOf(at(blue(), 'seen', `${places.serving}_marts`));
    expect(seen).toEqual([at(blue(), 'totals'), raw]);
  });

  it('has nothing of a side that is not there yet', async () => {
    const { ctx, slots, at } = ground;
    const [, , grey] = slots;
    if (!grey) throw new RangeError('three slots');
    const catalog = await readCatalog(ctx, [grey]);
    expect(catalog.relations).toEqual([]);
    expect(catalog.state(grey)).toEqual({ is: 'absent' });
    expect(catalog.state(at(grey, 'orders'))).toEqual({ is: 'absent' });
  });
});

describe('a look', () => {
  it('is the same for live and for the slot behind it', async () => {
    const { ctx, live, at } = ground;
    const orders = async (side: typeof live) =>
      (await look(ctx, [side], [at(side, 'orders')])).fingerprints.map(([, text]) => text);
    expect(await orders(live)).toEqual(await orders(blue()));
  });

  it('notices every write, and nothing else', async () => {
    const { ctx, live, run } = ground;
    const before = await look(ctx, [live]);
    await run('select count(*) from {blue}.orders', 'create or replace table {green}.other as select 1 as x');
    expect(await unchanged(ctx, [live], before)).toBe(true);
    await run("insert into {blue}.orders values (2, 1, [], ('Bob', 1))");
    expect(await unchanged(ctx, [live], before)).toBe(false);
    const after = await look(ctx, [live]);
    await run('create or replace view {blue}.totals as select sum(amount) + 0 as total from {blue}.orders');
    expect(await unchanged(ctx, [live], after)).toBe(false);
  });

  it('tells two slots apart whose views have the same text', async () => {
    const { ctx, run, at } = ground;
    await run('create view {blue}.same as select 1 as x', 'create view {green}.same as select 1 as x');
    const catalog = await readCatalog(ctx, [blue(), green()], { bare: true });
    expect(catalog.state(at(blue(), 'same'))).not.toEqual(catalog.state(at(green(), 'same')));
  });
});

describe('a question', () => {
  const asked = (maxBytes?: number) => ({
    in: ground.live,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });

  it('is answered with plain values', async () => {
    const rows = await query(
      ground.ctx,
      `select 1 as n, numeric '1.5' as d, timestamp '2024-01-02 03:04:05.678+00' as t, date '2024-01-02' as day,
        datetime '2024-01-02 03:04:05' as dt, [1, 2] as list, struct('a' as x, [struct(1 as y)] as z) as s, true as b, null as nothing`,
      asked(),
    );
    expect(rows).toEqual([
      {
        n: 1,
        d: 1.5,
        t: '2024-01-02T03:04:05.678Z',
        day: '2024-01-02',
        dt: '2024-01-02T03:04:05',
        list: [1, 2],
        s: { x: 'a', z: [{ y: 1 }] },
        b: true,
        nothing: null,
      },
    ]);
  });

  it('may not write, whatever it begins with', async () => {
    const { ctx, ask, places } = ground;
    const table = `\`${places.project}.${places.serving}.handmade\``;
    for (const sql of [`insert into ${table} values (2)`, `select 1; drop table ${table}`])
      await expect(query(ctx, sql, asked())).rejects.toMatchObject({ is: 'refused' });
    expect(await ask(`select * from ${table}`)).toEqual([{ x: 1 }]);
  });

  it('is refused beforehand where it would read more than it may', async () => {
    const { ctx, places } = ground;
    const sql = `select * from \`${places.project}.${places.serving}.handmade\``;
    await expect(query(ctx, sql, asked(1))).rejects.toMatchObject({ is: 'refused' });
    expect(await query(ctx, sql, asked(1e9))).toEqual([{ x: 1 }]);
  });

  it('tells its columns without being run', async () => {
    expect(await columnsOf(ground.ctx, "select 1 as n, ['a'] as list", asked())).toEqual([
      { name: 'n', type: 'INT64', nullable: true },
      { name: 'list', type: 'ARRAY<STRING>', nullable: true },
    ]);
  });

  it('knows how much tables take', async () => {
    const { ctx, live, at } = ground;
    const [[relation, bytes] = []] = await sizes(ctx, [at(live, 'orders'), at(live, 'totals'), at(live, 'nowhere')]);
    expect(relation).toEqual(at(live, 'orders'));
    expect(bytes).toBeGreaterThan(0);
  });
});

// The last one: it looks at what all the others had sent.
it("asks nothing but what BigQuery's grammar has", () => expectReadable(server.control));
