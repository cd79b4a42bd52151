import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { inDataset, reasonOf, refusal } from './client.ts';

/** Queries and statements that change rows. */
export function sql(server: () => BigqueryServer): void {
  describe('a query', () => {
    it('gives values of BigQuery’s types', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t as select 1 as i, 1.5 as f, numeric "1.25" as n, true as b, "x" as s, b"y" as y, date "2026-01-02" as d, datetime "2026-01-02 03:04:05" as dt, timestamp "2026-01-02 03:04:05+00" as ts, time "03:04:05" as t, [1, 2] as l, struct(1 as a, "z" as c) as r, json "{\\"k\\": 1}" as j',
      );
      const { schema } = await db.table('t');
      expect(Object.fromEntries(schema.fields.map((one) => [one.name, `${one.type} ${one.mode}`]))).toEqual({
        i: 'INTEGER NULLABLE',
        f: 'FLOAT NULLABLE',
        n: 'NUMERIC NULLABLE',
        b: 'BOOLEAN NULLABLE',
        s: 'STRING NULLABLE',
        y: 'BYTES NULLABLE',
        d: 'DATE NULLABLE',
        dt: 'DATETIME NULLABLE',
        ts: 'TIMESTAMP NULLABLE',
        t: 'TIME NULLABLE',
        l: 'INTEGER REPEATED',
        r: 'RECORD NULLABLE',
        j: 'JSON NULLABLE',
      });
      expect((await db.rows('select * except (y, n) from t'))[0]).toMatchObject({
        i: 1,
        f: 1.5,
        b: true,
        s: 'x',
        d: '2026-01-02',
        dt: '2026-01-02T03:04:05',
        l: [1, 2],
        r: { a: 1, c: 'z' },
      });
    });

    it('computes what gates and models compute', async () => {
      const db = await inDataset(server());
      const expressions: Record<string, [string, unknown]> = {
        sum: ['(select sum(v) from unnest([1, 2]) as v)', 3],
        divided: ['3 / 2', 1.5],
        safely: ['safe_divide(1, 0)', null],
        month: ['date_trunc(date "2026-02-03", month)', '2026-02-01'],
        week: ['date_trunc(date "2026-11-25", week)', '2026-11-22'],
        earlier: ['date_sub(date "2026-01-01", interval 1 day)', '2025-12-31'],
        hash: ['to_hex(md5("a"))', '0cc175b9c0f1b6a831c399e269772661'],
        print: ['farm_fingerprint("a") is not null', true],
        within: ['2 in unnest([1, 2])', true],
        matched: ['regexp_contains("abc", r"^a.c$")', true],
        first: ['split("a:b", ":")[offset(0)]', 'a'],
        text: ['cast(date "2026-01-02" as string)', '2026-01-02'],
      };
      const listed = Object.entries(expressions).map(([name, [text]]) => `${text} as ${name}`);
      const expected = Object.fromEntries(Object.entries(expressions).map(([name, [, value]]) => [name, value]));
      expect(await db.rows(`select ${listed.join(', ')}`)).toEqual([expected]);
    });

    it('names columns as BigQuery does, and makes nothing of columns without a name', async () => {
      const db = await inDataset(server());
      expect(await db.rows('select count(*), 1 as a, cast(2 as string)')).toEqual([{ f0_: 1, a: 1, f1_: '2' }]);
      await expect(db.run('create table t as select 1 as a, count(*) from unnest([1])')).rejects.toThrow(
        'column 2 has no name',
      );
      await expect(db.run('create view w as select 1')).rejects.toThrow('has no name');
    });

    it('takes parameters by name and by place', async () => {
      const db = await inDataset(server());
      expect(await db.rows('select @a as a, @b as b', { params: { a: 'x', b: [1, 2] } })).toEqual([
        { a: 'x', b: [1, 2] },
      ]);
      expect(await db.rows('with s as (select ? as a) select a, ? as b from s', { params: ['x', 2] })).toEqual([
        { a: 'x', b: 2 },
      ]);
    });

    it('says who asks and when', async () => {
      const db = await inDataset(server());
      expect(await db.value('select session_user()')).toBe('owner@lastgreen.test');
      expect(await db.value('select current_timestamp() = current_timestamp()')).toBe(true);
      const before = Date.parse(String(await db.value('select current_timestamp()')));
      await server().control.passTime(60);
      expect(Date.parse(String(await db.value('select current_timestamp()'))) - before).toBeGreaterThanOrEqual(60_000);
    });

    it('that cannot be read is a syntax error; one that is not done here is refused', async () => {
      const db = await inDataset(server());
      await expect(db.rows('selec 1')).rejects.toEqual(refusal('invalidQuery', 'Syntax error'));
      await expect(db.rows('select nope')).rejects.toEqual(refusal('invalidQuery', 'Unrecognized name: nope'));
      await expect(db.rows('select st_geogpoint(1, 2)')).rejects.toEqual(refusal('notImplemented', 'does not model'));
      await expect(db.rows('export data options(uri="x") as select 1')).rejects.toEqual(refusal('notImplemented'));
      await expect(db.rows('create table t (g geography)')).rejects.toEqual(refusal('notImplemented'));
      await expect(db.rows('select 1 / 0')).rejects.toEqual(refusal('invalidQuery', 'division by zero'));
    });
  });

  describe('DML', () => {
    it('inserts, updates, deletes and empties', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t (id int64 not null, v string default "none")',
        'insert into t (id) values (1), (2)',
        'insert t (id, v) select 3, "c"',
      );
      await db.run('update t set v = "b" where id = 2', 'delete from t where id = 3');
      expect(await db.rows('select * from t order by id')).toEqual([
        { id: 1, v: 'none' },
        { id: 2, v: 'b' },
      ]);
      await db.run('truncate table t');
      expect(await db.value('select count(*) from t')).toBe(0);
      await expect(db.run('insert into t values (null, "x")')).rejects.toThrow('cannot be null');
      await expect(db.run('update t set v = "x"')).rejects.toThrow('WHERE');
      await expect(db.run('delete from t')).rejects.toThrow('WHERE');
    });

    it('merges, and refuses a row that is meant twice', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t as select 1 as id, "a" as v union all select 2, "b"',
        'create table s as select 2 as id, "B" as v union all select 3, "C"',
      );
      const merge =
        'merge into t as D using (select * from s) as S on D.id = S.id when matched then update set v = S.v when not matched then insert (id, v) values (id, v) when not matched by source then delete';
      await db.run(merge);
      expect(await db.rows('select * from t order by id')).toEqual([
        { id: 2, v: 'B' },
        { id: 3, v: 'C' },
      ]);
      await db.run('insert into s values (3, "D")');
      await expect(db.run(merge)).rejects.toThrow('at most one source row');
    });

    it('leaves nothing of a statement that fails', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const before = await db.table('t');
      await expect(db.run('insert into t select cast(s as int64) from unnest(["2", "x"]) as s')).rejects.toEqual(
        refusal('invalidQuery'),
      );
      expect(await db.table('t')).toEqual(before);
    });

    it('of many at once loses none', async () => {
      const db = await inDataset(server());
      await db.run('create table t (v int64)');
      await Promise.all(Array.from({ length: 12 }, (_, at) => db.run(`insert into t values (${at})`)));
      expect(await db.value('select count(distinct v) from t')).toBe(12);
    });
  });

  describe('a table', () => {
    it('is altered in place', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t as select 1 as id',
        'alter table t add column v string options (description = "said"), add column w int64',
        'alter table t drop column w',
        'alter table t set options (description = "of it", labels = [("a", "b")])',
        'alter table t alter column id set data type numeric',
      );
      expect(await db.table('t')).toMatchObject({
        description: 'of it',
        labels: { a: 'b' },
        schema: {
          fields: [
            { name: 'id', type: 'NUMERIC' },
            { name: 'v', description: 'said' },
          ],
        },
      });
      await db.run('alter table t rename to u');
      expect(await db.value('select cast(id as int64) from u')).toBe(1);
      await expect(db.run('alter table u drop column nope')).rejects.toThrow('not found');
      await expect(db.run('alter table u set options (kms_key_name = "k")')).rejects.toEqual(refusal('notImplemented'));
    });

    it('is made with columns for a query, which must fit', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t (id int64 not null options (description = "key"), v string, primary key (id) not enforced) as select 1 as id, "a" as v',
      );
      expect(await db.table('t')).toMatchObject({
        schema: { fields: [{ mode: 'REQUIRED', description: 'key' }, { mode: 'NULLABLE' }] },
        tableConstraints: { primaryKey: { columns: ['id'] } },
      });
      await expect(db.run('create table u (id int64) as select 1 as id, 2 as b')).rejects.toEqual(
        refusal('invalidQuery'),
      );
      await expect(db.run('create table u (id int64 not null) as select cast(null as int64) as id')).rejects.toThrow(
        'cannot be null',
      );
      await db.run('create table l like t');
      expect(await db.value('select count(*) from l')).toBe(0);
    });
  });

  describe('a function', () => {
    it('of one’s own is its text', async () => {
      const db = await inDataset(server());
      await db.run(
        'create function twice(x int64) returns int64 as (x * 2)',
        'create or replace function any_of(x any type) as (coalesce(x, x))',
      );
      expect(await db.value(`select ${db.name}.twice(4) + ${db.name}.any_of(1)`)).toBe(9);
      expect((await db.ask('GET', 'routines')).body.routines.map((one) => one.routineReference.routineId)).toEqual([
        'any_of',
        'twice',
      ]);
      expect(
        await db.rows(
          `select routine_name, routine_definition from ${db.name}.INFORMATION_SCHEMA.ROUTINES where routine_name = 'twice'`,
        ),
      ).toEqual([{ routine_name: 'twice', routine_definition: 'x * 2' }]);
      await expect(db.run('create function js(x int64) returns int64 language js as "return x"')).rejects.toEqual(
        refusal('notImplemented'),
      );
      await db.run('drop function twice');
      await expect(db.rows(`select ${db.name}.twice(4)`)).rejects.toEqual(refusal('notFound'));
    });

    it('is made and changed over REST, too, by who has seen its newest state', async () => {
      const db = await inDataset(server());
      const doubled = (definitionBody: string): object => ({
        routineReference: { projectId: server().project, datasetId: db.name, routineId: 'f' },
        routineType: 'SCALAR_FUNCTION',
        language: 'SQL',
        arguments: [{ name: 'x', dataType: { typeKind: 'INT64' } }],
        returnType: { typeKind: 'INT64' },
        definitionBody,
      });
      const { body } = await db.ask('POST', 'routines', doubled('x * 2'));
      expect(reasonOf(await db.ask('POST', 'routines', doubled('x * 2')))).toEqual([409, 'duplicate']);
      expect(await db.value(`select ${db.name}.f(3)`)).toBe(6);
      const seen = { 'if-match': body.etag };
      expect((await db.ask('PUT', 'routines/f', doubled('x * 3'), seen)).status).toBe(200);
      expect(reasonOf(await db.ask('PUT', 'routines/f', doubled('x * 4'), seen))).toEqual([412, 'conditionNotMet']);
      expect(await db.value(`select ${db.name}.f(3)`)).toBe(9);
      expect(reasonOf(await db.ask('DELETE', 'routines/f', undefined, seen))).toEqual([412, 'conditionNotMet']);
    });
  });
}
