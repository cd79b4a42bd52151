import { z } from 'zod';
import type { TableId } from './places.ts';
import type { DatasetResource, IamPolicy } from './resources.ts';

/** Who may read a dataset, and which views may for whoever asks (documentation, "REST Resource: datasets", access). */
export type Access = DatasetResource['access'];

const wholeDataset = z.looseObject({
  dataset: z.looseObject({ dataset: z.object({ projectId: z.string(), datasetId: z.string() }) }),
});
const oneView = z.looseObject({
  view: z.object({ projectId: z.string(), datasetId: z.string(), tableId: z.string() }),
});

/** Those of some datasets whose views may not read this one. */
export function unauthorised(access: Access, project: string, datasets: readonly string[]): readonly string[] {
  const known = access.flatMap((entry) => {
    const found = wholeDataset.safeParse(entry);
    return found.success && found.data.dataset.dataset.projectId === project
      ? [found.data.dataset.dataset.datasetId]
      : [];
  });
  return datasets.filter((dataset) => !known.includes(dataset));
}

/** Whether a view may read a dataset for whoever asks: by itself, or as all of its dataset. */
export function mayView(access: Access, view: TableId): boolean {
  if (unauthorised(access, view.project, [view.dataset]).length === 0) return true;
  return access.some((entry) => {
    const found = oneView.safeParse(entry);
    if (!found.success) return false;
    const { projectId, datasetId, tableId } = found.data.view;
    return projectId === view.project && datasetId === view.dataset && tableId === view.table;
  });
}

/** Documentation, "Basic roles and permissions" and "BigQuery IAM roles and permissions". */
const READING = /^(READER|WRITER|OWNER|roles\/bigquery\.(dataViewer|dataEditor|dataOwner|admin))$/;

/** Whether an access list lets somebody read, named as IAM does: `user:ann@example.com`. Rights on the project are not in it. */
export const listLetsIn = (access: Access, member: string): boolean =>
  access.some((entry) => {
    const { role } = entry;
    return typeof role === 'string' && READING.test(role) && membersOf(entry).some((one) => isOf(member, one));
  });

/** The same of a table's own policy; what holds under a condition only is not counted. */
export const policyLetsIn = ({ bindings }: IamPolicy, member: string): boolean =>
  bindings.some(
    ({ role, members, condition }) =>
      condition === undefined && READING.test(role) && members.some((one) => isOf(member, one)),
  );

function membersOf(entry: Access[number]): readonly string[] {
  const told = (key: string, prefix: string): readonly string[] => {
    const value = entry[key];
    return typeof value === 'string' ? [`${prefix}${value}`] : [];
  };
  return [
    // A service account is listed like a user.
    ...told('userByEmail', 'user:'),
    ...told('userByEmail', 'serviceAccount:'),
    ...told('groupByEmail', 'group:'),
    ...told('domain', 'domain:'),
    ...told('iamMember', ''),
    ...told('specialGroup', ''),
  ];
}

function isOf(member: string, listed: string): boolean {
  const [mine, theirs] = [member.toLowerCase(), listed.toLowerCase()];
  if (mine === theirs || theirs === 'allusers') return true;
  const isPerson = /^(user|serviceaccount):/.test(mine);
  return isPerson && (theirs === 'allauthenticatedusers' || `domain:${mine.split('@')[1] ?? ''}` === theirs);
}
