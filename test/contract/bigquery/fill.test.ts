import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../../src/domain/relation.ts';
import { readCatalog } from '../../../src/warehouse/bigquery/catalog.ts';
import { tableId } from '../../../src/warehouse/bigquery/places.ts';
import { getPolicy, getTable } from '../../../src/warehouse/bigquery/tables.ts';
import { OWNER } from '../../warehouses/bigquery/names.ts';
import { expectReadable } from '../../warehouses/bigquery/readable.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { type Ground, groundOn } from './ground.ts';

let server: BigqueryServer;

beforeAll(async () => {
  server = await startBigquery();
});

afterAll(async () => server?.[Symbol.asyncDispose]());

/** A first release in the first slot, which readers have. */
async function released(): Promise<{ ground: Ground; blue: Container; green: Container; grey: Container }> {
  const ground = await groundOn(server);
  const [blue, green, grey] = ground.slots;
  if (!blue || !green || !grey) throw new RangeError('three slots');
  await ground.fill({ do: 'create', container: blue });
  await ground.run(
    'create schema {blue_marts}',
    `create table {blue}.customers (id int64, name string, primary key (id) not enforced) options (description = 'people')`,
    "insert into {blue}.customers values (1, 'Ann'), (2, 'Bob')",
    `create table {blue}.orders (id int64, customer int64, day date,
      foreign key (customer) references {blue}.customers (id) not enforced)
      partition by day cluster by id options (labels = [('team', 'sales')], partition_expiration_days = 3650)`,
    "insert into {blue}.orders values (1, 1, date '2026-01-01')",
    'create view {blue}.names as select name from {blue}.customers',
    "create view {blue_marts}.people options (description = 'all of them') as select * from {blue}.names",
    'create function {blue}.twice(x int64) as (x * 2)',
    'create view {blue}.doubled as select {blue}.twice(id) as id from {blue}.orders',
  );
  await ground.serve(blue, 'customers', 'orders', 'names', 'doubled');
  await ground.run('create schema {live_marts}');
  return { ground, blue, green, grey };
}

/** Readers have it in a schema of its own. */
async function serveMarts({ at, live, run, places }: Ground, slot: Container): Promise<void> {
  const schema = `${places.serving}_marts`;
  const { project, dataset, table } = tableId(places, at(slot, 'people', schema));
  await run(`create or replace view {live_marts}.people as SELECT * FROM \`${project}.${dataset}.${table}\``);
  expect(live.location).toBe(places.serving);
}

