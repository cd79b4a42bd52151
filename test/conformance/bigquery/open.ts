import { listJobs } from '../../../src/warehouse/bigquery/left.ts';
import { ensureDataset } from '../../../src/warehouse/bigquery/tables.ts';
import type { EngineRun, Opened } from '../engine.ts';
import { Usage } from '../target.ts';
import { kindOf, tookOf } from '../took.ts';
import { type BigqueryProject, dropDatasets, projectAt } from './project.ts';
import type { Run } from './run.ts';

/** A run in the project of a target. Throws Usage where no dataset can be made. */
export async function openProject({ target, projectDir, prefix: asked, choices }: EngineRun): Promise<Opened> {
  if (choices.database !== undefined) throw new Usage('--database is for Snowflake.');
  const prefix = asked.toLowerCase();
  const run: Run = { target: target.name, projectDir, prefix, policyTag: choices.policyTag ?? null };
  const found = await projectAt(target);
  const started = new Date();
  const user = String(await found.value('select session_user()'));
  const { client } = found.ctx;
  // What facts are tried in.
  await ensureDataset(client, found.project, prefix, { location: found.location }).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error);
    throw new Usage(`No dataset can be made in ${found.project}: ${said}`, { cause: error });
  });
  return {
    about: new Map([
      ['project', found.project],
      ['jobs in', client.project],
      ['location', found.location],
      ['endpoint', client.endpoint ?? "Google's own"],
      ['user', user],
    ]),
    prefix,
    madeIn: `datasets of ${found.project}; dropped`,
    run,
    took: async () => tookOf(await took(found, { prefix, started })),
    drop: () => dropDatasets(found, prefix),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** From its beginning to its end, ms, of each job of lastgreen's that names what the run has made. */
async function took({ ctx }: BigqueryProject, of: { readonly prefix: string; readonly started: Date }) {
  const jobs = await listJobs(ctx, { minCreationTime: String(of.started.getTime()) });
  const found = new Map<string, number[]>();
  for (const { configuration, statistics } of jobs) {
    const { labels, ...work } = configuration;
    if (labels['app'] !== 'lastgreen' || !JSON.stringify(work).includes(of.prefix)) continue;
    const { startTime, endTime } = statistics;
    if (startTime === undefined || endTime === undefined) continue;
    const kind = kindOfWork(work);
    found.set(kind, [...(found.get(kind) ?? []), endTime - startTime]);
  }
  return found;
}

function kindOfWork(work: Readonly<Record<string, unknown>>): string {
  const { query } = work;
  if (typeof query !== 'object' || query === null || !('query' in query)) return 'copy job';
  return kindOf(String(query.query));
}
