import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { listJobs } from '../../../../src/warehouse/bigquery/left.ts';
import { dryRun, runRows } from '../../../../src/warehouse/bigquery/queries.ts';
import { settles, yesOrNo } from '../../settles.ts';
import { type Ground, outcomeOf, yesOr } from './ground.ts';

const job = z.looseObject({
  configuration: z.looseObject({ query: z.looseObject({ query: z.string() }) }),
  status: z.looseObject({ state: z.string() }),
});

/** What becomes of jobs. */
export function jobFacts(ground: Ground): void {
  const { call, ctx, location, made, name, run } = ground;
  const begin = (jobId: string, query: string, more: object = {}) =>
    call({
      method: 'POST',
      path: '/jobs',
      project: ctx.client.project,
      once: true,
      body: {
        jobReference: { projectId: ctx.client.project, jobId, location },
        configuration: { query: { query, useLegacySql: false }, ...more },
      },
    });
  const newId = (): string => `lastgreen_conformance_${randomUUID()}`;
  const found = async (id: string) =>
    job.parse(await call({ path: `/jobs/${id}`, project: ctx.client.project, query: { location } }));

  settles(
    'jobs.insert under an id that is taken is refused as a duplicate, and the first job is found by it',
    'yes',
    async () => {
      const id = newId();
      await begin(id, 'select 1');
      const second = await outcomeOf(begin(id, 'select 2'));
      return yesOr(`${second}, ${(await found(id)).configuration.query.query}`, 'duplicate, select 1');
    },
  );

  settles('jobs.insert under the id of a job that has failed is refused as a duplicate, too', 'yes', async () => {
    const id = newId();
    await begin(id, `select * from ${name('nothing_here')}`).catch(() => 'it may fail at once');
    return yesOr(await outcomeOf(begin(id, 'select 2')), 'duplicate');
  });

  settles('jobs.list has a job as soon as it was begun, with its labels', 'yes', async () => {
    const [id, from] = [newId(), Date.now() - 60_000];
    await begin(id, 'select 1', { labels: { app: 'lastgreen', step: 'conformance' } });
    const listed = await listJobs(ctx, { minCreationTime: String(from) });
    const one = listed.find(({ jobReference }) => jobReference.jobId === id);
    return one === undefined ? 'it was not there' : yesOrNo(one.configuration.labels['step'] === 'conformance');
  });

  settles('a dry run names the tables that are read through views', 'yes', async () => {
    const table = await made();
    await run(`create view ${name(`over_${table}`)} as select * from ${name(table)}`);
    const { reads } = await dryRun(ctx, { sql: `select * from ${name(`over_${table}`)}` });
    return yesOrNo(reads.some((one) => one.table === table));
  });

  settles('a dry run tells the bytes of a query, and reads nothing', 'yes', async () => {
    const table = await made();
    return yesOrNo((await dryRun(ctx, { sql: `select * from ${name(table)}` })).bytes === 8);
  });

  settles('a query that may be billed for less than 10 MiB is refused, whatever it reads', null, async () => {
    const table = await made();
    const asked = runRows(ctx, { sql: `select * from ${name(table)}`, step: 'conformance', maxBytes: 1000 });
    return yesOrNo((await outcomeOf(asked)) !== 'done');
  });
}
