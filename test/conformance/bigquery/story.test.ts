import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeProject } from '../../e2e/project.ts';
import { openClient } from '../../warehouses/bigquery/client.ts';
import { reading } from '../reading.ts';
import { running } from './run.ts';

const { ground, of, prefix, project } = await running();
const dataset = `${prefix}_story`;

const orders = (...rows: readonly string[]) => ({
  'models/orders.sql': `select id, amount from unnest([struct(${rows.join('), struct(')})])\n`,
});

describe('with real dbt and readers all the time', () => {
  const profile = { target: of.name, outputs: { [of.name]: { ...of.text, threads: 2, dataset } } };
  const files = {
    'profiles.yml': stringify({ small: profile }),
    'lastgreen.yml': `version: 1\nenvironments: {prod: {target: ${JSON.stringify(of.name)}}}\n`,
    ...orders('1 as id, 10 as amount', '2, 20'),
    'models/totals.sql':
      "{{ config(materialized='view') }}\nselect count(*) as n, sum(amount) as amount from {{ ref('orders') }}\n",
  };

  it('deploys twice and rolls back between slots; no reader gets an error', async ({ task }) => {
    const { ask } = openClient(ground.connection);
    await using made = await makeProject({ files, env: of.env });
    const name = (one: string) => `\`${project}\`.${dataset}.${one}`;
    const sql = `select concat(n, ' orders, ', amount, '; ', (select count(*) from ${name('orders')})) as v from ${name('totals')}`;
    const now = async () => (await ask(sql))[0]?.['v'];

    await made.succeed('deploy', '--yes');
    expect(await now()).toBe('2 orders, 30; 2');
    const reader = reading({ ask, close: () => Promise.resolve() }, sql);
    await made.commit('One more order', orders('1 as id, 10 as amount', '2, 20', '3, 30'));
    await made.succeed('deploy', '--yes');
    expect(await now()).toBe('3 orders, 60; 3');
    await made.succeed('rollback', '--yes');
    expect(await now()).toBe('2 orders, 30; 2');

    const { errors, saw } = await reader.stop();
    const mixed = [...saw].filter(([one]) => !['2 orders, 30; 2', '3 orders, 60; 3'].includes(one));
    const reads = [...saw.values()].reduce((a, b) => a + b, 0);
    const mixes = mixed.reduce((all, [, n]) => all + n, 0);
    Object.assign(task.meta, { answer: `${reads} reads, ${errors.length} errors, ${mixes} of a mix` });
    expect(errors).toEqual([]);
  });
});
