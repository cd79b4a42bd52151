import { setTimeout } from 'node:timers/promises';
import { runJob } from '../../../../src/warehouse/bigquery/jobs.ts';
import { runRows } from '../../../../src/warehouse/bigquery/queries.ts';
import { sqlOf, sqlOfRegion } from '../../../../src/warehouse/bigquery/sql.ts';
import { settles, yesOrNo } from '../../settles.ts';
import { type Ground, outcomeOf, yesOr } from './ground.ts';

/** The engine tells of what was dropped after seconds to minutes (documentation, "TABLE_STORAGE view"). */
const [ASKED, PAUSE_MS] = [30, 10_000];

/** What tells one table from another, what clones are, and what was. */
export function tableFacts(ground: Ground): void {
  const { ctx, dataset, made, name, project, run, value } = ground;
  const of = async (table: string, what: 'created' | 'base_table_name' | 'ddl') => {
    const sql = await sqlOf('relations', [{ project, dataset }]);
    const rows = await runRows(ctx, { sql, step: 'conformance' });
    const found = rows.find((row) => row['table_name'] === table)?.[what];
    return typeof found === 'string' ? found : 'nothing';
  };
  const now = async (): Promise<string> =>
    String(await value("select format_timestamp('%Y-%m-%dT%H:%M:%E6SZ', current_timestamp())"));
  const ids = async (text: string): Promise<string> =>
    String(await value(`select string_agg(cast(id as string) order by id) from ${text}`));

  for (const file of ['relations', 'columns', 'routines'] as const)
    settles(`the question of sql/bigquery/${file}.sql is answered`, 'yes', async () => {
      const table = await made();
      await run(`create or replace function ${name('twice')}(x int64) as (x * 2)`);
      const rows = await runRows(ctx, { sql: await sqlOf(file, [{ project, dataset }]), step: 'conformance' });
      return yesOrNo(JSON.stringify(rows).includes(file === 'routines' ? '"twice"' : `"${table}"`));
    });

  settles('CREATE OR REPLACE TABLE gives another time of creation', 'yes', async () => {
    const table = await made();
    const before = await of(table, 'created');
    await run(`create or replace table ${name(table)} as select 2 as id`);
    return yesOrNo((await of(table, 'created')) !== before);
  });

  settles('CREATE OR REPLACE TABLE .. CLONE gives another time of creation than both had', 'yes', async () => {
    const [a, b] = [await made(), await made()];
    const before = [await of(a, 'created'), await of(b, 'created')];
    await run(`create or replace table ${name(b)} clone ${name(a)}`);
    return yesOrNo(!before.includes(await of(b, 'created')));
  });

  settles('INSERT and UPDATE keep the time of creation', 'yes', async () => {
    const table = await made();
    const before = await of(table, 'created');
    await run(`insert into ${name(table)} (id) values (2)`, `update ${name(table)} set id = 3 where id = 2`);
    return yesOrNo((await of(table, 'created')) === before);
  });

  settles('CREATE OR REPLACE VIEW gives another time of creation', null, async () => {
    await run(`create view ${name('again')} as select 1 as id`);
    const before = await of('again', 'created');
    await run(`create or replace view ${name('again')} as select 2 as id`);
    return yesOrNo((await of('again', 'created')) !== before);
  });

  settles('INFORMATION_SCHEMA names what a table is a clone of', 'yes', async () => {
    const table = await made();
    await run(`create table ${name(`clone_of_${table}`)} clone ${name(table)}`);
    return yesOr(await of(`clone_of_${table}`, 'base_table_name'), table);
  });

  settles('a clone of a clone of a clone can be made', 'yes', async () => {
    const table = await made();
    const names = [table, `${table}_1`, `${table}_2`, `${table}_3`];
    for (const [n, to] of names.entries())
      if (n > 0) await run(`create table ${name(to)} clone ${name(names[n - 1] ?? '')}`);
    return yesOrNo((await ids(name(`${table}_3`))) === '1');
  });

  settles('a clone of a clone of a clone of a clone cannot be made', null, async () => {
    const table = await made();
    const names = [table, `${table}_1`, `${table}_2`, `${table}_3`];
    for (const [n, to] of names.entries())
      if (n > 0) await run(`create table ${name(to)} clone ${name(names[n - 1] ?? '')}`);
    const made4 = run(`create table ${name(`${table}_4`)} clone ${name(`${table}_3`)}`);
    return made4.then(
      () => 'no: it was made',
      () => 'yes',
    );
  });

  settles('the DDL of a materialized view makes it again', 'yes', async () => {
    const table = await made();
    const view = `kept_${table}`;
    await run(`create materialized view ${name(view)} as select id, count(*) as n from ${name(table)} group by id`);
    const ddl = await of(view, 'ddl');
    await run(`drop materialized view ${name(view)}`, ddl);
    return yesOrNo((await ids(name(view))) === '1');
  });

  settles('the DDL of an external table makes it again', 'yes', async () => {
    const table = name('outside');
    await run(
      `create external table ${table} (id int64, said string) options (format = 'CSV', uris = ['gs://lastgreen-conformance/*.csv'], skip_leading_rows = 1)`,
    );
    const ddl = await of('outside', 'ddl');
    await run(`drop external table ${table}`, ddl);
    return yesOr(await of('outside', 'ddl'), ddl);
  });

  settles('CREATE OR REPLACE TABLE .. CLONE replaces a table that is partitioned otherwise', null, async () => {
    const table = await made();
    await run(`create table ${name(`days_of_${table}`)} (day date) partition by day`);
    const replaced = run(`create or replace table ${name(`days_of_${table}`)} clone ${name(table)}`);
    return (await outcomeOf(replaced)) === 'done' ? 'yes' : 'no';
  });

  settles('FOR SYSTEM_TIME AS OF reaches behind CREATE OR REPLACE TABLE, also of a clone', 'yes', async () => {
    const table = await made(1);
    const then = await now();
    await run(`create or replace table ${name(table)} as select 2 as id`);
    const at = `for system_time as of timestamp '${then}'`;
    await run(`create table ${name(`${table}_then`)} clone ${name(table)} ${at}`);
    return yesOr(`${await ids(`${name(table)} ${at}`)}, ${await ids(name(`${table}_then`))}`, '1, 1');
  });

  settles('a table can be replaced by a clone of itself as it was', 'yes', async () => {
    const table = await made(1);
    const then = await now();
    await run(`insert into ${name(table)} (id) values (2)`);
    await run(`create or replace table ${name(table)} clone ${name(table)} for system_time as of timestamp '${then}'`);
    return yesOr(await ids(name(table)), '1');
  });

  settles('FOR SYSTEM_TIME AS OF reaches behind a drop, where another table has the name since', null, async () => {
    const table = await made(1);
    const then = await now();
    await run(`drop table ${name(table)}`, `create table ${name(table)} as select 2 as id`);
    const asked = ids(`${name(table)} for system_time as of timestamp '${then}'`);
    return asked.then((found) => yesOr(found, '1')).catch(() => 'no');
  });

  settles('the question of sql/bigquery/dropped.sql tells of a dropped table, and when that was', 'yes', async () => {
    const table = await made();
    await run(`drop table ${name(table)}`);
    const sql = await sqlOfRegion('dropped', project, await ctx.location());
    // The engine tells of it after a while.
    for (let asked = 0; asked < ASKED; asked++) {
      const rows = await runRows(ctx, { sql, parameters: { datasets: [dataset] }, step: 'conformance' });
      const found = rows.find((row) => row['table_name'] === table);
      if (found) return yesOrNo(Number(found['dropped']) >= Number(found['created']));
      await setTimeout(PAUSE_MS);
    }
    return `no: not within ${(ASKED * PAUSE_MS) / 1_000} s`;
  });

  settles('a table that was dropped can be copied as it was, by its name with `@` and ms', 'yes', async () => {
    const table = await made(1);
    const then = Date.parse(await now());
    await run(`drop table ${name(table)}`);
    const reference = (tableId: string) => ({ projectId: project, datasetId: dataset, tableId });
    const copy = {
      sourceTable: reference(`${table}@${then}`),
      destinationTable: reference(`${table}_back`),
      writeDisposition: 'WRITE_EMPTY',
    };
    await runJob(ctx, { configuration: { copy }, step: 'conformance' });
    return yesOr(await ids(name(`${table}_back`)), '1');
  });
}
