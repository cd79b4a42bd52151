import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reverseChanges } from '../../src/domain/change.ts';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { claim, standing } from '../../src/warehouse/bigquery/claim.ts';
import { cost } from '../../src/warehouse/bigquery/cost.ts';
import { kept, remove } from '../../src/warehouse/bigquery/kept.ts';
import { stop } from '../../src/warehouse/bigquery/stop.ts';
import type { WarehouseError } from '../../src/warehouse/port.ts';
import { expectReadable } from '../warehouses/bigquery/readable.ts';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';
import { newWorld, type Planned, progress, type World } from './bigquery/world.ts';

/** How what was begun comes to its end, before anybody waits for it. */
const endOf = (cutover: Promise<unknown>): Promise<string> =>
  cutover.then(
    () => 'done',
    ({ is }: WarehouseError) => is,
  );

let server: BigqueryServer;
let world: World;
beforeAll(async () => {
  server = await startBigquery();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.control.clearRules();
  world = await newWorld(server);
});

const first = {
  orders: 'select 1 as id',
  customers: 'select 1 as id',
  totals: 'select count(*) as n from {slot}.orders',
};
const second = { ...first, orders: 'select 2 as id, 7 as amount' };

/** r1 is live in blue, and r2 is ready in green. */
async function ready() {
  await world.build('blue', first);
  const r1 = await world.planned(1, 'blue');
  await world.cutOver(world.context(), r1);
  await world.build('green', second);
  return { r1, r2: await world.planned(2, 'green', { seen: ['orders'] }) };
}

const patches = async () =>
  (await server.control.requests()).filter(
    ({ method, path }) => method === 'PATCH' && path.includes(`/${world.serving}/`),
  );

describe('a cutover of views', () => {
  it('gives readers what the slot holds, who may use nothing else', async () => {
    await world.build('blue', first);
    const r1 = await world.planned(1, 'blue');
    expect(r1.plan.changes).toHaveLength(3);
    await world.cutOver(world.context(), r1);
    expect(await world.read('orders')).toEqual({ id: 1 });
    expect(await world.read('totals')).toEqual({ n: 1 });
    expect(await standing(world.context())).toMatchObject({ claimed: 1, mark: { release: 'r1' } });
    expect(await kept(world.context())).toEqual([]);
    expect(await progress(world, r1)).toBe('done');
  });

  it('changes those first that readers can tell, and keeps what was live', async () => {
    const { r2 } = await ready();
    expect(r2.plan.visible).toBe(1);
    const before = (await patches()).length;
    expect(await world.cutOver(world.context(), r2)).toEqual({ windowMs: 0 });
    const sent = (await patches()).slice(before);
    expect(sent).toHaveLength(3);
    expect(sent[0]?.path).toContain('/tables/orders');
    expect(sent.every(({ ifMatch }) => ifMatch !== null)).toBe(true);
    expect(await world.read('orders')).toEqual({ id: 2, amount: 7 });
    expect(await kept(world.context())).toMatchObject([
      { release: 'r1', containers: [{ location: `${world.serving}__blue` }] },
    ]);
  });

  it('goes back to the slot that was kept', async () => {
    const { r2 } = await ready();
    await world.cutOver(world.context(), r2);
    const back = await world.planned(3, 'blue', { back: true });
    await world.cutOver(world.context(), back);
    expect(await world.read('orders')).toEqual({ id: 1 });
    expect(await kept(world.context())).toMatchObject([{ release: 'r2' }]);
  });

  it('leaves alone what somebody else did to a view', async () => {
    const { r2 } = await ready();
    await world.outsider.ask(`create or replace view ${world.serving}.customers as select 99 as mine`);
    await expect(world.cutOver(world.context(), r2)).rejects.toMatchObject({ is: 'drifted' });
    expect(await world.read('customers')).toEqual({ mine: 99 });
    expect(await world.read('orders')).toEqual({ id: 1 });
  });

  it('leaves alone what somebody else did to a view in the middle', async () => {
    const { r2 } = await ready();
    const rule = await server.control.rule({ match: `PATCH .*/${world.serving}/tables/orders`, do: { kind: 'hold' } });
    const cut = world.cutOver(world.context(), r2);
    const failed = endOf(cut);
    await rule.reached();
    await world.outsider.ask(`create or replace view ${world.serving}.orders as select 99 as mine`);
    await rule.release();
    expect(await failed).toBe('drifted');
    expect(await world.read('orders')).toEqual({ mine: 99 });
  });

  it('is done once where its answer is lost', async () => {
    const { r2 } = await ready();
    await server.control.rule({
      match: `PATCH .*/${world.serving}/tables/orders`,
      when: 'after',
      do: { kind: 'drop' },
    });
    await world.cutOver(world.context(), r2);
    expect(await world.read('orders')).toEqual({ id: 2, amount: 7 });
    expect(await progress(world, r2)).toBe('done');
  });

  it('waits when the server says that it is too fast', async () => {
    const { r2 } = await ready();
    await server.control.rule({
      match: `PATCH .*/${world.serving}/tables/customers`,
      do: { kind: 'fail', reason: 'rateLimitExceeded', message: 'Exceeded rate limits', code: 403 },
    });
    await world.cutOver(world.context(), r2);
    expect(await progress(world, r2)).toBe('done');
  });

  it('takes away what a release does not have any more, and gives it back as it was', async () => {
    await ready();
    const policy = `grant \`roles/bigquery.dataViewer\` on view ${world.serving}.customers to 'user:guest@shop.test'`;
    await world.outsider.ask(policy);
    const { customers: _, ...less } = second;
    await world.outsider.ask(`drop table ${world.serving}__green.customers`);
    await world.build('green', less);
    const r3 = await world.planned(3, 'green', { seen: ['customers', 'orders'] });
    await world.cutOver(world.context(), r3);
    await expect(world.read('customers')).rejects.toThrow(/not found/i);
    const back = await world.planned(4, 'blue', { back: true });
    await world.cutOver(world.context(), back);
    expect(await world.read('customers')).toEqual({ id: 1 });
    const { bigquery } = world.outsider;
    const [guests] = await bigquery.dataset(world.serving).table('customers').getIamPolicy();
    expect(JSON.stringify(guests)).toContain('user:guest@shop.test');
  });

  it('tells what a column is for, as the relation behind it does', async () => {
    await ready();
    const amount = "id int64 options(description = 'what it is'), amount int64";
    await world.outsider.ask(
      `create or replace table ${world.serving}__green.orders (${amount}) options(description = 'all orders', labels = [('team', 'shop')]) as select 3 as id, 4 as amount`,
    );
    await world.cutOver(world.context(), await world.planned(3, 'green', { seen: ['orders'] }));
    const [{ schema, description, labels }] = await world.outsider.bigquery
      .dataset(world.serving)
      .table('orders')
      .getMetadata();
    expect(schema.fields).toMatchObject([{ name: 'id', description: 'what it is' }, { name: 'amount' }]);
    expect({ description, labels }).toMatchObject({
      description: 'all orders',
      labels: { team: 'shop', lastgreen_fence: '3' },
    });
  });
});

