import pMap from 'p-map';
import { z } from 'zod';
import type { Lack } from '../../domain/lack.ts';
import { type ProjectNames, WarehouseError } from '../port.ts';
import { unauthorised } from './access-list.ts';
import { missingAccess } from './authorise.ts';
import { readCatalog } from './catalog.ts';
import type { Call } from './client.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { readRing } from './control.ts';
import { type DatasetFacts, lacksOf, type SourceFacts } from './lacks.ts';
import { datasetOf, sideContainer, sideOf, tableId } from './places.ts';
import { dryRun } from './queries.ts';
import { sideDatasets } from './sides.ts';
import { getDataset, listTables } from './tables.ts';

/** APIs, permissions, locations, what may read what, time travel: as the user that releases run as sees them. */
export async function examine(ctx: Context, names: ProjectNames): Promise<readonly Lack[]> {
  const entrance = await mayEnter(ctx);
  if (entrance !== null) return [entrance];
  const location = await ctx.location();
  const [datasets, missing, access, sources] = await Promise.all([
    datasetFacts(ctx),
    missingPermissions(ctx),
    missingAccess(ctx),
    sourceFacts(ctx, names),
  ]);
  return lacksOf({ project: ctx.places.project, location, datasets, missing, unauthorised: access, sources });
}

/** Without these nothing can be looked at: the API, and the right to ask it something. */
async function mayEnter(ctx: Context): Promise<Lack | null> {
  try {
    await dryRun(ctx, { sql: 'SELECT 1' });
    return null;
  } catch (error) {
    if (!(error instanceof WarehouseError) || (error.is !== 'denied' && error.is !== 'missing')) throw error;
    const { reason, privilege } = error.detail;
    const { project } = ctx.client;
    const next =
      reason === 'accessNotConfigured'
        ? `gcloud services enable bigquery.googleapis.com --project ${project}`
        : typeof privilege === 'string'
          ? `give the user of the target a role with ${privilege}, such as roles/bigquery.user, on project ${project}`
          : 'correct the credentials of the target in profiles.yml';
    return {
      severity: 'bad',
      what: `nothing may be asked in project ${project}: ${error.message.replace(/\.$/, '')}`,
      next,
    };
  }
}

async function datasetFacts(ctx: Context): Promise<readonly DatasetFacts[]> {
  const { client, places } = ctx;
  const found = await pMap(
    await sideDatasets(ctx),
    async ({ dataset, location: side }): Promise<readonly DatasetFacts[]> => {
      const is = await getDataset(client, places.project, dataset);
      if (is === null) return [];
      const { location, maxTimeTravelHours: timeTravelHours } = is;
      const isLive = sideOf(places, side) === 'live';
      const tables = isLive ? (await listTables(client, places.project, dataset)).length : 0;
      return [{ dataset, side: isLive ? 'live' : 'slot', location, timeTravelHours, tables }];
    },
    { concurrency: IN_FLIGHT },
  );
  return found.flat();
}

/** What releases do on the project, and with tables of their datasets (documentation, "BigQuery IAM roles and permissions"). */
const ON_PROJECT = ['bigquery.jobs.create', 'bigquery.jobs.list', 'bigquery.datasets.create'];
const ON_TABLES = [
  'bigquery.tables.getData',
  'bigquery.tables.update',
  'bigquery.tables.delete',
  'bigquery.tables.getIamPolicy',
  'bigquery.tables.setIamPolicy',
];

async function missingPermissions(ctx: Context): Promise<readonly { permission: string; on: string }[]> {
  const { client, places } = ctx;
  const onProject = await lackedOn(ctx, ON_PROJECT, {
    path: `https://cloudresourcemanager.googleapis.com/v1/projects/${client.project}:testIamPermissions`,
  });
  const onTables = await pMap(
    await sideDatasets(ctx),
    async ({ dataset }) => {
      const [first] = await listTables(client, places.project, dataset);
      if (first === undefined) return [];
      const { table } = first.tableReference;
      const path = `/datasets/${dataset}/tables/${table}:testIamPermissions`;
      const lacked = await lackedOn(ctx, ON_TABLES, { path, project: places.project });
      return lacked.map((permission) => ({ permission, on: `dataset ${dataset}` }));
    },
    { concurrency: IN_FLIGHT },
  );
  return [...onProject.map((permission) => ({ permission, on: `project ${client.project}` })), ...onTables.flat()];
}

const granted = z.looseObject({ permissions: z.array(z.string()).default([]) });

/** None where nobody says: not every project has that API, and no endpoint of one's own does. */
async function lackedOn(
  { client }: Context,
  permissions: readonly string[],
  call: Pick<Call, 'path' | 'project'>,
): Promise<readonly string[]> {
  if (call.path.startsWith('https://') && client.endpoint !== null) return [];
  try {
    const has = granted.parse(await client.call({ ...call, method: 'POST', body: { permissions }, repeatable: true }));
    return permissions.filter((one) => !has.permissions.includes(one));
  } catch (error) {
    if (error instanceof WarehouseError && error.is !== 'down' && error.is !== 'busy') return [];
    throw error;
  }
}

/** What views of the project read that lies on no side, as what is live tells. */
async function sourceFacts(ctx: Context, { live }: ProjectNames): Promise<readonly SourceFacts[]> {
  const { places } = ctx;
  const slot = (await readRing(ctx)).live;
  if (slot === null || live.length === 0) return [];
  const catalog = await readCatalog(ctx, [sideContainer(places, slot)], { bare: true });
  const readBy = new Map<string, { project: string; dataset: string; by: Set<string> }>();
  for (const { relation, definition } of catalog.relations) {
    const reads = definition === null ? [] : catalog.readsOf(relation);
    for (const read of reads === 'unreadable' ? [] : reads) {
      if (sideOf(places, read.location) !== 'outside') continue;
      const { project, dataset } = tableId(places, read);
      const found = readBy.get(`${project}.${dataset}`) ?? { project, dataset, by: new Set() };
      readBy.set(`${project}.${dataset}`, found);
      // Whatever slot is live next.
      for (const location of places.slots) found.by.add(datasetOf(places, { ...relation, location }));
    }
  }
  return pMap(readBy.values(), (one) => sourceFact(ctx, one), { concurrency: IN_FLIGHT });
}

async function sourceFact(
  { client, places }: Context,
  { project, dataset, by }: { readonly project: string; readonly dataset: string; readonly by: ReadonlySet<string> },
): Promise<SourceFacts> {
  try {
    const found = await getDataset(client, project, dataset);
    const access = found?.access ?? [];
    return {
      project,
      dataset,
      location: found?.location ?? null,
      unauthorised: unauthorised(access, places.project, [...by]),
    };
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.is !== 'denied') throw error;
    return { project, dataset, location: null, unauthorised: [] };
  }
}
