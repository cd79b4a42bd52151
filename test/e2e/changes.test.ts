import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure } from '../../src/cli/render/failure.ts';
import { history } from '../../src/cli/render/history.ts';
import { outcomeRendering } from '../../src/cli/render/outcome.ts';
import { rolledBackRendering } from '../../src/cli/render/rolled-back.ts';
import { type ShowDocument, show } from '../../src/cli/render/show.ts';
import { makeProject, type Project } from './project.ts';

// dbt starts several times, and other tests run beside it.
const patience = 300_000;

/** Each row says in which run of dbt it was made. */
const orders = (body: string, config = '') => `{{ config(materialized='incremental', unique_key='id'${config}) }}
select id, ${body}, '{{ invocation_id }}' as made_in from {{ ref('numbers') }}
{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
`;
const properties = (o: { readonly statuses: string; readonly tags?: string; readonly daily?: string }) => `models:
  - name: orders
    config: {tags: [${o.tags ?? ''}]}
  - name: ${o.daily ?? 'daily'}
    columns: [{name: status, data_tests: [{accepted_values: {arguments: {values: [${o.statuses}]}}}]}]
`;
const lastgreen = (allow = '') => `version: 1
environments:
  prod:
    target: prod
    gates: {compatibility: {allow: [${allow}]}}
`;

const files = {
  'lastgreen.yml': lastgreen(),
  'seeds/customers.csv': 'id,city\n1,Bonn\n2,Kiel\n',
  'models/numbers.sql': "select range as id from range({{ env_var('ORDERS', '3') }})",
  'models/orders.sql': orders("'sold' as status"),
  'models/daily.sql': "{{ config(alias='daily') }}\nselect status, count(*) as n from {{ ref('orders') }} group by 1",
  'models/plain.sql': "select 1 as id, 'plain' as says",
  'models/leaves.sql': 'select 1 as id',
  'models/properties.yml': properties({ statuses: 'sold' }),
  'snapshots/past.yml':
    'snapshots: [{name: past, relation: "ref(\'customers\')", config: {unique_key: id, strategy: check, check_cols: [city]}}]\n',
};

let project: Project;
beforeAll(async () => {
  project = await makeProject({ files });
  await project.succeed('deploy');
}, patience);
afterAll(() => project[Symbol.asyncDispose](), patience);

/** In how many runs of dbt the rows of orders that readers have were made. */
const runs = async (): Promise<readonly unknown[]> =>
  (await project.rows('select distinct made_in from analytics.orders order by made_in')).map(({ made_in }) => made_in);
const cities = async (): Promise<readonly unknown[]> =>
  (await project.rows('select city from analytics.past where id = 1 order by dbt_valid_from')).map(({ city }) => city);
const relations = async (): Promise<Readonly<Record<string, unknown>>> =>
  Object.fromEntries(
    (
      await project.rows(
        "select table_name as name, table_type as kind from information_schema.tables where table_schema = 'analytics'",
      )
    ).map(({ name, kind }) => [String(name), kind]),
  );
const newest = (): Promise<ShowDocument> => project.document(show, 'show');
const planned = async (name: string) => {
  const node = (await newest()).plan?.nodes.find((found) => found.name === name);
  return node && { why: node.why.map(({ why }) => why), history: node.history };
};

