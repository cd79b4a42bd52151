import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Container } from '../../../src/domain/relation.ts';
import { readCatalog } from '../../../src/warehouse/bigquery/catalog.ts';
import { tableId } from '../../../src/warehouse/bigquery/places.ts';
import { getTable } from '../../../src/warehouse/bigquery/tables.ts';
import { expectReadable } from '../../warehouses/bigquery/readable.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { type Ground, groundOn } from './ground.ts';

let server: BigqueryServer;
let ground: Ground;
let blue: Container;
let green: Container;

beforeAll(async () => {
  server = await startBigquery();
});

beforeEach(async () => {
  ground = await groundOn(server);
  const [first, second] = ground.slots;
  if (!first || !second) throw new RangeError('slots');
  [blue, green] = [first, second];
  await ground.fill({ do: 'create', container: blue });
  await ground.run(
    'create table {blue}.orders (id int64, day date)',
    "insert into {blue}.orders values (1, date '2026-01-01'), (2, date '2026-01-02')",
  );
});

afterAll(async () => server?.[Symbol.asyncDispose]());

/** As a person does in the console. */
async function describeId(name: string, more: object): Promise<void> {
  const { ctx, places, at } = ground;
  const { project, dataset, table } = tableId(places, at(blue, name));
  const found = await getTable(ctx.client, { project, dataset, table });
  const fields = found?.schema.fields.map((field) => (field.name === 'id' ? { ...field, ...more } : field));
  const path = `/datasets/${dataset}/tables/${table}`;
  await ctx.client.call({ method: 'PATCH', path, project, body: { schema: { fields } } });
}

const copied = () => ground.fill({ do: 'copy', from: ground.live, id: null, to: green });

describe('what is carried into a slot', () => {
  it('may be a materialized view, which is made of the tables beside it', async () => {
    const { run, rows, at, serve, ctx } = ground;
    await run('create materialized view {blue}.per_day as select day, count(*) as n from {blue}.orders group by day');
    await serve(blue, 'orders', 'per_day');
    await copied();
    const catalog = await readCatalog(ctx, [green], { bare: true });
    expect(catalog.find(at(green, 'per_day'))?.kind).toBe('materialized view');
    expect(catalog.readsOf(at(green, 'per_day'))).toEqual([at(green, 'orders')]);
    expect(await rows(at(green, 'per_day'))).toHaveLength(2);
    await run("insert into {blue}.orders values (3, date '2026-01-03')");
    await copied();
    expect(await rows(at(green, 'per_day'))).toHaveLength(3);
  });

  it('may be an external table, which leads where the other does', async () => {
    const { run, at, serve, ctx, places } = ground;
    await run(
      "create external table {blue}.outside (id int64, said string) options (format = 'CSV', uris = ['gs://shop/*.csv', 'gs://shop/old.csv'], skip_leading_rows = 1, description = 'theirs')",
    );
    await serve(blue, 'orders', 'outside');
    const of = async (side: Container) => getTable(ctx.client, tableId(places, at(side, 'outside')));
    await copied();
    const [one, other] = [await of(blue), await of(green)];
    expect(other).toMatchObject({ type: 'EXTERNAL', description: 'theirs', schema: one?.schema });
    expect(other?.['externalDataConfiguration']).toEqual(one?.['externalDataConfiguration']);
    expect(other?.['externalDataConfiguration']).toMatchObject({ csvOptions: { skipLeadingRows: '1' } });
    const made = other?.creationTime;
    await copied();
    expect((await of(green))?.creationTime, 'it is there already').toBe(made);
  });

  it('may be views over views and functions, made in the order in which they read one another', async () => {
    const { run, rows, at, serve } = ground;
    await run(
      'create function {blue}.one() as (1)',
      'create function {blue}.two() as ({blue}.one() + {blue}.one())',
      'create view {blue}.z as select * from {blue}.orders where id >= {blue}.one()',
      'create view {blue}.y as select * from {blue}.z where id < {blue}.two()',
      'create view {blue}.x as select o.id from {blue}.y as o join {blue}.z as z using (id)',
    );
    await serve(blue, 'orders', 'x', 'y', 'z');
    await copied();
    expect(await rows(at(green, 'x'))).toEqual([{ id: 1 }]);
  });

  it('has the descriptions and policy tags of its columns', async () => {
    const { run, at, serve, ctx, places } = ground;
    await run('create view {blue}.described as select * from {blue}.orders');
    const tag = 'projects/lastgreen-test/locations/us/taxonomies/1/policyTags/2';
    await describeId('orders', { policyTags: { names: [tag] } });
    await describeId('described', { description: 'a number' });
    await serve(blue, 'orders', 'described');
    await copied();
    const catalog = await readCatalog(ctx, [green]);
    expect(catalog.find(at(green, 'orders'))?.protection?.rules).toEqual([`policy tag ${tag} on id`]);
    const described = await getTable(ctx.client, tableId(places, at(green, 'described')));
    expect(described?.schema.fields.map(({ description }) => description)).toEqual(['a number', undefined]);
    // Built anew it has none of them.
    await run('create or replace table {green}.orders as select 1 as id');
    await ground.fill({ do: 'protect', live: at(ground.live, 'orders'), idle: at(green, 'orders') });
    const rebuilt = (await readCatalog(ctx, [green])).find(at(green, 'orders'));
    expect(rebuilt?.protection?.rules).toEqual([`policy tag ${tag} on id`]);
  });

  it('expires when what it was copied from does', async () => {
    const { run, at, serve, ctx, places } = ground;
    await run("alter table {blue}.orders set options (expiration_timestamp = timestamp '2035-01-01')");
    await serve(blue, 'orders');
    await copied();
    const { expirationTime } = (await getTable(ctx.client, tableId(places, at(green, 'orders')))) ?? {};
    expect(expirationTime).toBe(String(Date.parse('2035-01-01')));
  });

  it('is refused where nobody can make another', async () => {
    const { run, serve } = ground;
    await run('create snapshot table {blue}.frozen clone {blue}.orders');
    await serve(blue, 'frozen');
    await expect(copied()).rejects.toMatchObject({ is: 'refused', message: expect.stringContaining('snapshot') });
  });

  it('is refused where its text may mean another slot', async () => {
    const { run, serve, dataset } = ground;
    const alias = dataset('blue').split('.')[1];
    await run(`create view {blue}.odd as select ${alias}.id from {blue}.orders as ${alias}`);
    await serve(blue, 'orders', 'odd');
    await expect(copied()).rejects.toMatchObject({ is: 'refused', message: expect.stringContaining('odd would read') });
  });
});

// The last one: it looks at what all the others had sent.
it("asks nothing but what BigQuery's grammar has", () => expectReadable(server.control));