describe('a slot that is filled from live', () => {
  it('has what live has, by its own names', async () => {
    const { ground, blue, green } = await released();
    const { live, at, fill, rows, ctx, places } = ground;
    await serveMarts(ground, blue);
    await fill({ do: 'copy', from: live, id: null, to: green });
    const marts = `${places.serving}_marts`;
    expect(await rows(at(green, 'people', marts))).toEqual([{ name: 'Ann' }, { name: 'Bob' }]);
    expect(await rows(at(green, 'doubled'))).toEqual([{ id: 2 }]);
    const catalog = await readCatalog(ctx, [live, green], { bare: true });
    expect(catalog.readsOf(at(green, 'people', marts))).toEqual([at(green, 'names')]);
    expect(catalog.readsOf(at(green, 'names'))).toEqual([at(green, 'customers')]);
    expect(catalog.readsOf(at(green, 'doubled'))).toEqual(
      expect.arrayContaining([at(green, 'twice'), at(green, 'orders')]),
    );
    expect(catalog.pointsTo(at(live, 'orders'))).toEqual(at(blue, 'orders'));
  });

  it('has tables with all that is said of them', async () => {
    const { ground, green } = await released();
    const { live, at, fill, ctx, places } = ground;
    await fill({ do: 'copy', from: live, id: null, to: green });
    const of = async (slot: Container, name: string) => getTable(ctx.client, tableId(places, at(slot, name)));
    const [was, is] = [await of(ground.slots[0] ?? live, 'orders'), await of(green, 'orders')];
    for (const key of ['description', 'labels', 'timePartitioning', 'clustering', 'schema'])
      expect([key, is?.[key]]).toEqual([key, was?.[key]]);
    // Its key refers to what lies beside it.
    expect(JSON.stringify(is?.['tableConstraints'])).toBe(
      JSON.stringify(was?.['tableConstraints']).replaceAll('__blue', '__green'),
    );
    expect((await of(green, 'customers'))?.description).toBe('people');
  });

  it('has nothing else afterwards, and not what dbt builds', async () => {
    const { ground, green } = await released();
    const { live, at, fill, run, ctx } = ground;
    await fill({ do: 'create', container: green });
    await run('create table {green}.old as select 1 as x', 'create table {green}.names as select 1 as x');
    const without = [at(live, 'orders'), at(live, 'doubled')];
    await fill({ do: 'copy', from: live, id: null, to: green, without });
    const { relations } = await readCatalog(ctx, [green], { bare: true });
    const found = relations.map(({ relation, kind }) => `${kind} ${relation.identifier}`).toSorted();
    expect(found).toEqual(['function twice', 'table customers', 'view names']);
  });

  it('refuses a view over what is built anew', async () => {
    const { ground, green } = await released();
    const { live, at, fill } = ground;
    const copy = fill({ do: 'copy', from: live, id: null, to: green, without: [at(live, 'customers')] });
    await expect(copy).rejects.toMatchObject({ is: 'refused', message: expect.stringContaining('names reads') });
  });

  it('is neither what readers have nor what is kept', async () => {
    const { ground, blue } = await released();
    const { live, fill, at } = ground;
    await expect(fill({ do: 'copy', from: live, id: null, to: blue })).rejects.toMatchObject({ is: 'refused' });
    await expect(fill({ do: 'drop', what: at(blue, 'orders') })).rejects.toMatchObject({ is: 'refused' });
  });

  it('is no dataset of somebody else', async () => {
    const { ground, green } = await released();
    const { live, fill, run, rows, at } = ground;
    await run('create schema {green}', 'create table {green}.precious as select 1 as x');
    await expect(fill({ do: 'copy', from: live, id: null, to: green })).rejects.toMatchObject({ is: 'refused' });
    expect(await rows(at(green, 'precious'))).toEqual([{ x: 1 }]);
  });

  it('has the grants and the row access policies of live', async () => {
    const { ground, green } = await released();
    const { live, at, fill, run, ctx, places } = ground;
    await run(
      'grant `roles/bigquery.dataViewer` on table {blue}.orders to "user:ann@example.com"',
      `create row access policy everything on {blue}.orders grant to ("user:${OWNER}") filter using (true)`,
      'create row access policy own on {blue}.orders grant to ("user:ann@example.com") filter using (customer in (select id from {blue}.customers))',
    );
    await fill({ do: 'copy', from: live, id: null, to: green });
    const catalog = await readCatalog(ctx, [live, green]);
    const [was, is] = [catalog.find(at(live, 'orders')), catalog.find(at(green, 'orders'))];
    expect(is?.protection).toEqual(was?.protection);
    expect(is?.protection?.rules).toHaveLength(2);
    const policy = await getPolicy(ctx.client, tableId(places, at(green, 'orders')));
    expect(JSON.stringify(policy)).toContain('user:ann@example.com');
  });
});

/** Requests since then that clone, copy, make or delete something; not lastgreen's own notes. */
async function writes(since: number): Promise<readonly string[]> {
  const seen = await server.control.requests();
  return seen.slice(since).flatMap(({ method, path, sql }) => {
    if (sql !== null) return /^create/i.test(sql) && !sql.includes('carried') ? [sql] : [];
    return method === 'GET' || /:getIamPolicy$|control$/.test(path) ? [] : [`${method} ${path}`];
  });
}

const soFar = async (): Promise<number> => (await server.control.requests()).length;

