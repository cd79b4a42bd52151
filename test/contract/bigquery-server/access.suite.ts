import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { addDataset, type Client, clientIn, inDataset, reasonOf, refusal } from './client.ts';

const ANN = 'ann@example.com';
const BOB = 'bob@example.com';

/** Who may read, write and grant what; views that may read what their readers may not. */
export function access(server: () => BigqueryServer): void {
  const as = (db: Client, user: string): Client => clientIn(server(), db.name, user);
  const grant = async (db: Client, entries: readonly object[], dataset = db.name): Promise<void> => {
    const { body } = await db.ask('GET', `datasets/${dataset}`);
    const answer = await db.ask('PATCH', `datasets/${dataset}`, { access: [...body.access, ...entries] });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  };
  const reader = (user: string): object => ({ role: 'READER', userByEmail: user });
  const wholeDataset = (datasetId: string): object => ({
    dataset: { dataset: { projectId: server().project, datasetId }, targetTypes: ['VIEWS'] },
  });

  describe('a user', () => {
    it('who was given nothing reads nothing, and is not told what is there', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const ann = as(db, ANN);
      await expect(ann.rows('select * from t')).rejects.toEqual(refusal('accessDenied'));
      await expect(ann.rows('select * from nope')).rejects.toEqual(refusal('accessDenied'));
      expect(reasonOf(await ann.ask('GET', 'tables/t'))).toEqual([403, 'accessDenied']);
      expect(reasonOf(await ann.ask('GET', 'tables'))).toEqual([403, 'accessDenied']);
      expect((await ann.ask('GET', 'datasets')).body.datasets ?? []).toEqual([]);
    });

    it('reads, writes or owns what a dataset’s access list says', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      await grant(db, [reader(ANN), { role: 'WRITER', userByEmail: BOB }]);
      expect(await as(db, ANN).value('select v from t')).toBe(1);
      await expect(as(db, ANN).run('insert into t values (2)')).rejects.toEqual(refusal('accessDenied'));
      await expect(as(db, ANN).run('create table u as select 1 as v')).rejects.toEqual(refusal('accessDenied'));
      await as(db, BOB).run('insert into t values (2)', 'create table u as select 1 as v');
      expect(reasonOf(await as(db, BOB).ask('PATCH', `datasets/${db.name}`, { labels: { a: 'b' } }))).toEqual([
        403,
        'accessDenied',
      ]);
    });

    it('reads a table for which GRANT or its IAM policy names them, until it is revoked', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t as select 1 as v',
        `grant \`roles/bigquery.dataViewer\` on table t to "user:${ANN}"`,
      );
      expect(await as(db, ANN).value('select v from t')).toBe(1);
      const named = `select privilege_type, grantee from \`region-us\`.INFORMATION_SCHEMA.OBJECT_PRIVILEGES where object_schema = "${db.name}" and object_name = "t"`;
      expect(await db.rows(named)).toEqual([{ privilege_type: 'roles/bigquery.dataViewer', grantee: `user:${ANN}` }]);
      await db.run(`revoke \`roles/bigquery.dataViewer\` on table t from "user:${ANN}"`);
      await expect(as(db, ANN).rows('select * from t')).rejects.toEqual(refusal('accessDenied'));
      const bindings = [{ role: 'roles/bigquery.dataEditor', members: [`user:${ANN}`] }];
      await db.ask('POST', 'tables/t:setIamPolicy', { policy: { bindings } });
      expect((await db.ask('POST', 'tables/t:getIamPolicy', {})).body.bindings).toEqual(bindings);
      expect(await as(db, ANN).value('select v from t')).toBe(1);
      const permissions = ['bigquery.tables.getData', 'bigquery.tables.setIamPolicy'];
      expect((await as(db, ANN).ask('POST', 'tables/t:testIamPermissions', { permissions })).body).toEqual({
        permissions: ['bigquery.tables.getData'],
      });
      await db.run('create or replace table t as select 2 as v');
      expect(await as(db, ANN).value('select v from t')).toBe(2);
      await expect(db.rows('select * from `region-us`.INFORMATION_SCHEMA.OBJECT_PRIVILEGES')).rejects.toThrow('WHERE');
    });

    it('is not given a role that nobody knows', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      await expect(db.run('grant `roles/made.up` on table t to "user:a@x.io"')).rejects.toEqual(
        refusal('notImplemented'),
      );
    });
  });

  describe('a view', () => {
    /** A table in one dataset, and a view on it in another one that ann may read. */
    const twoDatasets = async (): Promise<{ data: Client; shown: Client; ann: Client }> => {
      const [data, shown] = [await inDataset(server()), await inDataset(server())];
      await data.run('create table t as select 1 as v');
      await shown.run(`create view w as select * from ${data.name}.t`);
      await grant(shown, [reader(ANN)]);
      return { data, shown, ann: as(shown, ANN) };
    };

    it('shows its readers nothing that they may not read themselves', async () => {
      const { data, ann } = await twoDatasets();
      await expect(ann.rows('select * from w')).rejects.toEqual(refusal('accessDenied', `${data.name}.t`));
      await grant(data, [reader(ANN)]);
      expect(await ann.value('select v from w')).toBe(1);
    });

    it('that is authorised reads for them, until it is dropped', async () => {
      const { data, shown, ann } = await twoDatasets();
      await grant(data, [{ view: { projectId: server().project, datasetId: shown.name, tableId: 'w' } }]);
      expect(await ann.value('select v from w')).toBe(1);
      await expect(ann.rows(`select v from ${data.name}.t`)).rejects.toEqual(refusal('accessDenied'));
      await shown.run('drop view w', `create view w as select * from ${data.name}.t`);
      await expect(ann.rows('select * from w')).rejects.toEqual(refusal('accessDenied'));
    });

    it('in an authorised dataset reads for them, wherever it is pointed within what authorised it', async () => {
      const { data, shown, ann } = await twoDatasets();
      await grant(data, [wholeDataset(shown.name)]);
      expect(await ann.value('select v from w')).toBe(1);
      const other = await inDataset(server());
      await other.run('create table t as select 2 as v');
      await shown.ask('PATCH', 'tables/w', { view: { query: `select * from ${other.name}.t` } });
      await expect(ann.rows('select * from w')).rejects.toEqual(refusal('accessDenied', `${other.name}.t`));
      await grant(other, [wholeDataset(shown.name)]);
      expect(await ann.value('select v from w')).toBe(2);
    });

    it('on views needs every link of the chain', async () => {
      const { data, shown, ann } = await twoDatasets();
      const middle = await inDataset(server());
      await middle.run(`create view m as select * from ${data.name}.t`);
      await shown.run(`create or replace view w as select * from ${middle.name}.m`);
      await grant(middle, [wholeDataset(shown.name)]);
      await expect(ann.rows('select * from w')).rejects.toEqual(refusal('accessDenied', `${data.name}.t`));
      await grant(data, [wholeDataset(middle.name)]);
      expect(await ann.value('select v from w')).toBe(1);
    });

    it('that is authorised is edited only by who may change the dataset that says so', async () => {
      const { data, shown } = await twoDatasets();
      await grant(shown, [{ role: 'WRITER', userByEmail: BOB }]);
      await grant(data, [reader(BOB), { view: { projectId: server().project, datasetId: shown.name, tableId: 'w' } }]);
      const bob = as(shown, BOB);
      const text = `select v + 1 as v from ${data.name}.t`;
      expect(reasonOf(await bob.ask('PATCH', 'tables/w', { view: { query: text } }))).toEqual([403, 'accessDenied']);
      await expect(bob.run(`create or replace view w as ${text}`)).rejects.toEqual(refusal('accessDenied'));
      expect((await bob.ask('PATCH', 'tables/w', { labels: { a: 'b' } })).status).toBe(200);
    });

    it('cannot be authorised before it is there', async () => {
      const db = await inDataset(server());
      const entry = { view: { projectId: server().project, datasetId: db.name, tableId: 'nope' } };
      expect(reasonOf(await db.ask('PATCH', `datasets/${db.name}`, { access: [entry] }))).toEqual([404, 'notFound']);
      expect((await addDataset(db, `${db.name}_2`, { access: [wholeDataset(db.name)] })).status).toBe(200);
    });
  });

  describe('a row access policy', () => {
    const protect = `create row access policy p on t grant to ("user:${ANN}") filter using (v > 1)`;

    it('shows each the rows that it says, also through a view, and the owner none', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select v from unnest([1, 2, 3]) as v', 'create view w as select * from t');
      await grant(db, [reader(ANN), reader(BOB)]);
      await db.run(
        protect,
        `create row access policy q on t grant to ("user:${ANN}") filter using (session_user() = "${ANN}" and v = 1)`,
      );
      expect(await as(db, ANN).value('select count(*) from w')).toBe(3);
      expect(await as(db, BOB).value('select count(*) from t')).toBe(0);
      expect(await db.value('select count(*) from t')).toBe(0);
      await db.run('drop row access policy q on t');
      expect(await as(db, ANN).value('select count(*) from t')).toBe(2);
      await db.run('drop all row access policies on t');
      expect(await db.value('select count(*) from t')).toBe(3);
    });

    it('is listed, is lost when the table is replaced, and stays when its rows change', async () => {
      const db = await inDataset(server());
      const listed = async (): Promise<unknown> =>
        (await db.ask('GET', 'tables/t/rowAccessPolicies')).body.rowAccessPolicies;
      await db.run(
        'create table t as select 1 as v',
        'create row access policy all_rows on t grant to ("user:owner@lastgreen.test") filter using (true)',
        protect,
      );
      await db.run('insert into t values (2)');
      expect(await listed()).toMatchObject([
        { rowAccessPolicyReference: { policyId: 'all_rows' } },
        { rowAccessPolicyReference: { policyId: 'p' }, filterPredicate: 'v > 1' },
      ]);
      await db.run('create table c clone t');
      expect((await db.ask('GET', 'tables/c/rowAccessPolicies')).body.rowAccessPolicies).toHaveLength(2);
      await db.run('create or replace table t as select 1 as v');
      expect(await listed()).toEqual([]);
    });

    it('keeps a table from being copied by who may not see all of it', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v', protect);
      await expect(db.run('create table c clone t')).rejects.toEqual(refusal('accessDenied'));
      await expect(db.run(protect.replace('v > 1', 'nope > 1').replace(' p ', ' p2 '))).rejects.toEqual(
        refusal('invalidQuery'),
      );
      await expect(db.run(protect)).rejects.toEqual(refusal('duplicate'));
    });
  });
}
