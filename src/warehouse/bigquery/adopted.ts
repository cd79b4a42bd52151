import { z } from 'zod';
import type { Fence } from '../../domain/ids.ts';
import type { Context } from './context.ts';
import { documentTimes, dropDocuments, putDocument, readDocuments } from './documents.ts';
import type { Found } from './found.ts';
import type { TableId } from './places.ts';
import type { TableResource } from './resources.ts';

const PREFIX = 'adopted_f';

const record = z.object({
  dataset: z.string(),
  table: z.string(),
  /** ms since 1970. */
  created: z.number(),
  modified: z.number(),
  /** Of a view. */
  text: z.string().nullable(),
});

/** Something that readers used before there were views over slots. */
export type Adopted = z.infer<typeof record>;

const recordOf = ({ id, created, modified, definition }: Found): Adopted => ({
  dataset: id.dataset,
  table: id.table,
  created,
  modified,
  text: definition,
});

/** Writes down what is about to be copied. */
export const recordAdopted = (ctx: Context, fence: Fence, found: readonly Found[]): Promise<void> =>
  found.length === 0 ? Promise.resolve() : putDocument(ctx, `${PREFIX}${fence}`, found.map(recordOf));

/** Whether nobody wrote to it since. */
export const isRecorded = (adopted: Adopted, found: Found): boolean =>
  adopted.text === null
    ? adopted.created === found.created && adopted.modified === found.modified
    : adopted.text === found.definition;

/** What was adopted last under each name. */
export async function readAdopted(ctx: Context): Promise<(id: TableId) => Adopted | null> {
  const documents = [...(await readDocuments(ctx, PREFIX))].toSorted(
    ([a], [b]) => Number(a.slice(PREFIX.length)) - Number(b.slice(PREFIX.length)),
  );
  const all = documents.flatMap(([, value]) => z.array(record).parse(value));
  const known = new Map(all.map((one) => [JSON.stringify([one.dataset, one.table]), one]));
  return ({ dataset, table }) => known.get(JSON.stringify([dataset, table])) ?? null;
}

/** Since when each name is adopted, `dataset.table`: ms since 1970, by the engine's clock. */
export async function adoptedAt(ctx: Context): Promise<ReadonlyMap<string, number>> {
  const documents = await readDocuments(ctx, PREFIX);
  const made = await documentTimes(ctx, PREFIX);
  const all = [...documents].flatMap(([name, value]) =>
    z
      .array(record)
      .parse(value)
      .map(({ dataset, table }) => [`${dataset}.${table}`, made.get(name) ?? 0] as const),
  );
  return new Map(all.toSorted(([, a], [, b]) => a - b));
}

/** Once nothing rests that it tells of. */
export const forgetAdopted = (ctx: Context): Promise<void> => dropDocuments(ctx, (name) => name.startsWith(PREFIX));

/** Whether what is there is what was copied, and was not written to since. */
export function isAsAdopted(adopted: Adopted, found: TableResource): boolean {
  if (found.view !== undefined) return found.view.query === adopted.text;
  return (
    found.type === 'TABLE' &&
    Number(found.creationTime) === adopted.created &&
    Number(found.lastModifiedTime) === adopted.modified
  );
}

/** Where a table rests that a view took the place of, beside it: tables are renamed within their dataset only. */
export const movedAway = (id: TableId): TableId => ({ ...id, table: `${id.table}__before_lastgreen` });
