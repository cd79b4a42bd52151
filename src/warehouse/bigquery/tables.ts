import { z } from 'zod';
import type { Call, Client } from './client.ts';
import { ifThere, isDuplicate, isMissing } from './errors.ts';
import type { TableId } from './places.ts';
import {
  type DatasetResource,
  datasetResource,
  type IamPolicy,
  iamPolicy,
  type ListedTable,
  listedTable,
  type TableResource,
  tableResource,
} from './resources.ts';

const datasetPath = (dataset: string): string => `/datasets/${dataset}`;
const pathOf = ({ dataset, table }: TableId): string => `${datasetPath(dataset)}/tables/${table}`;

/** null: it is not there. */
export const getTable = (client: Client, id: TableId, signal?: AbortSignal): Promise<TableResource | null> =>
  ifThere(client.call({ path: pathOf(id), project: id.project, signal }).then((body) => tableResource.parse(body)));

/**
 * Changes what `body` names, where the table still has the etag, whatever it has where that is null; a label that is null goes
 * away. Throws `drifted` when it has
 * another (`isOutdated`), `down` when nobody knows (`isLost`).
 */
export const patchTable = async (
  client: Client,
  id: TableId,
  o: { readonly body: object; readonly etag: string | null; readonly signal?: AbortSignal },
): Promise<TableResource> =>
  tableResource.parse(
    await client.call({
      method: 'PATCH',
      path: pathOf(id),
      project: id.project,
      body: o.body,
      ...(o.etag === null ? { repeatable: true } : { ifMatch: o.etag }),
      signal: o.signal,
    }),
  );

/** Throws `refused` where there is one already (`isDuplicate`). */
export const insertTable = async (
  client: Client,
  id: TableId,
  body: object,
  signal?: AbortSignal,
): Promise<TableResource> =>
  tableResource.parse(
    await client.call({
      method: 'POST',
      path: `${datasetPath(id.dataset)}/tables`,
      project: id.project,
      body: { ...body, tableReference: { projectId: id.project, datasetId: id.dataset, tableId: id.table } },
      signal,
    }),
  );

/** Whatever kind it is; nothing where it is not there. */
export async function deleteTable(client: Client, id: TableId, signal?: AbortSignal): Promise<void> {
  await ifThere(client.call({ method: 'DELETE', path: pathOf(id), project: id.project, repeatable: true, signal }));
}

/** All of a dataset; none where it is not there. */
export const listTables = (
  client: Client,
  project: string,
  dataset: string,
  signal?: AbortSignal,
): Promise<readonly ListedTable[]> =>
  listed(client, { path: `${datasetPath(dataset)}/tables`, project, signal }, 'tables', listedTable);

/** Names of the project's datasets, with their labels. */
export const listDatasets = (
  client: Client,
  project: string,
  signal?: AbortSignal,
): Promise<readonly { readonly dataset: string; readonly location: string | undefined }[]> =>
  listed(client, { path: '/datasets', project, signal }, 'datasets', listedDataset);

const listedDataset = z
  .looseObject({ datasetReference: z.object({ datasetId: z.string() }), location: z.string().optional() })
  .transform(({ datasetReference, location }) => ({ dataset: datasetReference.datasetId, location }));

/** null: it is not there. */
export const getDataset = (
  client: Client,
  project: string,
  dataset: string,
  signal?: AbortSignal,
): Promise<DatasetResource | null> =>
  ifThere(client.call({ path: datasetPath(dataset), project, signal }).then((body) => datasetResource.parse(body)));

/** Nothing where it is there already. */
export async function ensureDataset(
  client: Client,
  project: string,
  dataset: string,
  body: { readonly location: string } & Readonly<Record<string, unknown>>,
): Promise<void> {
  const datasetReference = { projectId: project, datasetId: dataset };
  try {
    await client.call({
      method: 'POST',
      path: '/datasets',
      project,
      body: { ...body, datasetReference },
      repeatable: true,
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** As `patchTable`. */
export const patchDataset = async (
  client: Client,
  of: { readonly project: string; readonly dataset: string; readonly etag: string },
  body: object,
): Promise<DatasetResource> =>
  datasetResource.parse(
    await client.call({
      method: 'PATCH',
      path: datasetPath(of.dataset),
      project: of.project,
      body,
      ifMatch: of.etag,
    }),
  );

/** Who may do what with a table or view, beside what its dataset gives. */
export const getPolicy = async (client: Client, id: TableId, signal?: AbortSignal): Promise<IamPolicy> =>
  iamPolicy.parse(
    await client.call({
      method: 'POST',
      path: `${pathOf(id)}:getIamPolicy`,
      project: id.project,
      body: {},
      repeatable: true,
      signal,
    }),
  );

/** `policy.etag` has to be that of the policy that it replaces. */
export const setPolicy = async (
  client: Client,
  id: TableId,
  policy: IamPolicy,
  signal?: AbortSignal,
): Promise<IamPolicy> =>
  iamPolicy.parse(
    await client.call({
      method: 'POST',
      path: `${pathOf(id)}:setIamPolicy`,
      project: id.project,
      body: { policy },
      repeatable: true,
      signal,
    }),
  );

/** Page by page; none where what holds them is not there. */
export async function listed<T>(client: Client, call: Call, key: string, item: z.ZodType<T>): Promise<readonly T[]> {
  const page = z.looseObject({ [key]: z.array(item).default([]), nextPageToken: z.string().optional() });
  const found: T[] = [];
  let pageToken: string | undefined;
  do {
    const query = { maxResults: 1000, ...call.query, ...(pageToken === undefined ? {} : { pageToken }) };
    try {
      const body = page.parse(await client.call({ ...call, query }));
      // The key is a variable, of which the schema's type knows nothing.
      found.push(...(body[key] as T[]));
      pageToken = body.nextPageToken as string | undefined;
    } catch (error) {
      if (isMissing(error) && pageToken === undefined) return [];
      throw error;
    }
  } while (pageToken !== undefined && pageToken !== '');
  return found;
}
