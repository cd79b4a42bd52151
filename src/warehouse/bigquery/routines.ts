import { ifThere } from './errors.ts';
import type { Filling } from './filling.ts';
import type { Found } from './found.ts';
import type { TableId } from './places.ts';
import { deleteTable } from './tables.ts';

/** Whether it is called and not read. */
export const isRoutine = (kind: string): boolean => kind.endsWith('function') || kind === 'procedure';

/** Nothing where it is not there. */
export async function deleteThing(
  { ctx: { client }, signal }: Pick<Filling, 'ctx' | 'signal'>,
  { id, kind }: Pick<Found, 'id' | 'kind'>,
): Promise<void> {
  if (!isRoutine(kind)) return deleteTable(client, id, signal);
  const path = routinePath(id);
  await ifThere(client.call({ method: 'DELETE', path, project: id.project, repeatable: true, signal }));
}

const routinePath = ({ dataset, table }: TableId): string => `/datasets/${dataset}/routines/${table}`;