describe('what a commit changes decides what a release does', { timeout: patience }, () => {
  test('nothing that is built: the commit advances and no row is made anew', async () => {
    const before = await runs();
    await project.commit('Explain it', { 'README.md': 'What this is.\n' });
    const ended = await project.document(outcomeRendering.schema, 'deploy');
    expect(ended).toMatchObject({ outcome: 'no-op', changed: false, release: { kind: 'no-op', state: 'green' } });
    expect(ended.release.content).not.toBe(ended.release.id);
    expect(await runs()).toEqual(before);

    expect(await project.document(outcomeRendering.schema, 'deploy'), 'the same commit again').toMatchObject({
      outcome: 'nothing-to-do',
      release: { id: ended.release.id },
    });
  });

  test('a test that does not hold for what readers have: stopped, and readers keep it', async () => {
    const before = await runs();
    await project.commit('Expect too much', { 'models/properties.yml': properties({ statuses: 'lost' }) });
    const told = await project.document(failure, 'deploy');
    expect(told).toMatchObject({ exit: 3, error: { code: 'REJECTED' } });
    expect(told.error.message).toContain('accepted_values_daily_status__lost');
    expect(await runs()).toEqual(before);
  });

  test('a file that is saved meanwhile ships in no commit', async () => {
    const all = {
      'lastgreen.yml': lastgreen("{node: leaves, change: removed, reason: 'nobody reads it', until: 2999-01-01}"),
      'models/properties.yml': properties({ statuses: 'sold', tags: 'hourly', daily: 'by_day' }),
      'models/by_day.sql': files['models/daily.sql'],
      'models/plain.sql': `{{ config(materialized='view') }}\n${files['models/plain.sql']}`,
      'seeds/customers.csv': 'id,city\n1,Köln\n2,Kiel\n',
    };
    await project.remove('models/daily.sql', 'models/leaves.sql');
    await project.commit('Change what is built, kept, named and dropped', all);
    const running = project.start('deploy');
    await running.says(/^plan/);
    await writeFile(join(project.dir, 'models/plain.sql'), "select 2 as id, 'in no commit' as says");
    const { exit, stderr } = await running.ended;
    expect({ exit, stderr }).toMatchObject({ exit: 4, stderr: expect.stringContaining('models/plain.sql') });
    await writeFile(join(project.dir, 'models/plain.sql'), all['models/plain.sql']);
    expect((await project.rows('select says from analytics.plain'))[0]).toEqual({ says: 'plain' });
  });

  test('tags keep history, a rename keeps the relation, a model becomes a view, another one goes', async () => {
    const before = await runs();
    await project.succeed('deploy');
    expect(await planned('orders')).toEqual({ why: ['tags'], history: 'seed' });
    expect(await runs()).toEqual(before);
    const { plan } = await newest();
    expect(plan?.renamed).toEqual([{ from: 'model.small.daily', to: 'model.small.by_day' }]);
    expect(plan?.removed.map(({ name }) => name)).toEqual(['leaves']);
    expect(await relations()).toMatchObject({ daily: 'BASE TABLE', plain: 'VIEW', orders: 'BASE TABLE' });
    expect(await relations()).not.toHaveProperty('leaves');
    expect(await cities()).toEqual(['Bonn', 'Köln']);
  });

  test('another body of an incremental builds it in full; a snapshot never begins anew', async () => {
    const before = await runs();
    await project.commit('Sell twice', {
      'models/orders.sql': orders("'sold' as status, 2 as pieces"),
      'seeds/customers.csv': 'id,city\n1,Mainz\n2,Kiel\n',
    });
    await project.succeed('deploy');
    expect(await planned('orders')).toEqual({ why: ['body'], history: 'full' });
    const after = await runs();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect(await cities()).toEqual(['Bonn', 'Köln', 'Mainz']);
  });

  test('a way back takes orders back and leaves the snapshot its rows', async () => {
    const back = await project.document(rolledBackRendering.schema, 'rollback');
    expect(back).toMatchObject({ outcome: 'rolled-back', strategy: 'swap' });
    expect(await project.rows("select * from information_schema.columns where column_name = 'pieces'")).toEqual([]);
    expect(await cities()).toEqual(['Bonn', 'Köln', 'Mainz']);
  });

  test('a refresh runs what is live, and refuses to run nothing', async () => {
    const before = await runs();
    const nothing = await project.lastgreen('refresh', '--json', '--', '--select', 'ordres');
    expect(failure.parse(JSON.parse(nothing.stdout))).toMatchObject({ exit: 2, error: { code: 'USAGE' } });
    expect(await runs()).toEqual(before);
    await project.succeed('refresh');
    // Of the commit that is live, not of the newest one, which is in the work tree.
    expect(await project.rows('select city from analytics.customers where id = 1')).toEqual([{ city: 'Köln' }]);
    expect(await project.rows("select * from information_schema.columns where column_name = 'pieces'")).toEqual([]);
    const { entries } = await project.document(history, 'history');
    expect(entries[0]).toMatchObject({ kind: 'refresh', state: 'done' });
    expect(entries.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'refresh done',
      'rollback green',
      'deploy reverted',
      'deploy green',
      'no-op rejected',
      'no-op green',
      'deploy green',
    ]);
  });
});
