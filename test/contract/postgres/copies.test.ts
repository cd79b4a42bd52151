import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { type Housed, houses } from './houses.ts';

const open = houses(['loader', 'analyst', '"A ""b"" é"']);

/** A table of somebody's own, which a release takes up, copies and puts in its place. */
async function copied(by: (live: Housed['live']) => readonly string[]): Promise<Housed> {
  const housed = await open();
  const { driver, house, live } = housed;
  await driver.deploy(1, (side) => [
    `create table ${driver.relation(side, 'events')} (id integer, kind text, gone text)`,
  ]);
  await house.run(`alter table ${live('events')} drop column gone`, ...by(live));
  await driver.publish(await driver.build(2, () => []));
  return housed;
}

const column = async ({ house }: Housed, sql: string): Promise<readonly unknown[]> =>
  (await house.run(sql)).map((row) => Object.values(row)[0]);

describe('a table that is copied', () => {
  it('has its indexes and constraints by the names that people use, with what they said of them', async () => {
    const housed = await copied((live) => [
      `create unique index "the ""first"" é" on ${live('events')} (id, kind)`,
      `create index events_kind_idx on ${live('events')} (id desc) where kind > ' USING '`,
      `create index again on ${live('events')} (kind)`,
      `create index once on ${live('events')} (kind)`,
      `alter table ${live('events')} add constraint events_id_kind_key1 primary key (id), add constraint "no two" unique (kind, id)`,
      `comment on constraint "no two" on ${live('events')} is 'loaded twice once'`,
      `comment on index "the shop".once is 'of two'`,
      `alter table ${live('events')} cluster on again, replica identity using index events_id_kind_key1`,
    ]);
    const { house, live } = housed;
    expect(
      await column(
        housed,
        `select indexdef from pg_indexes where tablename = 'events' and schemaname = 'the shop' order by 1`,
      ),
    ).toEqual([
      'CREATE INDEX again ON "the shop".events USING btree (kind)',
      `CREATE INDEX events_kind_idx ON "the shop".events USING btree (id DESC) WHERE (kind > ' USING '::text)`,
      'CREATE INDEX once ON "the shop".events USING btree (kind)',
      'CREATE UNIQUE INDEX "no two" ON "the shop".events USING btree (kind, id)',
      'CREATE UNIQUE INDEX "the ""first"" é" ON "the shop".events USING btree (id, kind)',
      'CREATE UNIQUE INDEX events_id_kind_key1 ON "the shop".events USING btree (id)',
    ]);
    expect(
      await house.run(
        `select (select obj_description(oid, 'pg_constraint') from pg_constraint where conname = 'no two' and conrelid = t.oid) as said,
           obj_description('"the shop".once'::regclass) as once, relreplident::text as identity,
           (select indexrelid::regclass::text from pg_index where indrelid = t.oid and indisclustered) as clustered
         from pg_class t where oid = '${live('events')}'::regclass`,
      ),
    ).toEqual([{ said: 'loaded twice once', once: 'of two', identity: 'i', clustered: '"the shop".again' }]);
    await house.run(`insert into ${live('events')} values (1, 'a') on conflict on constraint "no two" do nothing`);
  });

  it('is not asked to keep to what its rows were never checked for', async () => {
    const housed = await copied((live) => [
      `insert into ${live('events')} values (-1, 'a')`,
      `alter table ${live('events')} add constraint positive check (id > 0) not valid`,
    ]);
    expect(await column(housed, `select id from ${housed.live('events')}`)).toEqual([-1]);
    await expect(housed.house.run(`insert into ${housed.live('events')} values (-2, 'b')`)).rejects.toThrow(/positive/);
    expect(
      await column(housed, `select pg_get_constraintdef(oid) from pg_constraint where conname = 'positive'`),
    ).toEqual(['CHECK ((id > 0)) NOT VALID', 'CHECK ((id > 0)) NOT VALID']);
  });

  it('lets in whom live lets in while it is built, and nobody by default', async () => {
    const housed = await copied((live) => [
      `create sequence "the shop".numbers as smallint increment by 3 owned by ${live('events')}.id`,
      `alter table ${live('events')} alter column id set default nextval('"the shop".numbers')`,
      `select setval('"the shop".numbers', 31)`,
      `comment on sequence "the shop".numbers is 'by threes'`,
      `grant usage on sequence "the shop".numbers to loader with grant option`,
      `alter default privileges in schema "the shop" grant select on tables to analyst`,
      `alter default privileges in schema "the shop" grant select on sequences to analyst`,
      `grant insert, select on ${live('events')} to loader`,
      `grant select (kind) on ${live('events')} to "A ""b"" é", public`,
    ]);
    const { house, live, value } = housed;
    expect(await value(`select relacl::text from pg_class where oid = '${live('events')}'::regclass`)).not.toContain(
      'analyst',
    );
    expect(
      (await house.warehouse.catalog(house.live)).find(housed.relation('events'))?.protection?.grants,
    ).toHaveLength(4);
    expect(
      await house.run(
        `select relacl::text as acl, obj_description(c.oid) as said, format_type(seqtypid, null) as type, pg_sequence_last_value(c.oid)::int as last
         from pg_class c join pg_sequence on seqrelid = c.oid where c.oid = '"the shop".numbers'::regclass`,
      ),
    ).toEqual([
      {
        acl: expect.stringMatching(/^\{postgres=rwU\/postgres,loader=U\*\/postgres\}$/),
        said: 'by threes',
        type: 'smallint',
        last: 31,
      },
    ]);
    expect(await value(`insert into ${live('events')} (kind) values ('next') returning id`)).toBe(34);
  });

  it('has an identity of the same type and name', async () => {
    const housed = await copied((live) => [
      `alter table ${live('events')} alter column id set not null`,
      `alter table ${live('events')} alter column id add generated always as identity (sequence name "the shop".mine start 7)`,
    ]);
    const { value, live } = housed;
    expect(await value(`select pg_get_serial_sequence('${live('events')}', 'id')`)).toBe('"the shop".mine');
    expect(
      await value(`select format_type(seqtypid, null) from pg_sequence where seqrelid = '"the shop".mine'::regclass`),
    ).toBe('integer');
    expect(await value(`insert into ${live('events')} (kind) values ('next') returning id`)).toBe(7);
  });

  it('takes its statistics of several columns along, there and back', async () => {
    const housed = await copied((live) => [
      `create statistics "the shop"."by kind" (dependencies) on id, kind from ${live('events')}`,
      `alter statistics "the shop"."by kind" set statistics 77`,
      `comment on statistics "the shop"."by kind" is 'for the planner'`,
    ]);
    const { driver, house } = housed;
    const all = () =>
      house.run(
        `select s.stxrelid::regclass::text as of, s.stxnamespace::regnamespace::text as lies, s.stxname::text as name, s.stxstattarget::int as target,
           obj_description(s.oid, 'pg_statistic_ext') as said from pg_statistic_ext s order by 1`,
      );
    const one = { name: 'by kind', target: 77, said: 'for the planner' };
    const at = (...schemas: readonly string[]) => schemas.map((lies) => ({ of: `${lies}.events`, lies, ...one }));
    expect(await all()).toEqual(at('"the shop"', '"the shop__r1"'));
    await driver.swapBack(3, releaseOf(fence(1)));
    expect(await all()).toEqual(at('"the shop"', '"the shop__r2"'));
  });
});
