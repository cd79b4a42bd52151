import type { BigQueryOptions } from '@google-cloud/bigquery';
import { type Call, clientFor } from '../../../src/warehouse/bigquery/client.ts';
import { contextOf } from '../../../src/warehouse/bigquery/connect.ts';
import type { Context } from '../../../src/warehouse/bigquery/context.ts';
import { loginTo } from '../../../src/warehouse/bigquery/login.ts';
import { runRows } from '../../../src/warehouse/bigquery/queries.ts';
import { projectOf, settingsOf } from '../../../src/warehouse/bigquery/settings.ts';
import { listDatasets } from '../../../src/warehouse/bigquery/tables.ts';
import type { Target } from '../target.ts';

/** What a target reaches, asked with the client that lastgreen has. */
export interface BigqueryProject {
  readonly ctx: Context;
  readonly project: string;
  readonly location: string;
  /** The first column of the first row, as text; null where there is none. */
  readonly value: (sql: string) => Promise<unknown>;
  readonly call: (request: Call) => Promise<unknown>;
}

export async function projectAt({ output }: Pick<Target, 'output'>): Promise<BigqueryProject> {
  const settings = settingsOf(output);
  const project = projectOf(output);
  const ctx = contextOf({ output, slots: [] });
  const client = clientFor({ settings });
  return {
    ctx,
    project,
    location: await ctx.location(),
    value: async (sql) => Object.values((await runRows(ctx, { sql, step: 'conformance' }))[0] ?? {})[0] ?? null,
    call: (request) => client.call({ project, ...request }),
  };
}

/** For somebody who comes as the target does and knows nothing of lastgreen. */
export async function clientOptions({ output }: Pick<Target, 'output'>): Promise<BigQueryOptions> {
  const settings = settingsOf(output);
  return {
    projectId: settings.executionProject,
    authClient: await loginTo(settings),
    ...(settings.endpoint === null ? {} : { apiEndpoint: settings.endpoint }),
  };
}

/** Its datasets whose names begin so, with all that is in them. */
export async function dropDatasets({ ctx, project }: BigqueryProject, prefix: string): Promise<void> {
  for (const { dataset } of await listDatasets(ctx.client, project))
    if (dataset.startsWith(prefix))
      await ctx.client.call({
        method: 'DELETE',
        path: `/datasets/${dataset}`,
        project,
        query: { deleteContents: true },
        repeatable: true,
      });
}
