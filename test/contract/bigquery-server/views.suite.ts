import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { inDataset, reasonOf, refusal } from './client.ts';

/** Views: what they read, and how they are pointed elsewhere. */
export function views(server: () => BigqueryServer): void {
  const reading = (query: string): object => ({ view: { query, useLegacySql: false } });

  describe('a view', () => {
    it('reads what its text names at the moment when it is read', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v', 'create view w as select * from t');
      await db.run('create or replace table t as select 2 as v');
      expect(await db.value('select v from w')).toBe(2);
      await db.run('drop table t');
      await expect(db.rows('select * from w')).rejects.toEqual(refusal('notFound'));
    });

    it('over what is not there cannot be made, nor pointed there', async () => {
      const db = await inDataset(server());
      await expect(db.run('create view w as select * from nope')).rejects.toEqual(refusal('notFound'));
      await db.run('create view w as select 1 as v');
      const before = await db.table('w');
      expect(reasonOf(await db.ask('PATCH', 'tables/w', reading(`select * from ${db.name}.nope`)))).toEqual([
        404,
        'notFound',
      ]);
      expect(reasonOf(await db.ask('PATCH', 'tables/w', reading('select nope')))).toEqual([400, 'invalidQuery']);
      expect(await db.table('w')).toEqual(before);
    });

    it('is pointed elsewhere in place: its age, labels and grants stay, its columns are those of the new text', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table a as select 1 as id',
        'create table b as select 2 as id, "x" as name',
        'create view w options (labels = [("team", "x")], description = "said") as select * from a',
        'grant `roles/bigquery.dataViewer` on view w to "user:ann@example.com"',
      );
      const before = await db.table('w');
      const answer = await db.ask(
        'PATCH',
        'tables/w',
        {
          view: { query: `SELECT * FROM \`${server().project}.${db.name}.b\`` },
          labels: { lastgreen_fence: '7' },
          schema: {
            fields: [
              { name: 'id', type: 'INTEGER', description: 'the key' },
              { name: 'name', type: 'STRING' },
            ],
          },
        },
        { 'if-match': before.etag },
      );
      expect(answer.status).toBe(200);
      const after = await db.table('w');
      expect(after).toMatchObject({
        creationTime: before.creationTime,
        description: 'said',
        labels: { team: 'x', lastgreen_fence: '7' },
        view: { query: `SELECT * FROM \`${server().project}.${db.name}.b\`` },
        schema: { fields: [{ name: 'id', description: 'the key' }, { name: 'name' }] },
      });
      expect(after.etag).not.toBe(before.etag);
      expect(await db.rows('select * from w')).toEqual([{ id: 2, name: 'x' }]);
      expect((await db.ask('POST', 'tables/w:getIamPolicy', {})).body.bindings).toEqual([
        { role: 'roles/bigquery.dataViewer', members: ['user:ann@example.com'] },
      ]);
      const wrong = { ...reading('select 1 as id'), schema: { fields: [{ name: 'other', type: 'INTEGER' }] } };
      expect(reasonOf(await db.ask('PATCH', 'tables/w', wrong))).toEqual([400, 'invalid']);
    });

    it('keeps its grants when it is replaced, and loses them when it is dropped', async () => {
      const db = await inDataset(server());
      const grants = async (): Promise<unknown> => (await db.ask('POST', 'tables/w:getIamPolicy', {})).body.bindings;
      await db.run('create view w as select 1 as v', 'grant `roles/bigquery.dataViewer` on view w to "user:a@x.io"');
      await db.run('create or replace view w as select 2 as v');
      expect(await grants()).toHaveLength(1);
      await db.run('drop view w', 'create view w as select 3 as v');
      expect(await grants()).toEqual([]);
    });

    it('is seen old or new, never in between, while it is pointed elsewhere again and again', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table a as select 1 as x, 1 as y',
        'create table b as select 2 as x, 2 as y',
        'create view w as select * from a',
      );
      let done = false;
      const writer = (async () => {
        for (let at = 0; at < 40; at += 1) {
          await db.ask('PATCH', 'tables/w', reading(`select * from ${db.name}.${at % 2 === 0 ? 'b' : 'a'}`));
        }
        done = true;
      })();
      const seen = new Set<string>();
      while (!done) {
        const [row] = await db.rows('select l.x as a, r.y as b from w as l cross join w as r');
        seen.add(JSON.stringify(row));
      }
      await writer;
      expect([...seen].toSorted()).toEqual(['{"a":1,"b":1}', '{"a":2,"b":2}']);
    });

    it('is made and dropped over REST, too', async () => {
      const db = await inDataset(server());
      const made = await db.ask('POST', 'tables', { tableReference: { tableId: 'w' }, ...reading('select 7 as v') });
      expect(made.body).toMatchObject({ type: 'VIEW', schema: { fields: [{ name: 'v', type: 'INTEGER' }] } });
      expect(await db.value('select v from w')).toBe(7);
      expect((await db.ask('DELETE', 'tables/w')).status).toBe(204);
      expect(reasonOf(await db.ask('GET', 'tables/w'))).toEqual([404, 'notFound']);
    });

    it('does not take the place of a table, nor a table that of a view', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v', 'create view w as select 1 as v');
      await expect(db.run('create or replace view t as select 1 as v')).rejects.toEqual(refusal('invalidQuery'));
      await expect(db.run('create or replace table w as select 1 as v')).rejects.toEqual(refusal('invalidQuery'));
      await expect(db.run('drop view t')).rejects.toEqual(refusal('invalidQuery'));
      await expect(db.run('drop table w')).rejects.toEqual(refusal('invalidQuery'));
      await expect(db.run('create view w as select 1 as v')).rejects.toEqual(refusal('duplicate'));
    });

    it('may stand on others 15 deep, be made 16 deep, and no deeper', async () => {
      const db = await inDataset(server());
      await db.run('create table v0 as select 1 as v');
      for (let at = 1; at <= 16; at += 1) await db.run(`create view v${at} as select * from v${at - 1}`);
      expect(await db.value('select v from v15')).toBe(1);
      await expect(db.rows('select v from v16')).rejects.toThrow('Too many nested views');
      await expect(db.run('create view v17 as select * from v16')).rejects.toThrow('Too many nested views');
    });

    it('that is materialized gives the rows of now, too, and tells of those that it keeps', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t as select 1 as v',
        'create materialized view m options (enable_refresh = false) as select v, count(*) as n from t group by v',
        'insert into t values (1), (2)',
      );
      expect(await db.rows('select v, n from m order by v')).toEqual([
        { v: 1, n: 2 },
        { v: 2, n: 1 },
      ]);
      expect(await db.table('m')).toMatchObject({ type: 'MATERIALIZED_VIEW', numRows: '1' });
      await db.run(`call bq.refresh_materialized_view('${server().project}.${db.name}.m')`);
      expect(await db.table('m')).toMatchObject({ numRows: '2', materializedView: { enableRefresh: false } });
      await db.run('drop table t');
      await expect(db.rows('select * from m')).rejects.toEqual(refusal('notFound'));
    });
  });
}
