import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at } from '../../../scripts/setup/places.mjs';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { type Client, clientIn } from './client.ts';

const partitioned = `partition_by={'field': 'since', 'data_type': 'date'}`;
const incremental = (config: string, rest = ''): string =>
  `{{ config(materialized='incremental', ${config}) }} select id, name, since from {{ ref('stg') }} ${rest}`;

/** One model of each kind that lastgreen meets. */
const project: Record<string, string> = {
  'dbt_project.yml': JSON.stringify({
    name: 'shop',
    profile: 'shop',
    flags: { send_anonymous_usage_stats: false },
    models: { '+persist_docs': { relation: true, columns: true } },
  }),
  'seeds/countries.csv': 'id,name,since\n1,Austria,2020-01-01\n2,Belgium,2020-02-01\n3,,2020-03-01\n',
  'models/stg.sql': `{{ config(materialized='view') }} select id, name, since from {{ ref('countries') }}`,
  'models/fct.sql': `{{ config(materialized='table', ${partitioned}, cluster_by=['id'], labels={'team': 'x'}, grants={'roles/bigquery.dataViewer': ['user:ann@example.com']}) }} select id, name, since from {{ ref('stg') }}`,
  'models/merged.sql': incremental(`unique_key='id'`, '{% if is_incremental() %} where id > 1 {% endif %}'),
  'models/overwritten.sql': incremental(
    `incremental_strategy='insert_overwrite', ${partitioned}`,
    '{% if is_incremental() %} where since >= _dbt_max_partition {% endif %}',
  ),
  'models/copied.sql': incremental(
    `incremental_strategy='insert_overwrite', partition_by={'field': 'since', 'data_type': 'date', 'copy_partitions': true}`,
  ),
  'models/batches.sql': incremental(
    `incremental_strategy='microbatch', event_time='since', batch_size='month', begin='2020-01-01', partition_by={'field': 'since', 'data_type': 'date', 'granularity': 'month'}`,
  ),
  'models/contracted.sql': `{{ config(materialized='table') }} select id, name, struct(id as a, name as b) as s, [id] as list from {{ ref('stg') }}`,
  'models/kept.sql': `{{ config(materialized='materialized_view') }} select id, count(*) as n from {{ ref('fct') }} group by id`,
  'models/schema.yml': `
models:
  - name: contracted
    description: a "contract"
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: int64, description: the id, constraints: [{type: not_null}]}
      - {name: name, data_type: string}
      - {name: s.a, data_type: int64}
      - {name: s.b, data_type: string}
      - {name: list, data_type: array<int64>}
  - name: stg
    config: {event_time: since}
    columns: [{name: id, description: of stg, data_tests: [unique, not_null]}]
  - name: fct
    columns: [{name: id, data_tests: [{relationships: {arguments: {to: ref('stg'), field: id}}}]}]
unit_tests:
  - name: passes_names_on
    model: fct
    given: [{input: ref('stg'), rows: [{id: 1, name: a}]}]
    expect: {rows: [{id: 1, name: a}]}
`,
  'snapshots/snap.yml': `
snapshots:
  - {name: snap, relation: ref('stg'), config: {schema: snaps, unique_key: id, strategy: check, check_cols: all}}
`,
};

let server: BigqueryServer;
let folder: string;
beforeAll(async () => {
  server = await startBigquery();
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-bigquery-dbt-'));
  const outputs = { prod: { ...server.profile, dataset: 'shop', threads: 4 } };
  const files = { ...project, 'profiles.yml': JSON.stringify({ shop: { target: 'prod', outputs } }) };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const dbt = (...args: readonly string[]): Promise<unknown> =>
  execa(at('.tools', 'dbt', 'bin', 'dbt'), [...args, '--no-use-colors'], {
    cwd: folder,
    env: { DBT_PROFILES_DIR: folder },
    all: true,
  });

describe('dbt-bigquery', () => {
  const db = (): Client => clientIn(server, 'shop');
  const names = (): Promise<unknown> => db().rows('select id, name from merged order by id');

  it('builds every kind of model, twice, and tests them', { timeout: 180_000 }, async () => {
    await dbt('build');
    expect(await names()).toEqual([
      { id: 1, name: 'Austria' },
      { id: 2, name: 'Belgium' },
      { id: 3, name: null },
    ]);
    const [table, contracted] = [await db().table('fct'), await db().table('contracted')];
    expect(table).toMatchObject({
      timePartitioning: { type: 'DAY', field: 'since' },
      clustering: { fields: ['id'] },
      labels: { team: 'x' },
    });
    expect(contracted).toMatchObject({
      description: 'a "contract"',
      schema: { fields: [{ mode: 'REQUIRED', description: 'the id' }, {}, { type: 'RECORD' }, { mode: 'REPEATED' }] },
    });
    expect(await clientIn(server, 'shop', 'ann@example.com').value('select count(*) from fct')).toBe(3);

    await writeFile(
      join(folder, 'seeds/countries.csv'),
      'id,name,since\n1,AUSTRIA,2020-01-01\n3,Chile,2020-03-01\n4,Denmark,2020-04-01\n',
    );
    await dbt('build');
    expect(await names()).toEqual([
      { id: 1, name: 'Austria' },
      { id: 2, name: 'Belgium' },
      { id: 3, name: 'Chile' },
      { id: 4, name: 'Denmark' },
    ]);
    // Only the partitions that the newest rows are in are written anew.
    expect(await db().rows('select name from overwritten order by since')).toEqual([
      { name: 'Austria' },
      { name: 'Belgium' },
      { name: 'Chile' },
      { name: 'Denmark' },
    ]);
    expect(await db().rows('select name from copied order by since')).toEqual([
      { name: 'AUSTRIA' },
      { name: 'Belgium' },
      { name: 'Chile' },
      { name: 'Denmark' },
    ]);
    expect(await db().value('select count(*) from batches')).toBe(3);
    expect(
      await db().rows('select id, name, dbt_valid_to is null as newest from shop_snaps.snap order by id, newest'),
    ).toEqual([
      { id: 1, name: 'Austria', newest: false },
      { id: 1, name: 'AUSTRIA', newest: true },
      { id: 2, name: 'Belgium', newest: true },
      { id: 3, name: null, newest: false },
      { id: 3, name: 'Chile', newest: true },
      { id: 4, name: 'Denmark', newest: true },
    ]);
  });

  it('writes its catalog', { timeout: 120_000 }, async () => {
    await dbt('docs', 'generate');
    const { nodes } = JSON.parse(await readFile(join(folder, 'target/catalog.json'), 'utf8'));
    expect(nodes['model.shop.fct']).toMatchObject({
      metadata: { type: 'table' },
      columns: { since: { type: 'DATE' } },
      stats: { num_rows: { value: 3 } },
    });
    expect(Object.keys(nodes)).toHaveLength(10);
  });

  it('is told of an error in a model, and of a test that fails', { timeout: 120_000 }, async () => {
    await writeFile(join(folder, 'models/wrong.sql'), 'select nope from unnest([1]) as v');
    await writeFile(join(folder, 'seeds/countries.csv'), 'id,name,since\n1,A,2020-01-01\n1,B,2020-03-01\n');
    const failed = dbt('build', '--select', 'countries', 'stg', 'wrong');
    await expect(failed).rejects.toMatchObject({ exitCode: 1, all: expect.stringContaining('FAIL 1 unique_stg_id') });
    await expect(failed).rejects.toMatchObject({ all: expect.stringContaining('Unrecognized name: nope') });
  });
});