describe('a controller that was overtaken', () => {
  it('cannot begin', async () => {
    const { r2 } = await ready();
    await claim(world.context(), fence(3));
    await expect(world.cutOver(world.context(), r2)).rejects.toMatchObject({ is: 'fenced' });
    expect(await progress(world, r2)).toBe('not-started');
  });

  it('changes nothing more of what it began', async () => {
    const { r2 } = await ready();
    const rule = await server.control.rule({ match: `PATCH .*/${world.serving}/tables/orders`, do: { kind: 'hold' } });
    const stale = endOf(world.cutOver(world.context(), r2));
    await rule.reached();
    await claim(world.context(), fence(3));
    await rule.release();
    expect(await stale).toBe('fenced');
    expect(await progress(world, r2)).toBe('not-started');
    expect(await world.read('orders')).toEqual({ id: 1 });
    // Its slot is free again.
    await world.cutOver(world.context(), await world.planned(4, 'green'));
    expect(await world.read('orders')).toEqual({ id: 2, amount: 7 });
  });

  it('changes nothing of a view whose labels somebody replaced, either', async () => {
    const { r2 } = await ready();
    await world.outsider.ask(`alter view ${world.serving}.orders set options (labels = [('team', 'shop')])`);
    const rule = await server.control.rule({ match: `PATCH .*/${world.serving}/tables/orders`, do: { kind: 'hold' } });
    const stale = endOf(world.cutOver(world.context(), r2));
    await rule.reached();
    await claim(world.context(), fence(3));
    await rule.release();
    expect(await stale).toBe('fenced');
    expect(await world.read('orders')).toEqual({ id: 1 });
  });

  it('makes no view any more', async () => {
    await ready();
    await world.build('green', { ...second, fresh: 'select 1 as id' });
    const r3 = await world.planned(3, 'green', { seen: ['fresh'] });
    const rule = await server.control.rule({ match: 'POST .*/jobs .*CREATE VIEW', do: { kind: 'hold' } });
    const stale = endOf(world.cutOver(world.context(), r3));
    await rule.reached();
    await claim(world.context(), fence(4));
    await rule.release();
    expect(await stale).toBe('fenced');
    await expect(world.read('fresh')).rejects.toThrow(/not found/i);
  });
});

