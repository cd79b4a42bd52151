import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { clientIn, inDataset, refusal } from './client.ts';

/** INFORMATION_SCHEMA and __TABLES__. */
export function catalog(server: () => BigqueryServer): void {
  describe('INFORMATION_SCHEMA', () => {
    it('tells of tables, clones and views, and how they would be made', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t (id int64 not null options (description = "key"), d date) partition by d cluster by id options (description = "said", labels = [("a", "b")])',
        'create view w as select id from t',
        'create table c clone t',
      );
      const rows = await db.rows(
        'select table_name, table_type, base_table_name, ddl from INFORMATION_SCHEMA.TABLES order by table_name',
      );
      expect(rows.map(({ ddl, ...row }) => row)).toEqual([
        { table_name: 'c', table_type: 'CLONE', base_table_name: 't' },
        { table_name: 't', table_type: 'BASE TABLE', base_table_name: null },
        { table_name: 'w', table_type: 'VIEW', base_table_name: null },
      ]);
      const ddl = String(rows[1]?.['ddl']);
      for (const part of [
        'id INT64 NOT NULL OPTIONS(description="key")',
        'PARTITION BY d',
        'CLUSTER BY id',
        'labels=[STRUCT("a", "b")]',
      ])
        expect(ddl).toContain(part);
      await db.run('drop table t', ddl);
      expect(await db.value('select ddl from INFORMATION_SCHEMA.TABLES where table_name = "t"')).toBe(ddl);
      expect(await db.rows('select view_definition from INFORMATION_SCHEMA.VIEWS')).toEqual([
        { view_definition: 'select id from t' },
      ]);
    });

    it('tells of tables that were dropped, for as long as they can be had back', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v', 'create table c clone t', 'drop table t');
      const dropped = () =>
        db.rows(
          `select table_name, table_type, deleted, table_deletion_time > creation_time as later
            from \`region-us\`.INFORMATION_SCHEMA.TABLE_STORAGE where table_schema = '${db.name}' order by table_name`,
        );
      const c = { table_name: 'c', table_type: 'CLONE', deleted: false, later: null };
      expect(await dropped()).toEqual([c, { table_name: 't', table_type: 'BASE TABLE', deleted: true, later: true }]);
      await server().control.passTime(8 * 24 * 3600);
      expect(await dropped()).toEqual([c]);
    });

    it('tells of external tables, which views may name and nobody reads', async () => {
      const db = await inDataset(server());
      await db.run(
        "create external table e (id int64) options (format = 'CSV', uris = ['gs://shop/*.csv'], skip_leading_rows = 1)",
        'create view w as select id from e',
      );
      expect(await db.table('e')).toMatchObject({
        type: 'EXTERNAL',
        externalDataConfiguration: { sourceFormat: 'CSV', csvOptions: { skipLeadingRows: '1' } },
      });
      const ask = "select table_type, ddl from INFORMATION_SCHEMA.TABLES where table_name = 'e'";
      const [told] = await db.rows(ask);
      expect(told?.['table_type']).toBe('EXTERNAL');
      await expect(db.rows('select * from w')).rejects.toThrow('does not model reading an external table');
      await db.run('drop external table e', String(told?.['ddl']));
      expect(await db.rows(ask)).toEqual([told]);
    });

    it('tells of columns, also nested ones, and of options', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t (id int64 not null, s struct<a int64, b array<string>> options (description = "nested"), d date) partition by d cluster by id options (description = "said")',
      );
      expect(
        await db.rows(
          'select column_name, data_type, is_nullable, is_partitioning_column as p, clustering_ordinal_position as c from INFORMATION_SCHEMA.COLUMNS order by ordinal_position',
        ),
      ).toEqual([
        { column_name: 'id', data_type: 'INT64', is_nullable: 'NO', p: 'NO', c: 1 },
        { column_name: 's', data_type: 'STRUCT<a INT64, b ARRAY<STRING>>', is_nullable: 'YES', p: 'NO', c: null },
        { column_name: 'd', data_type: 'DATE', is_nullable: 'YES', p: 'YES', c: null },
      ]);
      expect(
        await db.rows(
          'select field_path, description from INFORMATION_SCHEMA.COLUMN_FIELD_PATHS where column_name = "s" order by 1',
        ),
      ).toEqual([
        { field_path: 's', description: 'nested' },
        { field_path: 's.a', description: null },
        { field_path: 's.b', description: null },
      ]);
      expect(await db.rows('select option_name, option_value from INFORMATION_SCHEMA.TABLE_OPTIONS')).toEqual([
        { option_name: 'description', option_value: '"said"' },
      ]);
    });

    it('tells of datasets, jobs and rows', async () => {
      const db = await inDataset(server(), { labels: { a: 'b' } });
      await db.run('create table t as select 1 as v', 'create view w as select * from t');
      expect(
        await db.rows(
          `select schema_name, location from \`region-us\`.INFORMATION_SCHEMA.SCHEMATA where schema_name = "${db.name}"`,
        ),
      ).toEqual([{ schema_name: db.name, location: 'US' }]);
      expect(
        await db.rows(
          'select table_id, row_count, type, last_modified_time = creation_time as fresh from __TABLES__ order by 1',
        ),
      ).toEqual([
        { table_id: 't', row_count: 1, type: 1, fresh: true },
        { table_id: 'w', row_count: 0, type: 2, fresh: true },
      ]);
      expect(
        await db.value(
          `select count(*) from \`region-eu\`.INFORMATION_SCHEMA.SCHEMATA where schema_name = "${db.name}"`,
        ),
      ).toBe(0);
      await expect(db.rows('select * from INFORMATION_SCHEMA.SEARCH_INDEXES')).rejects.toEqual(
        refusal('notImplemented'),
      );
    });

    it('shows only what one may know of', async () => {
      const db = await inDataset(server());
      await db.run(
        'create table t as select 1 as v',
        'create table u as select 1 as v',
        'grant `roles/bigquery.metadataViewer` on table t to "user:ann@example.com"',
      );
      const ann = clientIn(server(), db.name, 'ann@example.com');
      const all = `select table_name from \`region-us\`.INFORMATION_SCHEMA.TABLES where table_schema = "${db.name}"`;
      expect(await ann.rows(all)).toEqual([{ table_name: 't' }]);
      expect(await db.rows(all)).toHaveLength(2);
    });
  });
}
