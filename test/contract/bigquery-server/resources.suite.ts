import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { addDataset, inDataset, reasonOf } from './client.ts';

/** Datasets, tables and functions over REST: what they are, and how they are changed. */
export function resources(server: () => BigqueryServer): void {
  describe('a resource', () => {
    it('is changed only by who has seen its newest state, when it says so', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const { etag } = await db.table('t');
      const first = await db.ask('PATCH', 'tables/t', { description: 'one' }, { 'if-match': etag });
      expect([first.status, first.body.description]).toEqual([200, 'one']);
      const second = await db.ask('PATCH', 'tables/t', { description: 'two' }, { 'if-match': etag });
      expect(reasonOf(second)).toEqual([412, 'conditionNotMet']);
      expect(reasonOf(await db.ask('PUT', 'tables/t', {}, { 'if-match': etag }))).toEqual([412, 'conditionNotMet']);
      expect(reasonOf(await db.ask('DELETE', 'tables/t', undefined, { 'if-match': etag }))).toEqual([
        412,
        'conditionNotMet',
      ]);
      expect((await db.table('t')).description).toBe('one');
      const dataset = (await db.ask('GET', `datasets/${db.name}`)).body.etag;
      await db.ask('PATCH', `datasets/${db.name}`, { labels: { a: 'b' } });
      const late = await db.ask('PATCH', `datasets/${db.name}`, { labels: { a: 'c' } }, { 'if-match': dataset });
      expect(reasonOf(late)).toEqual([412, 'conditionNotMet']);
    });

    it('is won by exactly one of many who change it at once', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const { etag } = await db.table('t');
      const asked = Array.from({ length: 20 }, (_, at) =>
        db.ask('PATCH', 'tables/t', { labels: { w: String(at) } }, { 'if-match': etag }),
      );
      const won = (await Promise.all(asked)).map(({ status }) => status).filter((status) => status === 200);
      expect(won).toHaveLength(1);
    });

    it('keeps the labels that a patch does not name, and loses those that it takes away', async () => {
      const db = await inDataset(server());
      await db.run('create table t (v int64) options (labels = [("a", "1"), ("b", "2")])');
      await db.ask('PATCH', 'tables/t', { labels: { b: null, c: '3' } });
      expect((await db.table('t')).labels).toEqual({ a: '1', c: '3' });
      await db.ask('PUT', 'tables/t', { labels: { d: '4' } });
      expect((await db.table('t')).labels).toEqual({ d: '4' });
      expect(reasonOf(await db.ask('PATCH', 'tables/t', { labels: { Big: 'x' } }))).toEqual([400, 'invalid']);
    });

    it('holds a description of 16,384 characters and no more', async () => {
      const db = await inDataset(server());
      await db.run('create table t (v int64)');
      expect((await db.ask('PATCH', 'tables/t', { description: 'x'.repeat(16_384) })).status).toBe(200);
      const over = await db.ask('PATCH', 'tables/t', { description: 'x'.repeat(16_385) });
      expect(reasonOf(over)).toEqual([400, 'invalid']);
    });

    it('is listed in pages', async () => {
      const db = await inDataset(server());
      for (const name of ['a', 'b', 'c']) await db.ask('POST', 'tables', { tableReference: { tableId: name } });
      const first = (await db.ask('GET', 'tables?maxResults=2')).body;
      expect(first.tables.map((one) => one.tableReference.tableId)).toEqual(['a', 'b']);
      const second = (await db.ask('GET', `tables?maxResults=2&pageToken=${first.nextPageToken}`)).body;
      expect(second.tables.map((one) => one.tableReference.tableId)).toEqual(['c']);
      expect(second.nextPageToken).toBeUndefined();
    });

    it('says when it was made and last changed; both move on when it is replaced', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const made = await db.table('t');
      await db.run('insert into t values (2)');
      const grown = await db.table('t');
      expect([grown.creationTime, grown.numRows]).toEqual([made.creationTime, '2']);
      expect(Number(grown.lastModifiedTime)).toBeGreaterThan(Number(made.lastModifiedTime));
      await db.run('create or replace table t as select 3 as v');
      const replaced = await db.table('t');
      expect(Number(replaced.creationTime)).toBeGreaterThan(Number(grown.lastModifiedTime));
      await db.ask('PATCH', 'tables/t', { labels: { a: 'b' } });
      expect(Number((await db.table('t')).lastModifiedTime)).toBeGreaterThan(Number(replaced.lastModifiedTime));
    });

    it('is refused where there is one already, or none', async () => {
      const db = await inDataset(server());
      expect(reasonOf(await addDataset(db, db.name))).toEqual([409, 'duplicate']);
      await db.ask('POST', 'tables', { tableReference: { tableId: 't' } });
      expect(reasonOf(await db.ask('POST', 'tables', { tableReference: { tableId: 't' } }))).toEqual([
        409,
        'duplicate',
      ]);
      expect(reasonOf(await db.ask('GET', 'tables/nope'))).toEqual([404, 'notFound']);
      expect(reasonOf(await db.ask('DELETE', 'tables/nope'))).toEqual([404, 'notFound']);
      expect(reasonOf(await db.ask('GET', 'datasets/nope'))).toEqual([404, 'notFound']);
    });

    it('asks who it is that asks', async () => {
      const answer = await fetch(`${server().url}/bigquery/v2/projects/${server().project}/datasets`);
      expect(answer.status).toBe(401);
    });

    it('that it does not know is refused, and never answered as if it were done', async () => {
      const db = await inDataset(server());
      expect(reasonOf(await db.ask('GET', 'models'))).toEqual([501, 'notImplemented']);
      expect(reasonOf(await db.ask('POST', 'tables/t/insertAll', {}))).toEqual([501, 'notImplemented']);
      await db.run('create table t (v int64)');
      const unheard = { encryptionConfiguration: { kmsKeyName: 'k' } };
      expect(reasonOf(await db.ask('PATCH', 'tables/t', unheard))).toEqual([501, 'notImplemented']);
      expect(reasonOf(await db.ask('PATCH', `datasets/${db.name}`, { defaultCollation: 'und:ci' }))).toEqual([
        501,
        'notImplemented',
      ]);
    });
  });

  describe('a dataset', () => {
    it('goes with what is in it only when that is asked for', async () => {
      const db = await inDataset(server());
      await db.run('create table t (v int64)');
      expect(reasonOf(await db.ask('DELETE', `datasets/${db.name}`))).toEqual([400, 'resourceInUse']);
      expect((await db.ask('DELETE', `datasets/${db.name}?deleteContents=true`)).status).toBe(204);
      expect(reasonOf(await db.ask('GET', `datasets/${db.name}`))).toEqual([404, 'notFound']);
    });

    it('is found by its labels', async () => {
      const db = await inDataset(server(), { labels: { own: 'yes' } });
      await db.ask('PATCH', `datasets/${db.name}`, { labels: { mine: db.name } });
      const { body } = await db.ask('GET', `datasets?filter=labels.mine:${db.name}`);
      expect(body.datasets?.map((one) => one.datasetReference.datasetId)).toEqual([db.name]);
    });

    it('keeps its location, its time travel window and its access list as they were given', async () => {
      const db = await inDataset(server(), { location: 'EU', maxTimeTravelHours: '48' });
      const access = [
        { role: 'OWNER', userByEmail: 'owner@lastgreen.test' },
        { role: 'roles/bigquery.dataViewer', groupByEmail: 'team@example.com' },
        { dataset: { dataset: { projectId: server().project, datasetId: db.name }, targetTypes: ['VIEWS'] } },
      ];
      await db.ask('PATCH', `datasets/${db.name}`, { access });
      const { body } = await db.ask('GET', `datasets/${db.name}`);
      expect(body).toMatchObject({ location: 'EU', maxTimeTravelHours: '48', access });
      expect(reasonOf(await db.ask('PATCH', `datasets/${db.name}`, { location: 'US' }))).toEqual([400, 'invalid']);
    });
  });

  describe('a table', () => {
    it('may get columns and descriptions, and loses none by a patch', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as id, "a" as v');
      const { schema } = await db.table('t');
      const fields = [
        {
          ...schema.fields[0],
          description: 'the key',
          policyTags: { names: ['projects/p/taxonomies/1/policyTags/2'] },
        },
        schema.fields[1],
        { name: 'later', type: 'DATE' },
      ];
      await db.ask('PATCH', 'tables/t', { schema: { fields } });
      expect((await db.table('t')).schema.fields).toMatchObject(fields);
      expect(await db.rows('select * from t')).toEqual([{ id: 1, v: 'a', later: null }]);
      const fewer = await db.ask('PATCH', 'tables/t', { schema: { fields: fields.slice(1) } });
      expect(reasonOf(fewer)).toEqual([400, 'invalid']);
      const other = await db.ask('PATCH', 'tables/t', {
        schema: { fields: [{ name: 'id', type: 'STRING' }, ...fields.slice(1)] },
      });
      expect(reasonOf(other)).toEqual([400, 'invalid']);
    });

    it('is gone when its time has come', async () => {
      const db = await inDataset(server());
      const soon = String(Date.now() + 10_000_000_000);
      await db.run('create table t as select 1 as v');
      await db.ask('PATCH', 'tables/t', { expirationTime: soon });
      expect((await db.table('t')).expirationTime).toBe(soon);
      await db.run(
        'create table brief (v int64) options (expiration_timestamp = timestamp_add(current_timestamp(), interval 1 hour))',
      );
      await server().control.passTime(3700);
      expect(reasonOf(await db.ask('GET', 'tables/brief'))).toEqual([404, 'notFound']);
      expect((await db.ask('GET', 'tables/t')).status).toBe(200);
    });

    it('tells how it is partitioned and clustered, and is not replaced by one that is so otherwise', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t (id int64, d date, at timestamp) partition by date_trunc(d, month) cluster by id options (partition_expiration_days = 30, require_partition_filter = true)',
        'create table r (id int64) partition by range_bucket(id, generate_array(0, 100, 10))',
      );
      expect(await db.table('t')).toMatchObject({
        timePartitioning: { type: 'MONTH', field: 'd', expirationMs: '2592000000' },
        requirePartitionFilter: true,
        clustering: { fields: ['id'] },
      });
      expect((await db.table('r')).rangePartitioning).toEqual({
        field: 'id',
        range: { start: '0', end: '100', interval: '10' },
      });
      await expect(db.run('create or replace table r as select 1 as id')).rejects.toThrow(
        'different partitioning spec',
      );
      await expect(db.run('create table n (id int64) partition by nope')).rejects.toThrow(
        'cannot be found in the schema',
      );
    });
  });
}
