import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { status } from '../../src/cli/render/status.ts';
import { makeProject, type Project } from './project.ts';

// dbt starts several times, and other tests run beside it.
const patience = 300_000;

/** dbt itself doubles no quote inside a quoted name, so there is no double quote among them. */
const schemas = { own: 'Über.sicht Prod 🎉', custom: 'Select' };
const names = {
  seed: "Kund.en & 'Co' 🎉",
  view: 'group',
  table: 'Order By',
  incremental: 'UPPER and lower',
  snapshot: 'a.b.c',
} as const;

const yaml = JSON.stringify;

const files = {
  'dbt_project.yml': `name: small\nversion: 1.0.0\nconfig-version: 2\nprofile: small\n`,
  'profiles.yml': `small: {target: prod, outputs: {prod: {type: duckdb, path: "warehouse/small.duckdb", schema: ${yaml(schemas.own)}, threads: 1}}}\n`,
  'lastgreen.yml': `version: 1\nenvironments:\n  prod:\n    target: prod\n    gates:\n      smoke:\n        - {name: rows, node: orders, rows: {change: [-50%, +50%]}}\n        - {name: ids, node: kept, compare: "select count(*) as n from {relation}", within: 50%}\n`,
  // Whatever stands in the way of a name stands in the way of its macro, too.
  'macros/generate_schema_name.sql':
    '{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}\n',
  'seeds/customers.csv': 'id,country\n1,de\n2,fr\n',
  'seeds/seeds.yml': `seeds: [{name: customers, config: {alias: ${yaml(names.seed)}}}]\n`,
  'models/orders.sql': `{{ config(materialized='table', alias=${yaml(names.table)}, schema=${yaml(schemas.custom)}) }}\nselect id, country, 1 as "Select" from {{ ref('shown') }}\n`,
  'models/shown.sql': `{{ config(materialized='view', alias=${yaml(names.view)}) }}\nselect id, country from {{ ref('customers') }}\n`,
  'models/kept.sql': `{{ config(materialized='incremental', unique_key='id', alias=${yaml(names.incremental)}) }}\nselect id, "Select" from {{ ref('orders') }}\n`,
  'snapshots/past.yml': `snapshots: [{name: past, relation: "ref('customers')", config: {alias: ${yaml(names.snapshot)}, unique_key: id, strategy: check, check_cols: [country]}}]\n`,
};

let project: Project;
beforeAll(async () => {
  project = await makeProject({ files });
}, patience);
afterAll(() => project[Symbol.asyncDispose](), patience);

/** Every relation that readers have: name and rows. */
async function relations(): Promise<Readonly<Record<string, number>>> {
  const found = await project.rows('select table_schema as s, table_name as t from information_schema.tables');
  const counted = found.map(async ({ s, t }) => {
    const [row] = await project.rows(`select count(*) as n from "${String(s)}"."${String(t)}"`);
    return [`${String(s)}|${String(t)}`, Number(row?.['n'])] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}

const constant = async (): Promise<readonly unknown[]> => {
  const rows = await project.rows(
    `select (select max("Select") from "${schemas.custom}"."${names.table}") as t, (select max("Select") from "${schemas.own}"."${names.incremental}") as i`,
  );
  return rows.map(({ t, i }) => [Number(t), Number(i)]);
};

describe('names with spaces, quotes, dots, upper case, reserved words and emoji', { timeout: patience }, () => {
  const all = {
    [`${schemas.own}|${names.seed}`]: 2,
    [`${schemas.own}|${names.view}`]: 2,
    [`${schemas.custom}|${names.table}`]: 2,
    [`${schemas.own}|${names.incremental}`]: 2,
    [`${schemas.own}|${names.snapshot}`]: 2,
  };

  test('survive the first deploy', async () => {
    await project.succeed('deploy');
    expect(await relations()).toEqual(all);
    expect(await constant()).toEqual([[1, 1]]);
  });

  test('survive a deploy of what changed, which builds nothing else', async () => {
    await project.commit('Change the order', {
      'models/orders.sql': files['models/orders.sql'].replace('1 as "Select"', '2 as "Select"'),
    });
    expect((await project.succeed('deploy')).stdout).toContain('built      2 nodes');
    expect(await relations()).toEqual(all);
    expect(await constant()).toEqual([[2, 2]]);
  });

  test('survive a rollback', async () => {
    await project.succeed('rollback');
    expect(await relations()).toEqual(all);
    expect(await constant()).toEqual([[1, 1]]);
  });

  test('survive a rollback that builds again', async () => {
    await project.succeed('rollback', '--strategy', 'rebuild');
    expect(await relations()).toEqual(all);
    expect(await constant()).toEqual([[1, 1]]);
    expect((await project.document(status, 'status')).differs).toBeNull();
  });
});
