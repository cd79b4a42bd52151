import { describe, expect, it } from 'vitest';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { type Client, inDatabase, refusal } from './client.ts';

/** What was there before: time travel, UNDROP, and what says that something changed. */
export function time(server: () => SnowflakeServer): void {
  const now = async (db: Client): Promise<string> =>
    String(await db.value('select to_varchar(current_timestamp()::timestamp_ntz)')).replace(' ', 'T');
  const at = (moment: string): string => `at (timestamp => '${moment}'::timestamp_ltz)`;

  describe('time travel', () => {
    it('follows the object, not the name', async () => {
      await using db = await inDatabase(server());
      await db.run("create table live as select 'one' as v", "create table green as select 'two' as v");
      const before = await now(db);
      await db.run('alter table live swap with green', "update live set v = 'six'");
      expect(await db.value(`select v from live ${at(before)}`)).toBe('two');
      expect(await db.value(`select v from green ${at(before)}`)).toBe('one');
      expect(await db.value('select v from live')).toBe('six');
    });

    it('clones tables, schemas and databases as they were', async () => {
      await using db = await inDatabase(server());
      await db.run('create schema s', 'create table s.t as select 1 as v', 'create table s.gone as select 7 as v');
      const before = await now(db);
      await db.run('update s.t set v = 2', 'drop table s.gone', 'create table s.later as select 3 as v');
      await db.run(`create table s.old clone s.t ${at(before)}`, `create schema c clone s ${at(before)}`);
      expect(await db.value('select v from s.old')).toBe(1);
      expect(await db.rows('select t.v as a, gone.v as b from c.t, c.gone')).toEqual([{ A: 1, B: 7 }]);
      await expect(db.rows('select * from c.later')).rejects.toEqual(refusal('002003'));
      await db.run(`create database ${db.name}_C clone ${db.name} ${at(before)}`);
      expect(await db.value(`select v from ${db.name}_C.s.t`)).toBe(1);
    });

    it('goes to just before a statement', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t as select 1 as v', 'update t set v = 2');
      const id = await db.text('select last_query_id()');
      await db.run('update t set v = 3');
      expect(await db.value(`select v from t before (statement => '${id}')`)).toBe(1);
      expect(await db.value(`select v from t at (statement => '${id}')`)).toBe(2);
    });

    it('says that there is nothing from before an object was created', async () => {
      await using db = await inDatabase(server());
      const before = await now(db);
      await db.run('create table t as select 1 as v');
      await expect(db.rows(`select * from t ${at(before)}`)).rejects.toEqual(refusal('000707', '02000'));
      await expect(db.rows(`create table u clone t ${at(before)}`)).rejects.toEqual(refusal('000707'));
    });

    it('ends with the retention, which is a day at most for what is transient', async () => {
      await using own = await startSnowflake();
      await using db = await inDatabase(own);
      await db.run('create table t data_retention_time_in_days = 3 as select 1 as v');
      await db.run('create transient table u as select 1 as v');
      await expect(db.rows('alter table u set data_retention_time_in_days = 2')).rejects.toThrow('invalid value');
      const before = await now(db);
      await db.run('update t set v = 2', 'update u set v = 2');
      await own.control.passTime(2 * 86400);
      expect(await db.value(`select v from t ${at(before)}`)).toBe(1);
      await expect(db.rows(`create transient table w clone u ${at(before)}`)).rejects.toEqual(refusal('000707'));
      await expect(db.rows(`select v from u ${at(before)}`)).rejects.toEqual(refusal('000707'));
      await db.run('drop table u');
      await own.control.passTime(2 * 86400);
      await expect(db.rows('undrop table u')).rejects.toEqual(refusal('002003'));
    });
  });

  describe('UNDROP', () => {
    it('brings back the last one of a name', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t as select 1 as v', 'create or replace table t as select 2 as v');
      await expect(db.rows('undrop table t')).rejects.toEqual(refusal('002002'));
      await db.run('drop table t', 'undrop table t');
      expect(await db.value('select v from t')).toBe(2);
      const dropped = await db.rows(`show tables history like 't'`);
      expect(dropped.map((row) => row['dropped_on'] === null)).toEqual([false, true]);
      await db.run('alter table t rename to u', 'undrop table t');
      expect(await db.value('select v from t')).toBe(1);
    });

    it('brings back the one with an id, which is known after an hour and a half', async () => {
      await using own = await startSnowflake();
      await using db = await inDatabase(own);
      await db.run('create table t as select 1 as v', 'create or replace table t as select 2 as v', 'drop table t');
      const ids = `select table_id from snowflake.account_usage.tables where table_name = 'T' order by created`;
      expect(await db.rows(ids)).toEqual([]);
      await own.control.passTime(2 * 3600);
      const first = await db.text(ids);
      await db.run(`undrop table identifier(${first})`);
      expect(await db.value('select v from t')).toBe(1);
    });

    it('brings back a schema with what was in it', async () => {
      await using db = await inDatabase(server());
      await db.run('create schema s', 'create table s.t as select 1 as v', 'drop schema s');
      await expect(db.rows('select * from s.t')).rejects.toThrow('does not exist');
      await db.run('undrop schema s');
      expect(await db.value('select v from s.t')).toBe(1);
    });
  });

  describe('the time of the last change', () => {
    const changed = `select system$last_change_commit_time('t')`;
    const altered = `select last_altered from information_schema.tables where table_name = 'T'`;

    it('moves with rows, while LAST_ALTERED moves with everything', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t as select 1 as v');
      const [rows, all] = [await db.value(changed), await db.value(altered)];
      await db.run("comment on table t is 'x'", 'alter table t add column w int', 'alter table t rename to u');
      await db.run('alter table u rename to t');
      expect(await db.value(changed)).toBe(rows);
      expect(await db.value(altered)).not.toEqual(all);
      await db.run('update t set v = 2');
      expect(await db.value(changed)).not.toBe(rows);
    });

    it('is the same for rows that are the same in another order', async () => {
      await using db = await inDatabase(server());
      await db.run("create table t as select 1 as v, 'a' as w union all select 2, 'b'");
      await db.run("create table u as select 2 as v, 'b' as w union all select 1, 'a'");
      const hash = 'select hash_agg(*) from ';
      expect(await db.value(`${hash} t`)).toBe(await db.value(`${hash} u`));
      await db.run('update u set v = 3 where v = 2');
      expect(await db.value(`${hash} t`)).not.toBe(await db.value(`${hash} u`));
    });
  });
}
