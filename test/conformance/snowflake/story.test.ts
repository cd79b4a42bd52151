import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeProject } from '../../e2e/project.ts';
import { reading } from '../reading.ts';
import { running } from './run.ts';

const { database, databases, guest, of, prefix } = await running();

const scopes = [
  { scope: 'schemas', database, schema: `${prefix}_STORY`, idle: '{schema: "{schema}__green"}' },
  ...(databases
    ? [{ scope: 'databases', database: `${prefix}_STORY`, schema: 'SHOP', idle: '{database: "{database}__green"}' }]
    : []),
];

const orders = (...rows: readonly string[]) => ({
  'models/orders.sql': `select column1 as id, column2 as amount from values ${rows.join(', ')}\n`,
});
const totals =
  "{{ config(materialized='view') }}\nselect count(*) as n, sum(amount) as amount from {{ ref('orders') }}\n";

describe.each(scopes)('with real dbt and readers all the time', (at) => {
  const profile = { target: of.name, outputs: { [of.name]: { ...of.text, threads: 2, ...place() } } };
  const files = {
    'profiles.yml': stringify({ small: profile }),
    'lastgreen.yml': `version: 1\nenvironments: {prod: {target: ${JSON.stringify(of.name)}, idle: ${at.idle}}}\n`,
    ...orders('(1, 10)', '(2, 20)'),
    'models/totals.sql': totals,
  };
  function place() {
    return { database: at.database, schema: at.schema };
  }

  it(`deploys twice and rolls back between ${at.scope}; no reader gets an error`, async ({ task }) => {
    const asker = await guest();
    await asker.ask(`create database if not exists ${at.database}`);
    await using project = await makeProject({ files, env: of.env });
    const name = (one: string) => `"${at.database}".${at.schema}.${one}`;
    const sql = `select n || ' orders, ' || amount || '; ' || (select count(*) from ${name('orders')}) as v from ${name('totals')}`;
    const now = async () => (await asker.ask(sql))[0]?.['v'];

    await project.succeed('deploy', '--yes');
    expect(await now()).toBe('2 orders, 30; 2');
    const reader = reading(await guest(), sql);
    await project.commit('One more order', orders('(1, 10)', '(2, 20)', '(3, 30)'));
    await project.succeed('deploy', '--yes');
    expect(await now()).toBe('3 orders, 60; 3');
    await project.succeed('rollback', '--yes');
    expect(await now()).toBe('2 orders, 30; 2');

    const { errors, saw } = await reader.stop();
    const mixed = [...saw].filter(([one]) => !['2 orders, 30; 2', '3 orders, 60; 3'].includes(one));
    const reads = [...saw.values()].reduce((a, b) => a + b, 0);
    const mixes = mixed.reduce((all, [, n]) => all + n, 0);
    Object.assign(task.meta, { answer: `${reads} reads, ${errors.length} errors, ${mixes} of a mix` });
    expect(errors).toEqual([]);
    // Relations change places one after the other; a database in one statement.
    expect(at.scope === 'databases' ? mixed : []).toEqual([]);
    await asker.close();
  });
});
