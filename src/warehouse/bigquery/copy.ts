import { displayName } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { untilWritten } from './again.ts';
import { cloneStatement } from './dialect.ts';
import { isDuplicate, isLost, refused } from './errors.ts';
import { datasetsIn, type Filling, textIn } from './filling.ts';
import type { Found } from './found.ts';
import { jobId, runJob } from './jobs.ts';
import { likeness, refers } from './likeness.ts';
import { type Means, printOf } from './means.ts';
import type { Made } from './order.ts';
import type { TableId } from './places.ts';
import { runStatement } from './queries.ts';
import type { TableResource } from './resources.ts';
import { deleteThing } from './routines.ts';
import { getTable, insertTable, patchTable } from './tables.ts';

/** One thing under another name. */
export interface Copying {
  readonly source: Found;
  readonly to: TableId;
  /** The slot that it goes to. */
  readonly location: string;
  /** What has the name there; null: nothing. */
  readonly target: Found | null;
}

/** One thing that a slot is to have. */
export interface Item extends Copying, Made {
  readonly means: Means;
}

/**
 * Gives the way that was taken: where the engine makes no clone, a copy, which costs its storage. What a table has beside its
 * rows comes with `makeAlike`.
 */
export async function copyThing(filling: Filling, copying: Copying, means: Means): Promise<Means> {
  const { target } = copying;
  if (means === 'nothing') return means;
  // What is replaced is another thing only where both are tables.
  if (target !== null && (target.kind !== 'table' || means !== 'clone')) await deleteThing(filling, target);
  if (means === 'make') {
    await makeAnew(filling, copying);
    return means;
  }
  return means === 'clone' && (await cloned(filling, copying)) ? 'clone' : copied(filling, copying, means);
}

/**
 * The rows that a table had at a time, by its name: also of one that was replaced since, and of one that is gone, of which
 * only a copy can be made (documentation, "Data retention with time travel and fail-safe", "Restoring deleted tables").
 */
export async function copyPast(
  filling: Filling,
  { from, to, target, at, isThere }: Pick<Copying, 'to' | 'target'> & { from: TableId; at: string; isThere: boolean },
): Promise<void> {
  const { ctx, fence, signal } = filling;
  const step = [from.dataset, from.table, at, to.dataset, to.table, target?.object ?? ''];
  // A table is replaced where it is: what is dropped first cannot be asked for what it was by its name.
  if (target !== null && target.kind !== 'table') await deleteThing(filling, target);
  if (isThere) {
    const id = jobId(ctx, fence, ['clone at', ...step]);
    const made = await unlessRefused(
      runStatement(ctx, { sql: cloneStatement(from, to, at), step: 'clone', fence, id, signal }),
    );
    if (made) return;
  }
  const id = jobId(ctx, fence, ['copy at', ...step]);
  const sourceTable = reference({ ...from, table: `${from.table}@${Date.parse(at)}` });
  const copy = { sourceTable, destinationTable: reference(to), writeDisposition: 'WRITE_TRUNCATE' };
  await runJob(ctx, { configuration: { copy }, step: 'copy', fence, id, signal });
}

/** false: the server did nothing, because of what it was asked. */
async function unlessRefused(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof WarehouseError && error.is === 'refused') return false;
    throw error;
  }
}

const idOf = ({ ctx, fence }: Filling, step: string, { source, to, target }: Copying): string =>
  jobId(ctx, fence, [step, printOf(source), to.dataset, to.table, target?.object ?? '']);

/** false: it has too many clones, or is too deep a clone itself, whatever was counted. */
async function cloned(filling: Filling, copying: Copying): Promise<boolean> {
  const { ctx, fence, signal } = filling;
  const id = idOf(filling, 'clone', copying);
  const sql = cloneStatement(copying.source.id, copying.to);
  return unlessRefused(runStatement(ctx, { sql, step: 'clone', fence, id, signal }));
}

