import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { type Client, inDataset, refusal } from './client.ts';

/** What was there before: time travel, clones, snapshots, copies of what was dropped. */
export function time(server: () => BigqueryServer): void {
  const now = async (db: Client): Promise<string> => String(await db.value('select current_timestamp() as t'));
  const at = (moment: string): string => `for system_time as of timestamp '${moment}'`;
  const ms = (moment: string): number => Date.parse(moment) + 1;

  describe('time travel', () => {
    it('follows the name across CREATE OR REPLACE', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const one = await now(db);
      await db.run('create or replace table t as select 2 as v');
      const two = await now(db);
      await db.run('update t set v = 3 where true');
      expect(await db.value(`select v from t ${at(one)}`)).toBe(1);
      expect(await db.value(`select old.v from t as old ${at(two)}`)).toBe(2);
      await db.run(`create or replace table t clone t ${at(one)}`);
      expect(await db.value('select v from t')).toBe(1);
      expect(
        await db.value('select v from t for system_time as of @ts', {
          params: { ts: new Date(ms(two)) },
          types: { ts: 'TIMESTAMP' },
        }),
      ).toBe(2);
    });

    it('does not reach before a table was made, nor behind a drop', async () => {
      const db = await inDataset(server());
      const before = await now(db);
      await db.run('create table t as select 1 as v');
      const alive = await now(db);
      await expect(db.rows(`select * from t ${at(before)}`)).rejects.toEqual(refusal('invalidQuery', /did not exist/));
      await db.run('drop table t');
      await expect(db.rows(`select * from t ${at(alive)}`)).rejects.toEqual(refusal('notFound'));
      await db.run('create table t as select 2 as v');
      await expect(db.rows(`select * from t ${at(alive)}`)).rejects.toEqual(refusal('invalidQuery'));
      await expect(db.rows(`select * from t ${at('2100-01-01 00:00:00+00')}`)).rejects.toThrow('in the future');
    });

    it('ends where the window of the dataset ends', async () => {
      const db = await inDataset(server(), { maxTimeTravelHours: '48' });
      await db.run('create table t as select 1 as v');
      const then = await now(db);
      await db.run('update t set v = 2 where true');
      await server().control.passTime(40 * 3600);
      expect(await db.value(`select v from t ${at(then)}`)).toBe(1);
      await server().control.passTime(9 * 3600);
      await expect(db.rows(`select v from t ${at(then)}`)).rejects.toThrow('Invalid time travel timestamp');
    });

    it('is not for views', async () => {
      const db = await inDataset(server());
      await db.run('create view w as select 1 as v');
      await expect(db.rows(`select * from w ${at(await now(db))}`)).rejects.toEqual(refusal('invalidQuery'));
    });

    it('brings a dropped table back by a copy job of the table at a moment', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t (v int64) partition by range_bucket(v, generate_array(0, 9, 1)) options (labels = [("a", "b")])',
        'insert into t values (7)',
      );
      const then = ms(await now(db));
      await setTimeout(2);
      await db.run('drop table t');
      const copy = (table: string, to: string): Promise<unknown> => copied(db, { source: table, to });
      await copy(`t@${then}`, 'back');
      expect(await db.value('select v from back')).toBe(7);
      expect(await db.table('back')).toMatchObject({ labels: { a: 'b' }, rangePartitioning: { field: 'v' } });
      await expect(copy('t@1', 'no')).rejects.toEqual(refusal('invalid'));
      await expect(copy(`nope@${then}`, 'no')).rejects.toEqual(refusal('notFound'));
    });
  });

  describe('a clone', () => {
    it('has the rows, columns, layout and labels of its base, and its own life', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t (id int64 not null options (description = "key"), d date) partition by d cluster by id options (description = "said", labels = [("a", "b")])',
        'insert into t values (1, date "2026-01-01")',
        'create table c clone t',
        'update c set id = 2 where true',
      );
      expect([await db.value('select id from t'), await db.value('select id from c')]).toEqual([1, 2]);
      const [base, clone] = [await db.table('t'), await db.table('c')];
      const { schema, timePartitioning, clustering, description, labels } = base;
      expect(clone).toMatchObject({ type: 'TABLE', schema, timePartitioning, clustering, description, labels });
      expect(clone.cloneDefinition?.baseTableReference.tableId).toBe('t');
      await db.run('create or replace table c clone t options (labels = [("q", "r")])');
      expect((await db.table('c')).labels).toEqual({ q: 'r' });
    });

    it('is made only where none is, unless it says so', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v', 'create table c clone t');
      await expect(db.run('create table c clone t')).rejects.toEqual(refusal('duplicate'));
      await db.run('create table if not exists c clone t', 'create or replace table c clone t');
      await expect(db.run('create table d clone nope')).rejects.toEqual(refusal('notFound'));
      await db.run('create view w as select 1 as v');
      await expect(db.run('create table d clone w')).rejects.toEqual(refusal('invalidQuery'));
    });

    it('is at most three deep; a copy begins anew', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table c0 as select 1 as v',
        'create table c1 clone c0',
        'create table c2 clone c1',
        'create table c3 clone c2',
      );
      await expect(db.run('create table c4 clone c3')).rejects.toThrow('depth');
      await db.run('create table fresh copy c3', 'create table c4 clone fresh');
      expect(await db.value('select v from c4')).toBe(1);
      expect((await db.table('fresh')).cloneDefinition).toBeUndefined();
    });

    it('is one of at most 1,000 of a table', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const many = Array.from({ length: 999 }, (_, n) => `create table c${n} clone t`);
      await db.run(many.join(';'), 'create table c999 clone t');
      await expect(db.run('create table more clone t')).rejects.toEqual(refusal('quotaExceeded'));
      await db.run('drop table c7', 'create table more clone t', 'create table copied copy t');
    });

    it('as a snapshot cannot be written to, and gives a table back', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v', 'create snapshot table s clone t');
      await expect(db.run('insert into s values (2)')).rejects.toEqual(refusal('invalidQuery'));
      expect(await db.table('s')).toMatchObject({
        type: 'SNAPSHOT',
        snapshotDefinition: { baseTableReference: { tableId: 't' } },
      });
      await db.run('create table back clone s');
      expect(await db.value('select v from back')).toBe(1);
      await expect(db.run('drop table s')).rejects.toEqual(refusal('invalidQuery'));
      await db.run('drop snapshot table s');
    });

    it('stays in its location', async () => {
      const db = await inDataset(server());
      const eu = await inDataset(server(), { location: 'EU' });
      await db.run('create table t as select 1 as v');
      await expect(eu.run(`create table c clone ${db.name}.t`)).rejects.toEqual(refusal('notFound', /location EU/));
    });
  });

  describe('a copy job', () => {
    it('writes to what is empty, in place of what is there, or behind it', async () => {
      const db = await inDataset(server());
      await db.run('create table a as select 1 as v', 'create table b as select 2 as v');
      await copied(db, { source: 'a', to: 'c' });
      await expect(copied(db, { source: 'b', to: 'c' })).rejects.toEqual(refusal('duplicate'));
      await copied(db, { source: 'b', to: 'c', how: 'WRITE_APPEND' });
      expect(await db.rows('select v from c order by v')).toEqual([{ v: 1 }, { v: 2 }]);
      await copied(db, { source: 'b', to: 'c', how: 'WRITE_TRUNCATE' });
      expect(await db.rows('select v from c')).toEqual([{ v: 2 }]);
    });

    it('puts several tables together', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table a as select 1 as v',
        'create table b as select 2 as v',
        'create table s as select "x" as v',
      );
      const named = (tableId: string): object => ({ projectId: server().project, datasetId: db.name, tableId });
      const copy = { sourceTables: [named('a'), named('b')], destinationTable: named('c') };
      await finished(db, { copy });
      expect(await db.rows('select v from c order by v')).toEqual([{ v: 1 }, { v: 2 }]);
      const wrong = { sourceTables: [named('a'), named('s')], destinationTable: named('d') };
      await expect(finished(db, { copy: wrong })).rejects.toEqual(refusal('invalid', 'does not match'));
    });

    it('keeps the grants of what it writes over, and gives it none of its source', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table a as select 1 as v',
        'create table c as select 2 as v',
        'grant `roles/bigquery.dataViewer` on table c to "user:c@x.io"',
        'grant `roles/bigquery.dataViewer` on table a to "user:a@x.io"',
      );
      await copied(db, { source: 'a', to: 'c', how: 'WRITE_TRUNCATE' });
      const { body } = await db.ask('POST', 'tables/c:getIamPolicy', {});
      expect(body.bindings).toEqual([{ role: 'roles/bigquery.dataViewer', members: ['user:c@x.io'] }]);
    });

    it('takes the place of one partition', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t partition by d as select date "2026-01-01" as d, 1 as v union all select date "2026-01-02", 2',
        'create table n partition by d as select date "2026-01-02" as d, 3 as v',
      );
      await copied(db, { source: 'n$20260102', to: 't$20260102', how: 'WRITE_TRUNCATE' });
      expect(await db.rows('select v from t order by d')).toEqual([{ v: 1 }, { v: 3 }]);
      expect(
        await db.rows(
          `select partition_id, total_rows from ${db.name}.INFORMATION_SCHEMA.PARTITIONS where table_name = 't' order by 1`,
        ),
      ).toEqual([
        { partition_id: '20260101', total_rows: 1 },
        { partition_id: '20260102', total_rows: 1 },
      ]);
    });
  });

  async function copied(db: Client, { source, to, how }: { source: string; to: string; how?: string }): Promise<void> {
    const named = (tableId: string): object => ({ projectId: server().project, datasetId: db.name, tableId });
    const configuration = { copy: { sourceTable: named(source), destinationTable: named(to), writeDisposition: how } };
    await finished(db, configuration);
  }

  async function finished(db: Client, configuration: object): Promise<void> {
    const { body } = await db.ask('POST', 'jobs', { configuration });
    let job = body;
    while (job.status?.state !== 'DONE') job = (await db.ask('GET', `jobs/${body.jobReference.jobId}`)).body;
    if (job.status.errorResult) throw Object.assign(new Error('the copy failed'), { errors: job.status.errors });
  }
}
