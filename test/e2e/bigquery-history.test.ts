import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { failure } from '../../src/cli/render/failure.ts';
import { planRendering } from '../../src/cli/render/plan.ts';
import { show } from '../../src/cli/render/show.ts';
import { type Client, openClient } from '../warehouses/bigquery/client.ts';
import type { RequestSeen } from '../warehouses/bigquery/control.ts';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';
import { commit, layoutFor, modelsOf } from './bigquery-history/files.ts';
import { misfit, type Row, thisYear } from './bigquery-history/rows.ts';
import { makeProject, type Project } from './project.ts';

// dbt starts a dozen times, and other tests run beside it.
const patience = 300_000;

const was = ({ was: text }: Row) => text;
const is = ({ is: text }: Row) => text;
/** What is large does not fit in. */
const reads = { max_bytes: '200KB', price: 6.25, currency: 'EUR' };
const sparing = { reads, full_refresh: { except: 'tag:huge' } };

let server: BigqueryServer;
let guest: Client;
let project: Project;
beforeAll(async () => {
  server = await startBigquery();
  guest = openClient(server.connection);
  const outputs = { prod: { ...server.profile, dataset: 'analytics', threads: 4 } };
  project = await makeProject({
    files: {
      ...commit({ second: false, build: {}, textOf: was }),
      'profiles.yml': stringify({ small: { target: 'prod', outputs } }),
    },
  });
  await project.succeed('deploy');
}, patience);
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await server.stop();
}, patience);

/** In which runs of dbt the rows that readers have of each day were made, by model. */
async function runsOf(names: readonly string[]): Promise<Readonly<Record<string, Readonly<Record<number, string>>>>> {
  const each = names.map(
    (name) => `select '${name}' as name, extract(year from day) as year, string_agg(distinct made_in) as made_in
      from analytics.${name} group by year`,
  );
  const found = Map.groupBy(await guest.ask(each.join(' union all ')), (row) => String(row['name']));
  return Object.fromEntries(
    [...found].map(([name, of]) => [
      name,
      Object.fromEntries(of.map((row) => [Number(row['year']), String(row['made_in'])])),
    ]),
  );
}

const past = () => guest.ask('select dbt_scd_id, rate, dbt_valid_from from analytics.past order by 1, 3');

/** Whether it may change something that is not lastgreen's own. */
const changes = ({ method, path, sql, body }: RequestSeen): boolean =>
  method !== 'GET' &&
  !/\/datasets\/analytics__lastgreen\/|:getIamPolicy$/.test(path) &&
  !/^(\/\*.*?\*\/|--.*\n|\s)*(select|with)\b/i.test(sql ?? '') &&
  !JSON.stringify(body).includes('"dryRun":true');

/** What reading a relation costs, by a dry run of somebody else's. */
async function bytesIn(...names: readonly string[]): Promise<number> {
  const [job] = await guest.bigquery.createQueryJob({
    query: names.map((name) => `select 1 from analytics.${name}`).join(' union all '),
    dryRun: true,
  });
  return Number(job.metadata.statistics.totalBytesProcessed);
}

/** How a relation that readers use lies in the slot that is live. */
async function layoutOf(name: string): Promise<unknown> {
  const dataset = guest.bigquery.dataset('analytics');
  const [{ view }] = await dataset.table(name).getMetadata();
  const [slot = ''] = /analytics__\w+/.exec(view.query) ?? [];
  const [{ timePartitioning: by, clustering }] = await guest.bigquery.dataset(slot).table(name).getMetadata();
  return { partitions: by ? `${by.type} of ${by.field}` : null, clusters: clustering?.fields ?? null };
}

