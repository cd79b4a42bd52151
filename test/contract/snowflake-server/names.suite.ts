import { describe, expect, it } from 'vitest';
import type { SnowflakeServer } from '../../warehouses/snowflake/server.ts';
import { inDatabase, refusal } from './client.ts';

/** That an object stays the same under other names, and that views read what their text names now. */
export function names(server: () => SnowflakeServer): void {
  const created = (schema: string, table: string): string =>
    `select created from information_schema.tables where table_schema = '${schema}' and table_name = '${table}'`;

  describe('a name', () => {
    it('is exchanged with another one, and the tables stay who they are', async () => {
      await using db = await inDatabase(server());
      await db.run(
        'create schema live',
        'create schema green',
        "create table live.t as select 'old' as v",
        "create table green.t as select 'new' as v",
        "comment on table live.t is 'the first'",
      );
      const first = await db.value(created('LIVE', 'T'));
      await db.run('alter table live.t swap with green.t');
      expect(await db.rows('select a.v as a, b.v as b from live.t as a, green.t as b')).toEqual([
        { A: 'new', B: 'old' },
      ]);
      expect(await db.value(created('GREEN', 'T'))).toEqual(first);
      expect(await db.value(`select comment from information_schema.tables where table_schema = 'GREEN'`)).toBe(
        'the first',
      );
    });

    it('is given to a table in another schema and database', async () => {
      await using db = await inDatabase(server());
      await using other = await inDatabase(server());
      await db.run('create table t as select 1 as v', `alter table t rename to ${other.name}.public.moved`);
      expect(await db.value(`select v from ${other.name}.public.moved`)).toBe(1);
      await expect(db.rows('select * from t')).rejects.toThrow('does not exist or not authorized');
      await db.run('create table t as select 2 as v');
      await expect(db.rows(`alter table t rename to ${other.name}.public.moved`)).rejects.toEqual(
        refusal('002002', '42710'),
      );
    });

    it('of a schema or database is exchanged with all that is in it', async () => {
      await using db = await inDatabase(server());
      await using other = await inDatabase(server());
      await db.run(
        'create schema a',
        'create schema b',
        'create table a.t as select 1 as v',
        'create view a.w as select v from a.t',
      );
      await db.run("comment on schema a is 'r1'", 'alter schema a swap with b');
      expect(await db.value('select v from b.t')).toBe(1);
      expect(await db.rows(`show schemas like 'b'`)).toMatchObject([{ name: 'B', comment: 'r1' }]);
      await expect(db.rows('select * from a.t')).rejects.toEqual(refusal('002003', '42S02'));
      await expect(db.rows('select * from b.w')).rejects.toEqual(refusal('002037'));
      await db.run(`alter database ${db.name} swap with ${other.name}`);
      expect(await other.value(`select v from ${other.name}.b.t`)).toBe(1);
      await db.run(`alter database ${db.name} swap with ${other.name}`, 'drop schema a', 'alter schema b rename to a');
      expect(await db.value('select v from a.w')).toBe(1);
    });

    it('is refused to a view in a swap, and to a kind that it is not', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t (v int)', 'create view w as select * from t');
      await expect(db.rows('alter view w swap with w')).rejects.toThrow('SWAP');
      await expect(db.rows('drop table w')).rejects.toThrow('is a VIEW');
      await expect(db.rows('create or replace view t as select 1 as x')).rejects.toThrow('already exists as TABLE');
    });
  });

  describe('a view', () => {
    it('finds names without a database in its own, also after it was moved', async () => {
      await using db = await inDatabase(server());
      await using other = await inDatabase(server());
      await db.run(
        'create table t as select 1 as v',
        'create view w as select v from public.t',
        'create view x as select v from t',
      );
      await db.run(
        `create or replace database ${other.name} clone ${db.name}`,
        `update ${other.name}.public.t set v = 2`,
      );
      expect(await db.value(`select v from ${other.name}.public.w`)).toBe(2);
      expect(await db.value(`select v from ${other.name}.public.x`)).toBe(2);
      expect(await db.value(`select v from ${db.name}.public.w`)).toBe(1);
    });

    it('cannot be created over what is missing, and fails when it has gone', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t as select 1 as v, 2 as gone', 'create view w as select v, gone from t');
      await expect(db.rows('create view bad as select * from nowhere')).rejects.toEqual(refusal('002003', '42S02'));
      await expect(db.rows('create view bad as select nothing from t')).rejects.toEqual(refusal('000904', '42000'));
      await db.run('alter table t drop column gone');
      await expect(db.rows('select v from w')).rejects.toThrow("invalid identifier 'GONE'");
      await db.run('drop table t');
      await expect(db.rows('select * from w')).rejects.toEqual(refusal('002037'));
      await db.run('undrop table t');
    });

    it('over * fails when its table has other columns than when it was created', async () => {
      await using db = await inDatabase(server());
      await db.run(
        'create table t as select 1 as v',
        'create view w as select * from t',
        'alter table t add column more int',
      );
      await expect(db.rows('select * from w')).rejects.toEqual(refusal('002057'));
      await db.run('create or replace view w as select * from t');
      expect(await db.rows('select * from w')).toEqual([{ V: 1, MORE: null }]);
    });

    it('keeps a common table expression apart from a table of that name', async () => {
      await using db = await inDatabase(server());
      await db.run(
        'create table t as select 1 as v',
        'create view w as with t as (select v + 1 as v from t) select v from t',
      );
      await db.run('create view x as with q as (select v from w) select * from q union all select v from t');
      expect(await db.rows('with w as (select 9 as v) select v from x union select v from w order by 1')).toEqual([
        { V: 1 },
        { V: 2 },
        { V: 9 },
      ]);
    });

    it('is shown with its text as it was typed', async () => {
      await using db = await inDatabase(server());
      const text = `create or replace view W  (one comment 'first') copy grants as\n  select 1 /* ; */ as "x y" -- end`;
      await db.run('create view w as select 0 as n', text, "comment on column w.one is 'later'");
      expect(await db.value(`select view_definition from information_schema.views where table_name = 'W'`)).toBe(
        text.replace(' -- end', ''),
      );
      expect(await db.rows('select * from w')).toEqual([{ ONE: 1 }]);
      expect(await db.value(`select comment from information_schema.columns where table_name = 'W'`)).toBe('later');
      expect(await db.value(`select get_ddl('view', 'w')`)).toContain('select 1 /* ; */ as "x y"');
    });
  });

  describe('a name in quotes', () => {
    it('is another one than the same in capitals', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t ("a" int, a int)', 'insert into t ("a", a) values (1, 2)');
      expect(await db.rows('select "a", A from t where "a" = 1')).toEqual([{ a: 1, A: 2 }]);
      await expect(db.rows('select x from (select 1 as "x")')).rejects.toEqual(refusal('000904'));
      await db.run('create view "w w" as select "a" as "b.c" from t');
      expect(await db.rows('with "q" as (select * from "w w") select "b.c" from "q"')).toEqual([{ 'b.c': 1 }]);
      await expect(db.rows('select * from "W W"')).rejects.toEqual(refusal('002003'));
    });
  });

  describe('a function', () => {
    it('is called by its name, renamed and dropped', async () => {
      await using db = await inDatabase(server());
      await db.run(`create function double(x int) returns int as $$ x * 2 $$`, 'create table t as select 4 as v');
      expect(await db.rows('select double(v) as a, public.double(v + 1) as b from t')).toEqual([{ A: 8, B: 10 }]);
      await db.run('alter function double(int) rename to twice');
      expect(await db.value(`select ${db.name}.public.twice(3)`)).toBe(6);
      expect(await db.rows('show user functions')).toMatchObject([{ name: 'TWICE' }]);
      await db.run('drop function twice(number)');
      await expect(db.rows('select public.twice(1)')).rejects.toEqual(refusal('002140'));
      await expect(db.rows('select twice(1)')).rejects.toThrow('TWICE');
    });
  });

  describe('what SHOW lists', () => {
    it('is chosen by patterns in which _ and % are wildcards, without regard to case', async () => {
      await using db = await inDatabase(server());
      await db.run('create schema a_b', 'create schema axb', 'create schema "a_b"');
      const like = async (pattern: string): Promise<readonly unknown[]> =>
        (await db.rows(`show schemas like '${pattern}' in database ${db.name}`)).map((row) => row['name']);
      expect(await like('A_B')).toEqual(['AXB', 'A_B', 'a_b']);
      expect(await like(String.raw`A\\_B`)).toEqual(['A_B', 'a_b']);
      expect((await db.rows(`show terse schemas starts with 'A' limit 1`)).map((row) => row['name'])).toEqual(['AXB']);
    });

    it('can be read again as the result of the last statement', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t (v int)', 'show terse tables');
      expect(await db.rows('select "name" as n from table(result_scan(last_query_id()))')).toEqual([{ N: 'T' }]);
    });
  });

  it('has exact types for columns, carried through views and new tables', async () => {
    await using db = await inDatabase(server());
    await db.run(
      'create table t (a number(10,2) not null, b varchar(20), c timestamp_ltz, d array, e float)',
      `create view v as with q as (select * from t) select q.*, b::varchar(5) as f, 'abc' as g, count(*) over () as h from q`,
      'create table w as select * from v',
    );
    const types = await db.rows('describe table w');
    expect(types.map((row) => [row['name'], row['type']])).toEqual([
      ['A', 'NUMBER(10,2)'],
      ['B', 'VARCHAR(20)'],
      ['C', 'TIMESTAMP_LTZ(9)'],
      ['D', 'ARRAY'],
      ['E', 'FLOAT'],
      ['F', 'VARCHAR(5)'],
      ['G', 'VARCHAR(3)'],
      ['H', 'NUMBER(38,0)'],
    ]);
    await expect(db.rows(`insert into t (a, b) values (1, '${'x'.repeat(21)}')`)).rejects.toEqual(
      refusal('100078', '22000'),
    );
    await expect(db.rows('insert into t (b) values (1)')).rejects.toEqual(refusal('100072', '22000'));
  });
}
