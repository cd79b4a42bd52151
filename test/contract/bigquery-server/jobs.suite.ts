import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { type Answer, type Body, type Client, inDataset, reasonOf, refusal } from './client.ts';

/** Jobs: ids, states, statistics, limits; scripts. */
export function jobs(server: () => BigqueryServer): void {
  const query = (text: string, more: object = {}): object => ({ query: { query: text, useLegacySql: false, ...more } });
  const finished = async (db: Client, id: string): Promise<Body> => {
    for (;;) {
      const { body } = await db.ask('GET', `jobs/${id}`);
      if (body.status.state === 'DONE') return body;
    }
  };

  describe('a job', () => {
    it('has the id that it is given, which can be used once, also when it failed', async () => {
      const db = await inDataset(server());
      const job = (jobId: string, text: string): object => ({ jobReference: { jobId }, configuration: query(text) });
      const [good, bad] = [`${db.name}-good`, `${db.name}-bad`];
      expect((await db.ask('POST', 'jobs', job(good, 'select 1'))).status).toBe(200);
      expect(reasonOf(await db.ask('POST', 'jobs', job(good, 'select 1')))).toEqual([409, 'duplicate']);
      await db.ask('POST', 'jobs', job(bad, 'select * from nowhere.t'));
      expect((await finished(db, bad)).status.errorResult?.reason).toBe('notFound');
      expect(reasonOf(await db.ask('GET', `queries/${bad}`))).toEqual([404, 'notFound']);
      expect(reasonOf(await db.ask('POST', 'jobs', job(bad, 'select 1')))).toEqual([409, 'duplicate']);
      expect(reasonOf(await db.ask('GET', 'jobs/never-was'))).toEqual([404, 'notFound']);
    });

    it('tells what it did and what it cost', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as id, 2.5 as f union all select 2, 3.5');
      const labels = { release: 'r1' };
      const text = `insert into ${db.name}.t select id + 2, f from ${db.name}.t`;
      const begun = (await db.ask('POST', 'jobs', { configuration: { ...query(text), labels } })).body;
      expect(begun.status.state).toBe('RUNNING');
      const job = await finished(db, begun.jobReference.jobId);
      expect(job).toMatchObject({
        configuration: { labels },
        statistics: {
          totalBytesProcessed: '32',
          query: { statementType: 'INSERT', numDmlAffectedRows: '2', dmlStats: { insertedRowCount: '2' } },
        },
      });
      expect(Number(job.statistics.totalSlotMs)).toBeGreaterThan(0);
      const told = `select labels, total_bytes_processed, total_bytes_billed, total_slot_ms > 0 as worked from \`region-us\`.INFORMATION_SCHEMA.JOBS where job_id = "${job.jobReference.jobId}"`;
      expect(await db.rows(told)).toEqual([
        {
          labels: [{ key: 'release', value: 'r1' }],
          total_bytes_processed: 32,
          total_bytes_billed: 10_485_760,
          worked: true,
        },
      ]);
    });

    it('that only tries says what it would read and give, and does nothing', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as id', 'create view w as select id, "a" as v from t');
      const tried = await db.ask('POST', 'jobs', {
        configuration: { ...query(`select * from ${db.name}.w`), dryRun: true },
      });
      expect(tried.body.statistics).toMatchObject({
        totalBytesProcessed: '8',
        query: {
          schema: {
            fields: [
              { name: 'id', type: 'INTEGER' },
              { name: 'v', type: 'STRING' },
            ],
          },
          referencedTables: [{ datasetId: db.name, tableId: 't' }],
        },
      });
      await db.ask('POST', 'jobs', {
        configuration: { ...query(`create table ${db.name}.n as select 1 as v`), dryRun: true },
      });
      expect((await db.ask('GET', 'tables/n')).status).toBe(404);
      await db.ask('POST', 'jobs', {
        configuration: { ...query(`delete from ${db.name}.t where true`), dryRun: true },
      });
      expect(await db.value('select count(*) from t')).toBe(1);
      const wrong = await db.ask('POST', 'jobs', {
        configuration: { ...query(`select nope from ${db.name}.t`), dryRun: true },
      });
      expect(reasonOf(wrong)).toEqual([400, 'invalidQuery']);
    });

    it('that would read more than it may is not begun', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as id');
      await expect(db.rows('create table n as select * from t', { maximumBytesBilled: '1' })).rejects.toEqual(
        refusal('bytesBilledLimitExceeded'),
      );
      expect((await db.ask('GET', 'tables/n')).status).toBe(404);
      expect(await db.value('select id from t', { maximumBytesBilled: '10485760' })).toBe(1);
    });

    it('can be cancelled', async () => {
      const db = await inDataset(server());
      const text =
        'select count(*) from unnest(generate_array(1, 100000)) a, unnest(generate_array(1, 100000)) b where mod(a * b, 7) = 3';
      const { body } = await db.ask('POST', 'jobs', { configuration: query(text) });
      await db.ask('POST', `jobs/${body.jobReference.jobId}/cancel`);
      expect((await finished(db, body.jobReference.jobId)).status.errorResult?.reason).toBe('stopped');
    });

    it('that takes long keeps nobody waiting who reads', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const slow = `create or replace table ${db.name}.t as select count(*) as v from unnest(generate_array(1, 100000)) a, unnest(generate_array(1, 100000)) b where mod(a * b, 7) = 3`;
      const { body } = await db.ask('POST', 'jobs', { configuration: query(slow) });
      expect(await db.value('select v from t')).toBe(1);
      expect((await db.ask('GET', `jobs/${body.jobReference.jobId}`)).body.status.state).toBe('RUNNING');
      await db.ask('POST', `jobs/${body.jobReference.jobId}/cancel`);
      await finished(db, body.jobReference.jobId);
      expect(await db.value('select v from t')).toBe(1);
    });

    it('runs where its datasets are, or not at all', async () => {
      const db = await inDataset(server(), { location: 'europe-west4' });
      await db.run('create table t as select 1 as v');
      await expect(db.rows(`select * from ${db.name}.t`, { location: 'US' })).rejects.toEqual(
        refusal('notFound', 'location US'),
      );
      const { body } = await db.ask('POST', 'jobs', {
        configuration: query(`select * from ${db.name}.t`),
        jobReference: { location: 'europe-west4' },
      });
      expect(reasonOf(await db.ask('GET', `jobs/${body.jobReference.jobId}`))).toEqual([404, 'notFound']);
      expect((await db.ask('GET', `jobs/${body.jobReference.jobId}?location=europe-west4`)).status).toBe(200);
    });

    it('writes its rows where it is told', async () => {
      const db = await inDataset(server());
      const destinationTable = { projectId: server().project, datasetId: db.name, tableId: 'd' };
      const write = (text: string, writeDisposition?: string): Promise<Answer> =>
        db.ask('POST', 'queries', { query: text, useLegacySql: false, destinationTable, writeDisposition });
      await write('select 1 as v, date "2026-01-01" as d');
      expect(reasonOf(await write('select 2 as v, date "2026-01-02" as d'))).toEqual([409, 'duplicate']);
      await write('select 2 as v, date "2026-01-02" as d', 'WRITE_APPEND');
      expect(await db.rows('select * from d order by v')).toEqual([
        { v: 1, d: '2026-01-01' },
        { v: 2, d: '2026-01-02' },
      ]);
    });

    it('gives its rows in pages, and in the forms that clients ask for', async () => {
      const db = await inDataset(server());
      const { body } = await db.ask('POST', 'queries', {
        query:
          'select n, timestamp_seconds(n) as t, [n] as list, struct(n as a) as s from unnest([1, 2, 3]) as n order by n',
        useLegacySql: false,
        maxResults: 2,
        formatOptions: { useInt64Timestamp: true },
      });
      expect(body.rows[1]?.f).toEqual([{ v: '2' }, { v: '2000000' }, { v: [{ v: '2' }] }, { v: { f: [{ v: '2' }] } }]);
      const next = (await db.ask('GET', `queries/${body.jobReference.jobId}?pageToken=${body.pageToken}`)).body;
      expect(next.rows.map((row) => row.f.slice(0, 2))).toEqual([[{ v: '3' }, { v: '3.000000' }]]);
    });

    it('of a request that comes again is the one that it began', async () => {
      const db = await inDataset(server());
      await db.run('create table t (v int64)');
      const request = { query: `insert into ${db.name}.t values (1)`, useLegacySql: false, requestId: db.name };
      const [one, two] = [await db.ask('POST', 'queries', request), await db.ask('POST', 'queries', request)];
      expect(two.body.jobReference).toEqual(one.body.jobReference);
      expect(await db.value('select count(*) from t')).toBe(1);
    });

    it('is listed for who began it', async () => {
      const db = await inDataset(server());
      const since = Date.now() + 10 ** 12;
      expect((await db.ask('GET', `jobs?minCreationTime=${since}`)).body.jobs).toEqual([]);
      const { body } = await db.ask('POST', 'queries', {
        query: 'select 1',
        useLegacySql: false,
        labels: { own: db.name },
      });
      const { body: list } = await db.ask('GET', 'jobs?maxResults=1&projection=full');
      expect(list.jobs[0]).toMatchObject({
        jobReference: body.jobReference,
        configuration: { labels: { own: db.name } },
      });
    });

    it('in legacy SQL, of another kind or with settings that it does not know is refused', async () => {
      const db = await inDataset(server());
      const legacy = await db.ask('POST', 'queries', { query: 'select 1' });
      expect(reasonOf(legacy)).toEqual([501, 'notImplemented']);
      expect(reasonOf(await db.ask('POST', 'jobs', { configuration: { extract: {} } }))).toEqual([
        501,
        'notImplemented',
      ]);
    });
  });

  describe('a script', () => {
    it('runs its statements one after the other, each as a job below it', async () => {
      const db = await inDataset(server());
      const text =
        'declare x int64 default 2; declare days array<date>; set x = x + 1; set (days) = (select as struct array_agg(distinct d ignore nulls) from unnest([date "2026-01-01", null, date "2026-01-01"]) as d); create temp table s as select x as v; insert into s select v + 1 from s; select sum(v) as total, days from s group by days';
      expect(await db.rows(text)).toEqual([{ total: 7, days: ['2026-01-01'] }]);
      const { body } = await db.ask('GET', 'jobs?maxResults=1');
      const children = (await db.ask('GET', `jobs?parentJobId=${body.jobs[0]?.jobReference.jobId}`)).body.jobs;
      expect(children.map((one) => one.statistics.query.statementType)).toEqual([
        'SELECT',
        'INSERT',
        'CREATE_TABLE_AS_SELECT',
      ]);
    });

    it('stops at the first statement that fails, and at an ASSERT that does not hold', async () => {
      const db = await inDataset(server());
      const text =
        'create table a as select 1 as v; assert (select count(*) from a) = 2 as "two rows are needed"; create table b as select 1 as v';
      await expect(db.run(text)).rejects.toEqual(refusal('invalidQuery', 'two rows are needed'));
      expect(await db.rows(`select table_name from ${db.name}.INFORMATION_SCHEMA.TABLES`)).toEqual([
        { table_name: 'a' },
      ]);
    });

    it('may change several tables at once, or none of them', async () => {
      const db = await inDataset(server());
      await db.run('create table a as select 1 as v', 'create table b as select 1 as v');
      await expect(
        db.run('begin transaction; update a set v = 2 where true; insert into b values (1 / 0); commit transaction'),
      ).rejects.toThrow('division by zero');
      expect(await db.value('select v from a')).toBe(1);
      await db.run(
        'begin transaction; update a set v = 2 where true; update b set v = (select v + 1 from a) where true; commit transaction',
      );
      expect(await db.rows('select a.v as a, b.v as b from a, b')).toEqual([{ a: 2, b: 3 }]);
      await expect(db.run('begin transaction; create table c as select 1 as v; commit transaction')).rejects.toThrow(
        'DDL',
      );
    });

    it('with control flow is refused before anything of it is done', async () => {
      const db = await inDataset(server());
      const text = 'create table a as select 1 as v; if true then select 1; end if';
      await expect(db.run(text)).rejects.toEqual(refusal('notImplemented'));
      await expect(db.rows('select * from a')).rejects.toEqual(refusal('notFound'));
    });
  });
}