describe('the history of what a commit changes, on BigQuery', { timeout: patience }, () => {
  let before: Awaited<ReturnType<typeof runsOf>>;
  let beforePast: Awaited<ReturnType<typeof past>>;

  test('reading more than somebody allows stops plan and deploy, which say what would read it', async () => {
    before = await runsOf(modelsOf(was).map(({ name }) => name));
    beforePast = await past();
    await project.commit('Change all of it', commit({ second: true, build: { reads }, textOf: is }));
    const seen = (await server.control.requests()).length;
    for (const verb of ['plan', 'deploy']) {
      const told = await project.document(failure, verb);
      expect(told).toMatchObject({ exit: 8, error: { code: 'TOO_DEAR' } });
      const all = 2 * (await bytesIn('bulk'));
      expect(told.error.message).toMatch(/would read \d+ bytes, .* allows 204800 bytes/);
      expect(Number(/would read (\d+)/.exec(told.error.message)?.[1])).toBeGreaterThan(all);
      expect(told.error.message).toContain(`clustered_huge ${all / 2} bytes, partitioned_huge ${all / 2} bytes, `);
    }
    expect((await server.control.requests(seen)).filter(changes).map(({ path, sql }) => [path, sql])).toEqual([]);
    expect(await runsOf(modelsOf(was).map(({ name }) => name))).toEqual(before);
  });

  test('without what is large it goes on: the plan says of each model why, what becomes of its rows, and what that costs', async () => {
    await project.commit('Spare what is large', commit({ second: true, build: sparing, textOf: is }));
    const { plan } = await project.document(planRendering.schema, 'plan', '--out', 'plan.json');
    const said = new Map(plan.nodes.map((node) => [node.name, node]));
    for (const { name, expected } of modelsOf(is)) {
      const { why, ...node } = said.get(name) ?? { why: [], history: 'not in the plan', because: '' };
      const reasons = why.map((one) => (one.detail === null ? one.why : `${one.why}: ${one.detail}`));
      // How large it is the server decides.
      const because = node.because.replace(/\(\d+ of /, '(more of ');
      expect({ name, why: reasons, history: node.history, because }).toEqual({ name, ...expected });
    }
    expect(said.get('past')).toMatchObject({ history: 'seed', because: 'a snapshot is always seeded' });

    const bill = new Map(plan.bill?.nodes.map(({ name, bytes }) => [name, bytes]));
    const full = modelsOf(is).filter(({ expected }) => expected.history === 'full');
    expect([...bill.keys()].toSorted()).toEqual(
      [...full.map(({ name }) => name), 'rates_table', 'contract_parent', 'hooks_parent'].toSorted(),
    );
    expect(bill.get('rates_table')).toBe(await bytesIn('events', 'rates'));
    for (const { name, text } of full) {
      const from = text.reads === 'of_rates' ? 'rates_view' : (text.reads ?? 'events');
      expect([name, bill.get(name)]).toEqual([name, from === 'fresh' ? null : await bytesIn(from)]);
    }
    const bytes = [...bill.values()].reduce<number>((sum, of) => sum + (of ?? 0), 0);
    expect(plan.bill).toMatchObject({
      bytes,
      price: { amount: expect.closeTo((bytes / 2 ** 40) * 6.25, 20), currency: 'EUR' },
    });
  });

  test('what was to be built in full is made anew, all else keeps its rows, and all lies as its config says', async () => {
    await project.succeed('deploy', '--plan', 'plan.json');
    const models = modelsOf(is);
    const after = await runsOf(models.map(({ name }) => name));
    for (const { name, kind, expected, row } of models) {
      const [old, now] = [before[name] ?? {}, after[name] ?? {}];
      const years = Object.keys(now).map(Number);
      const remade = years.filter((year) => now[year] !== old[year]);
      // dbt makes the newest batch again, whatever it has of it.
      const newest = kind === 'microbatch' ? [thisYear] : [];
      const again = expected.history === 'full' ? years : row.name === 'since' ? [thisYear - 1, thisYear] : newest;
      expect([name, remade]).toEqual([name, again]);
    }
    for (const { name, kind, text } of models)
      expect([name, await layoutOf(name)]).toEqual([name, layoutFor(kind, text)]);
    const nowPast = await past();
    expect(nowPast).toEqual(expect.arrayContaining([...beforePast]));
    expect(nowPast, 'each rate is another').toHaveLength(2 * beforePast.length);

    const { took, plan } = await project.document(show, 'show');
    expect(took).toMatchObject({ because: null, costs: [{ on: server.project, slotMs: expect.any(Number) }] });
    const [cost] = took?.costs ?? [];
    expect(cost?.slotMs).toBeGreaterThan(0);
    expect(cost?.bytes, 'at least what was foretold').toBeGreaterThan(plan?.bill?.bytes ?? Infinity);
  });

  test('what was kept and does not fit its definition any more waits for a person', async () => {
    await project.commit('Ask too much', commit({ second: true, build: sparing, textOf: misfit }));
    const names = modelsOf(is).map(({ name }) => name);
    const live = await runsOf(names);
    const told = await project.document(failure, 'deploy');
    expect(told).toMatchObject({ exit: 8, error: { code: 'WAITING' } });
    const { answers, plan } = await project.document(show, 'show');
    expect(plan?.nodes.map(({ history }) => history)).not.toContain('full');
    const open = answers.filter(({ verdict }) => verdict !== 'pass');
    const kept = 'it kept rows of another shape:';
    expect(Object.fromEntries(open.map(({ check, observed }) => [check, observed]))).toEqual({
      'shape:partitioned_pinned': `${kept} pieces is missing`,
      'shape:clustered_pinned': `${kept} pieces is missing`,
      'shape:microbatch_pinned': `${kept} pieces is missing`,
      'shape:microbatch_since': `${kept} pieces is missing`,
      'shape:partitioned_huge': `${kept} its partition_by is that of before`,
      'shape:clustered_huge': `${kept} its cluster_by is that of before`,
      'shape:microbatch_huge': `${kept} its cluster_by is that of before`,
    });
    for (const { check } of open) {
      expect(told.error.message).toContain(check);
      expect(plan?.warnings.join('\n')).toContain(`${check.replace('shape:', '')} keeps its rows`);
    }
    expect(await runsOf(names)).toEqual(live);
  });
});
