import { describe, expect, it } from 'vitest';
import { fence } from '../../../src/domain/ids.ts';
import { isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';
import { waiting } from './waiting.ts';

const open = houses(['analyst', 'reader', 'bi', "deploy login password 'secret' in role postgres"]);

/** One release is live, and there is a schema of somebody else's. */
async function released(...outside: readonly ((live: Housed['live']) => string)[]): Promise<Housed> {
  const housed = await open({ slim: true });
  const { driver, house, live } = housed;
  await driver.deploy(1, driver.orders([1]));
  await house.run('create schema bi', ...outside.map((sql) => sql(live)));
  return housed;
}

describe('a view of somebody else on a relation that changes', () => {
  it('reads the new one, and is the view that it was: identity, owner, grants, options and comment', async () => {
    const { driver, house, relation, value } = await released(
      (live) => `create view bi.paid with (security_barrier=true) as select id, amount from ${live('orders')}`,
      () => 'create view bi.large as select id from bi.paid where amount > 5',
      () => 'alter view bi.paid owner to analyst',
      () => 'grant select on bi.paid to reader with grant option',
      (live) => `grant select on ${live('orders')} to analyst`,
      () => "comment on view bi.paid is 'asked for by finance'",
    );
    const self = async () =>
      house.run(
        `select oid, relowner::regrole::text as owner, relacl::text as grants, reloptions, obj_description(oid) as said
         from pg_class where relnamespace = 'bi'::regnamespace order by relname`,
      );
    const before = await self();
    const built = await driver.build(2, driver.orders([1, 2]));
    const orders = house.relation(house.idle, 'orders');
    await driver.fill(2, [{ do: 'protect', live: relation('orders'), idle: orders }]);
    await driver.publish(built);
    expect(await self()).toEqual(before);
    expect(await value('select array_agg(id order by id) from bi.large')).toEqual([1, 2]);
  });

  it('reads the old one again after a swap back', async () => {
    const { driver, value } = await released((live) => `create view bi.paid as select id from ${live('orders')}`);
    await driver.deploy(2, driver.orders([1, 2]));
    const [kept] = await driver.house.warehouse.kept();
    await driver.swapBack(3, kept?.release ?? fail());
    expect(await value('select count(*) from bi.paid')).toBe(1);
  });

  it.each([
    [
      'whose owner has not let in who deploys',
      'create view bi.paid as select id from',
      'alter view bi.paid owner to bi',
      'view bi.paid (deploy is no member of bi, which owns it)',
    ],
    [
      'in a schema where who deploys may not create',
      'create view bi.paid as select id from',
      'alter schema bi owner to bi',
      'view bi.paid (deploy has no right to create in schema bi)',
    ],
  ])('%s holds, and says why before anything is built', async (_, view, then, says) => {
    const { house, driver, live, relation } = await open({
      slim: true,
      output: { user: 'deploy', password: 'secret' },
    });
    await driver.deploy(1, driver.orders([1]));
    await house.run('create schema bi', `${view} ${live('orders')}`, then);
    const ties = (await house.warehouse.catalog(house.live)).tiesOf(relation('orders'));
    expect(ties).toContainEqual(expect.objectContaining({ what: says, does: 'holds' }));
    const sent = driver.publish(await driver.build(2, driver.orders([1, 2])));
    await expect(sent).rejects.toMatchObject({ ...isA('refused'), message: expect.stringContaining(says) });
    expect(await driver.readers()).toEqual([1]);
  });

  it.each([
    ['has another type', 'id text, amount integer', /cannot change data type/],
    ['is not there any more', 'id integer', /amount.*does not exist/],
  ])('makes the cutover refuse by its name where a column %s, and nothing changes', async (_, columns, why) => {
    const { driver, house, live, idle, value } = await released(
      (name) => `create view bi.paid as select id, amount from ${name('orders')}`,
    );
    const built = await driver.build(2, () => [
      `create table ${idle('orders')} (${columns})`,
      `create view ${idle('totals')} as select 1 as orders`,
    ]);
    const sent = driver.publish(built);
    await expect(sent).rejects.toMatchObject(isA('refused'));
    await expect(sent).rejects.toThrow(/bi\.paid/);
    await expect(sent).rejects.toThrow(why);
    expect(await driver.readers()).toEqual([1]);
    expect(await value(`select count(*) from ${live('totals')}`)).toBe(1);
    expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r1' });
    expect(await house.warehouse.kept()).toEqual([]);
  });

  it('stops a cutover that it came too late for', async () => {
    const { driver, house, live } = await open({ patience: { lockMs: 20_000 } });
    await driver.deploy(1, driver.orders([1]));
    const built = await driver.build(2, driver.orders([1, 2]));
    const somebody = await house.session();
    await somebody.query(`begin; create view public.late as select * from ${live('orders')}`);
    const sent = driver.publish(built);
    await Promise.all([
      expect(sent).rejects.toMatchObject(isA('drifted')),
      expect(sent).rejects.toThrow(/late/),
      waiting(house, 'lastgreen cutover').then(() => somebody.query('commit')),
    ]);
    await somebody.end();
    expect(await driver.readers()).toEqual([1]);
    await driver.publish(built);
    expect(await house.run('select id from public.late order by id')).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

/** What it is called, and how somebody made it. */
const holders: readonly (readonly [told: string, ...made: ((live: Housed['live']) => string)[]])[] = [
  ['materialized view bi.sums', (live) => `create materialized view bi.sums as select count(*) from ${live('orders')}`],
  [
    'foreign key lines_order of bi.lines',
    (live) => `alter table ${live('orders')} add primary key (id)`,
    (live) => `create table bi.lines (id integer constraint lines_order references ${live('orders')})`,
  ],
  ['publication feed', (live) => `create publication feed for table ${live('orders')}`],
  [
    'function bi.newest()',
    (live) => `create function bi.newest() returns integer begin atomic select max(id) from ${live('orders')}; end`,
  ],
  [
    'function bi.rows_of()',
    (live) => `create function bi.rows_of() returns setof ${live('orders')} language sql as $$ select 1, 2 $$`,
  ],
  [
    'trigger audit',
    () => 'create function bi.audit() returns trigger language plpgsql as $$ begin return null; end $$',
    (live) => `create trigger audit after insert on ${live('orders')} for each row execute function bi.audit()`,
  ],
  ['column one of bi.box', (live) => `create table bi.box (one ${live('orders')})`],
  ['column many of bi.boxes', (live) => `create table bi.boxes (many ${live('orders')}[])`],
  [
    'rule on bi.inbox',
    () => 'create table bi.inbox (id integer)',
    (live) => `create rule r as on insert to bi.inbox do also insert into ${live('orders')} values (1)`,
  ],
  [
    'parent table bi.every',
    () => 'create table bi.every (id integer not null)',
    (live) => `alter table ${live('orders')} inherit bi.every`,
  ],
  ['child table bi.more', (live) => `create table bi.more () inherits (${live('orders')})`],
  [
    'default of bi.numbered',
    (live) => `create sequence "the shop".numbers owned by ${live('orders')}.id`,
    () => `create table bi.numbered (id integer default nextval('"the shop".numbers'))`,
  ],
];

describe('what would stay with the relation that leaves live', () => {
  it('is told by name, and makes the cutover refuse', async () => {
    const { driver, house, relation } = await released(...holders.flatMap(([, ...made]) => made));
    const ties = (await house.warehouse.catalog(house.live)).tiesOf(relation('orders'));
    const built = await driver.build(2, driver.orders([1, 2]));
    const sent = driver.publish(built);
    await expect(sent).rejects.toMatchObject(isA('refused'));
    for (const [told] of holders) {
      expect(ties).toContainEqual(expect.objectContaining({ what: told, does: 'holds' }));
      await expect(sent).rejects.toThrow(`"the shop".orders by ${told}`);
    }
    expect(await driver.readers()).toEqual([1]);
  });
});

describe('views that rest with an earlier release', () => {
  it('go on reading what they read, wherever it goes, and hold nobody up', async () => {
    const { driver, house, live, relation, value } = await open({ slim: true });
    await driver.deploy(1, driver.orders([1]));
    await driver.deploy(2, (side) => [
      `create view ${driver.relation(side, 'totals')} as select 'second' as which, count(*) as orders from ${live('orders')}`,
    ]);
    expect((await house.warehouse.catalog(house.live)).tiesOf(relation('orders')).map(({ what }) => what)).toEqual([
      'view "the shop".totals',
    ]);
    await driver.deploy(3, (side) => [
      `create table ${driver.relation(side, 'orders')} as select 3 as id, 4 as amount from generate_series(1, 3)`,
    ]);
    expect(await value(`select orders from ${live('totals')}`)).toBe(3);
    expect(await value('select orders from "the shop__r1".totals')).toBe(1);
    expect(await value(`select pg_get_viewdef('"the shop__r1".totals'::regclass)`)).toContain('"the shop__r2".orders');
  });
});

describe('what was left on the idle side', () => {
  it('holds up nobody who plans, whatever it reads of live', async () => {
    const { driver, house, live, idle, relation } = await open({ slim: true });
    await driver.deploy(1, driver.orders([1]));
    await driver.build(2, () => [`create materialized view ${idle('sums')} as select count(*) from ${live('orders')}`]);
    const ties = (await house.warehouse.catalog(house.live)).tiesOf(relation('orders'));
    expect(ties.map(({ what }) => what)).toEqual(['view "the shop".totals']);
  });

  it('is not filled again while somebody outside of it uses it', async () => {
    const { driver, house, idle } = await released();
    const { seal } = await driver.build(2, driver.orders([1, 2]));
    await house.run(
      `create view bi.early as select * from ${idle('orders')}`,
      `create materialized view bi.sums as select * from ${idle('totals')}`,
      `create function bi.newest() returns integer begin atomic select max(id) from ${idle('orders')}; end`,
    );
    await house.warehouse.claim(fence(3), null);
    const filled = driver.fill(3, house.prepare(await house.warehouse.catalog(house.live)));
    await expect(filled).rejects.toMatchObject(isA('refused'));
    for (const who of [
      'orders by view bi.early',
      'totals by materialized view bi.sums',
      'orders by function bi.newest()',
    ])
      await expect(filled).rejects.toThrow(`"the shop__green".${who}`);
    expect((await house.warehouse.look(seal.sides)).fingerprints).toEqual(seal.fingerprints);
  });
});

function fail(): never {
  throw new RangeError('nothing is kept');
}
