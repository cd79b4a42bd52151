import { execa } from 'execa';
import { at } from '../../../scripts/setup/places.mjs';
import { warmDbt } from '../../dbt/warm.ts';
import { type Client, connectionOf, openClient } from '../../warehouses/bigquery/client.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { makeProject, type Project } from '../project.ts';
import { production, raw } from './files.ts';

/** A production on BigQuery that plain dbt built, of which no release knows. */
export interface Production extends AsyncDisposable {
  readonly server: BigqueryServer;
  readonly project: Project;
  /** lastgreen.yml. */
  readonly settings: string;
  /** Somebody who may do everything. */
  readonly owner: Client;
  /** Somebody as a user of theirs, who has what that one has. */
  as(user: string): Client;
  /** Plain dbt, in the project's folder. Throws what it said when it fails. */
  dbt(...args: readonly string[]): Promise<void>;
}

/** Who may read what readers use, and nothing behind it. */
export const DASHBOARD = 'dashboard@shop.test';

/** What readers use: the target's dataset, and one of a custom schema. */
export const READ = ['analytics', 'analytics_marts'];

/** Lets the views of datasets read another, whoever asks, beside the project's owners: as its sharing settings do. */
export async function letViewsIn(
  { url, project, profile }: BigqueryServer,
  dataset: string,
  views: readonly string[],
): Promise<void> {
  const authorised = views.map((datasetId) => ({
    dataset: { dataset: { projectId: project, datasetId }, targetTypes: ['VIEWS'] },
  }));
  const answer = await fetch(`${url}/bigquery/v2/projects/${project}/datasets/${dataset}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${profile['token']}` },
    body: JSON.stringify({ access: [{ role: 'OWNER', specialGroup: 'projectOwners' }, ...authorised] }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Builds it on a server of its own. Disposing ends the server and removes all. */
export async function makeProduction(): Promise<Production> {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startBigquery());
  const owner = openClient(server.connection);
  const owners = { role: 'OWNER', specialGroup: 'projectOwners' };
  for (const dataset of READ)
    await owner.bigquery.createDataset(dataset, {
      location: 'US',
      access: [owners, { role: 'READER', userByEmail: DASHBOARD }],
    });
  // A view over a source lets its readers see what it reads.
  await owner.bigquery.createDataset('shop_raw', { location: 'US' });
  await letViewsIn(server, 'shop_raw', READ);
  for (const sql of raw) await owner.ask(sql);

  const env = {
    SHOP_ENDPOINT: server.url,
    SHOP_PROJECT: server.project,
    SHOP_TOKEN: String(server.profile['token']),
  };
  const project = opened.use(await makeProject({ files: production, env }));
  const program = `${process.env[warmDbt] ?? at('.tools', 'dbt', 'bin')}/dbt`;
  const dbt: Production['dbt'] = async (...args) => {
    await execa(program, [...args, '--quiet'], { cwd: project.dir, env, all: true });
  };
  await dbt('build');
  const resources = opened.move();
  return {
    server,
    project,
    settings: production['lastgreen.yml'] ?? '',
    owner,
    as: (user) => openClient(connectionOf(server.url, user)),
    dbt,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