describe('a ring that is filled again', () => {
  it('copies nothing that is there already, however it came there', async () => {
    const { ground, blue, green, grey } = await released();
    const { live, fill, serve, rows, at } = ground;
    const names = ['customers', 'orders', 'names', 'doubled'];
    await serveMarts(ground, blue);
    await fill({ do: 'copy', from: live, id: null, to: green });
    let since = await soFar();
    await fill({ do: 'copy', from: live, id: null, to: green });
    expect(await writes(since)).toEqual([]);
    // Of live everybody's rights are asked again, of what was carried only where they are others by now.
    const asked = (await server.control.requests()).slice(since).filter(({ path }) => path.endsWith(':getIamPolicy'));
    expect(asked.filter(({ path }) => path.includes('__green'))).toEqual([]);
    expect(asked).toHaveLength(names.length + 1);
    await serve(green, ...names);
    await serveMarts(ground, green);
    await fill({ do: 'copy', from: live, id: null, to: grey });
    await serve(grey, ...names);
    await serveMarts(ground, grey);
    since = await soFar();
    await fill({ do: 'copy', from: live, id: null, to: blue });
    expect(await writes(since)).toEqual([]);
    expect(await rows(at(blue, 'names'))).toEqual([{ name: 'Ann' }, { name: 'Bob' }]);
  });

  it('copies again what was written to, on either side', async () => {
    const { ground, green } = await released();
    const { live, fill, run, rows, at } = ground;
    await fill({ do: 'copy', from: live, id: null, to: green });
    await run(
      "insert into {blue}.customers values (3, 'Cid')",
      "insert into {green}.orders values (9, 9, date '2026-01-09')",
    );
    const since = await soFar();
    await fill({ do: 'copy', from: live, id: null, to: green });
    // One of them has a key, which is to refer to what lies beside it.
    expect((await writes(since)).filter((what) => what.startsWith('CREATE'))).toHaveLength(2);
    expect(await rows(at(green, 'customers'))).toHaveLength(3);
    expect(await rows(at(green, 'orders'))).toHaveLength(1);
  });

  it('copies what is too deep a clone', async () => {
    const { ground, green, grey } = await released();
    const { live, fill, run, serve, rows, at, slots } = ground;
    const names = ['customers', 'orders', 'names', 'doubled'];
    const since = await soFar();
    const ring = [green, grey, slots[0] ?? live, green, grey, slots[0] ?? live];
    for (const [n, slot] of ring.entries()) {
      await fill({ do: 'copy', from: live, id: null, to: slot });
      // What readers have is another table each time, made of the one before.
      await serve(slot, ...names);
      const dataset = slot.location.replace(/.*__/, '');
      await run(`insert into {${dataset}}.customers values (${10 + n}, 'more')`);
    }
    expect(await rows(at(live, 'customers'))).toHaveLength(2 + ring.length);
    const jobs = (await server.control.requests()).slice(since).map(({ body }) => JSON.stringify(body));
    expect(jobs.filter((body) => body.includes('"copy":') && body.includes('"customers"')).length).toBeGreaterThan(0);
    expect(jobs.filter((body) => body.includes(' CLONE ') && body.includes('customers')).length).toBeGreaterThan(2);
  });

  it('gives a table that is there the rights that live has by now', async () => {
    const { ground, green } = await released();
    const { live, at, fill, run, ctx } = ground;
    await fill({ do: 'copy', from: live, id: null, to: green });
    await run('grant `roles/bigquery.dataViewer` on table {blue}.customers to "user:ann@example.com"');
    await fill({ do: 'copy', from: live, id: null, to: green });
    const catalog = await readCatalog(ctx, [green]);
    expect(catalog.find(at(green, 'customers'))?.protection?.grants.map(({ what }) => what)).toEqual([
      'roles/bigquery.dataViewer to user:ann@example.com',
    ]);
  });
});

describe('one relation', () => {
  it('is copied from what readers have, or noticed to be another by now', async () => {
    const { ground, green } = await released();
    const { live, at, fill, rows, run, ctx } = ground;
    await fill({ do: 'create', container: green });
    const state = (await readCatalog(ctx, [live], { bare: true })).state(at(live, 'customers'));
    const id = state.is === 'object' ? state.id : null;
    const copy = { do: 'copy', from: at(live, 'customers'), id, to: at(green, 'customers') } as const;
    await fill(copy);
    expect(await rows(at(green, 'customers'))).toHaveLength(2);
    await run("create or replace table {blue}.customers as select 1 as id, 'Eve' as name");
    await expect(fill(copy)).rejects.toMatchObject({ is: 'drifted' });
  });

  it('is defined as a view, and dropped, whatever it was', async () => {
    const { ground, green } = await released();
    const { at, fill, rows, run, ctx } = ground;
    await fill({ do: 'create', container: green });
    await run('create table {green}.thing as select 1 as x');
    await fill({ do: 'define', view: at(green, 'thing'), sql: 'select 2 as x' });
    expect(await rows(at(green, 'thing'))).toEqual([{ x: 2 }]);
    await fill({ do: 'drop', what: at(green, 'thing') }, { do: 'drop', what: at(green, 'nothing') });
    expect((await readCatalog(ctx, [green], { bare: true })).relations).toEqual([]);
  });

  it('gets the rights of what it replaces, but those that the project takes back', async () => {
    const { ground, green } = await released();
    const { live, at, fill, run, ctx } = ground;
    await fill({ do: 'copy', from: live, id: null, to: green });
    await run(
      'grant `roles/bigquery.dataViewer` on table {blue}.orders to "user:ann@example.com", "user:bob@example.com"',
      `create row access policy everything on {blue}.orders grant to ("user:${OWNER}") filter using (true)`,
      // BigQuery replaces no table by one that is partitioned otherwise.
      'drop table {green}.orders',
      'create table {green}.orders as select 1 as id, 1 as customer',
    );
    const revoked = [{ privilege: 'ROLES/BIGQUERY.DATAVIEWER', grantee: 'user:bob@example.com' }];
    await fill({ do: 'protect', live: at(live, 'orders'), idle: at(green, 'orders'), revoked });
    const protection = (await readCatalog(ctx, [green])).find(at(green, 'orders'))?.protection;
    expect(protection?.grants.map(({ what }) => what)).toEqual(['roles/bigquery.dataViewer to user:ann@example.com']);
    expect(protection?.rules).toEqual([`row access policy everything for user:${OWNER} where true`]);
  });
});

// The last one: it looks at what all the others had sent.
it("asks nothing but what BigQuery's grammar has", () => expectReadable(server.control));