/** Free of charge, but for what is stored; with its row access policies (documentation, "Managing tables", "Copy a table"). */
async function copied(filling: Filling, copying: Copying, means: Means): Promise<Means> {
  const { ctx, fence, signal } = filling;
  const { source, to, target } = copying;
  if (means === 'clone' && target !== null) await deleteThing(filling, target);
  const id = idOf(filling, 'copy', copying);
  const copy = { sourceTable: reference(source.id), destinationTable: reference(to), writeDisposition: 'WRITE_EMPTY' };
  await runJob(ctx, { configuration: { copy }, step: 'copy', fence, id, signal });
  return 'copy';
}

const reference = ({ project, dataset, table }: TableId): object => ({
  projectId: project,
  datasetId: dataset,
  tableId: table,
});

/**
 * Labels, descriptions, policy tags, expiration and the like, which a dataset may say otherwise. `references`: keys refer to
 * what lies beside the copy, which has to be there; gives whether there are any.
 */
export function makeAlike(
  filling: Filling,
  { source: { id, relation }, to, location }: Copying,
  references: boolean,
): Promise<boolean> {
  const { client } = filling.ctx;
  const renamed = datasetsIn(filling, relation.location, location);
  return untilWritten(async () => {
    const [wanted, is] = await Promise.all([getTable(client, id), getTable(client, to)]);
    if (wanted === null || is === null) throw new WarehouseError('missing', `${displayName(relation)} is gone`);
    const { patch, unlike } = likeness(wanted, is, { renamed, references });
    if (unlike.length > 0)
      throw refused(`the copy of ${displayName(relation)} has another ${unlike.join(', ')}`, {
        relation: displayName(relation),
      });
    if (patch !== null) await patchTable(client, to, { body: patch, etag: is.etag, signal: filling.signal });
    return refers(wanted);
  });
}

/** What has no rows of its own, with what it reads called as where it goes. */
async function makeAnew(filling: Filling, copying: Copying): Promise<void> {
  const { source, location } = copying;
  if (source.kind === 'view') return makeView(filling, copying);
  if (source.kind === 'snapshot' || source.ddl === null)
    throw refused(`${displayName(source.relation)} is a ${source.kind}, of which nobody can make another`, {
      relation: displayName(source.relation),
    });
  const sql = textIn(filling, source.ddl, source.relation, location);
  const { ctx, fence, signal } = filling;
  await runStatement(ctx, { sql, step: 'make', fence, id: idOf(filling, 'make', copying), signal });
}

/** Its description, labels and columns are those of the other. */
async function makeView(filling: Filling, { source, to, location }: Copying): Promise<void> {
  const { ctx, signal } = filling;
  const resource = await getTable(ctx.client, source.id);
  if (resource?.view?.['useLegacySql'] === true)
    throw refused(`${displayName(source.relation)} is written in legacy SQL`, {
      relation: displayName(source.relation),
    });
  await putView(filling, to, textIn(filling, source.definition, source.relation, location), resource);
  const fields = resource?.schema.fields ?? [];
  // Which columns there are, only the text says ("Method: tables.insert"): they are described afterwards.
  if (!fields.some(({ description, policyTags }) => description !== undefined || policyTags !== undefined)) return;
  await untilWritten(async () => {
    const { etag } = (await getTable(ctx.client, to)) ?? {};
    if (etag !== undefined) await patchTable(ctx.client, to, { body: { schema: { fields } }, etag, signal });
  });
}

/** A view where nothing is. */
export async function putView(
  { ctx: { client }, signal }: Filling,
  to: TableId,
  query: string,
  like: TableResource | null = null,
): Promise<void> {
  const body = {
    view: { query, useLegacySql: false },
    ...(like === null
      ? {}
      : {
          description: like.description,
          labels: like.labels,
          ...Object.fromEntries(KEPT.flatMap((key) => (like[key] === undefined ? [] : [[key, like[key]]]))),
        }),
  };
  try {
    await insertTable(client, to, body, signal);
  } catch (error) {
    if (!isLost(error) && !isDuplicate(error)) throw error;
    const found = await getTable(client, to);
    if (found?.view?.query !== query) throw error;
  }
}

const KEPT = ['friendlyName', 'expirationTime', 'resourceTags'] as const;