describe('what is left of a release', () => {
  it('are jobs, by which it tells what it took', async () => {
    const from = new Date(Date.now() - 60_000);
    await ready();
    const until = new Date(Date.now() + 60_000);
    const took = await cost(world.context(), { release: releaseOf(fence(1)), from, until });
    // One for each view that it made.
    expect(took).toMatchObject([{ on: server.project, statements: 3, credits: null, bytes: expect.any(Number) }]);
    expect(await cost(world.context(), { release: releaseOf(fence(9)), from, until })).toEqual([]);
  });

  it('are those of a dbt that died, which are ended', async () => {
    const endless = `select count(*) from unnest(generate_array(1, 1000000)) as a cross join unnest(generate_array(1, 1000000)) as b where mod(a * b, 7) = 9 and exists (select 1 from ${world.serving}__blue.orders)`;
    await world.build('blue', first);
    const { bigquery } = world.outsider;
    const start = (labels: Readonly<Record<string, string>>) => bigquery.createQueryJob({ query: endless, labels });
    const [[left], [other]] = await Promise.all([start({ dbt_invocation_id: 'x' }), start({ team: 'shop' })]);
    expect(await stop(world.context())).toBe(1);
    const [[ended], [goesOn]] = await Promise.all([left.getMetadata(), other.getMetadata()]);
    expect([ended.status.state, goesOn.status.state]).toEqual(['DONE', 'RUNNING']);
    await other.cancel();
  });
});

describe('a kept slot', () => {
  it('is emptied when its time has passed, and nobody goes back to it', async () => {
    const { r2 } = await ready();
    await world.cutOver(world.context(), r2);
    await remove(world.context(), await kept(world.context()));
    expect(await kept(world.context())).toEqual([]);
    expect(await world.outsider.ask(`select * from ${world.serving}__blue.INFORMATION_SCHEMA.TABLES`)).toEqual([]);
    expect(await world.read('orders')).toEqual({ id: 2, amount: 7 });
  });

  it('is never the one that readers have', async () => {
    const { r2 } = await ready();
    const live = await kept(world.context());
    await world.cutOver(world.context(), r2);
    expect(live).toEqual([]);
    const green = [{ location: `${world.serving}__green`, database: server.project, schema: null }];
    const [side] = await kept(world.context());
    await expect(remove(world.context(), side ? [{ ...side, containers: green }] : [])).rejects.toMatchObject({
      is: 'refused',
    });
  });
});

describe('what was there before there were slots', () => {
  const before = async () => {
    await world.outsider.ask(`create table ${world.serving}.orders as select 1 as id`);
    await world.outsider.ask(
      `create view ${world.serving}.totals as select count(*) as n from ${world.serving}.orders`,
    );
    const { project } = server;
    await world.outsider.ask(
      `grant \`roles/bigquery.dataViewer\` on table \`${project}.${world.serving}.orders\` to 'user:guest@shop.test'`,
    );
  };

  it('is adopted: readers use views over a copy of it', async () => {
    await before();
    const r1 = await world.adopted(1);
    expect(await world.read('orders')).toEqual({ id: 1 });
    await world.cutOver(world.context(), r1);
    expect(await world.read('orders')).toEqual({ id: 1 });
    expect(await world.read('totals')).toEqual({ n: 1 });
    const found = await world.catalog();
    expect(r1.plan.changes.map(({ after }) => found.pointsTo(after[0]?.[0] ?? world.side))).not.toContain(null);
    const [policy] = await world.outsider.bigquery.dataset(world.serving).table('orders').getIamPolicy();
    expect(JSON.stringify(policy)).toContain('user:guest@shop.test');
  });

  it('stays where it is while somebody writes to it', async () => {
    await before();
    const r1 = await world.adopted(1);
    await world.outsider.ask(`insert into ${world.serving}.orders values (2)`);
    await expect(world.cutOver(world.context(), r1)).rejects.toMatchObject({ is: 'drifted' });
    expect(await world.outsider.ask(`select count(*) as n from ${world.serving}.orders`)).toEqual([{ n: 2 }]);
  });

  it('comes back when the cutover is taken back', async () => {
    await before();
    const r1 = await world.adopted(1);
    await world.cutOver(world.context(), r1);
    await claim(world.context(), fence(2));
    const back: Planned = {
      plan: { ...r1.plan, changes: reverseChanges(r1.plan.changes), mark: { ...r1.plan.mark, fence: fence(2) } },
      guard: { ...r1.guard, fence: fence(2) },
    };
    await world.cutOver(world.context(), back);
    expect(await world.outsider.ask(`select * from ${world.serving}.orders`)).toEqual([{ id: 1 }]);
    expect(await world.outsider.ask(`select * from ${world.serving}.totals`)).toEqual([{ n: 1 }]);
    const [{ type }] = await world.outsider.bigquery.dataset(world.serving).table('orders').getMetadata();
    expect(type).toBe('TABLE');
  });
});

// The last one: it looks at what all the others had sent.
it("asks nothing but what BigQuery's grammar has", () => expectReadable(server.control));
