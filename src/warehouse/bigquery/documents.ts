import { hash } from 'node:crypto';
import pMap from 'p-map';
import { type Context, IN_FLIGHT } from './context.ts';
import { controlTable } from './control.ts';
import { isDuplicate } from './errors.ts';
import { deleteTable, getTable, insertTable, listTables } from './tables.ts';

/** So much fits into a description, with what it is a part of before it ("Method: tables.insert": 16,384 characters). */
const PART = 15_000;

/** `cutting_f42__0`, `cutting_f42__1`, ...: a text of any length, in the descriptions of tables without columns. */
const partName = (name: string, n: number): string => `${name}__${n}`;

/** Keeps a value under a name, once: one that is there already stays. */
export async function putDocument(ctx: Context, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  const of = Math.max(1, Math.ceil(text.length / PART));
  const digest = hash('sha256', text, 'hex').slice(0, 16);
  const parts = Array.from({ length: of }, (_, n) => text.slice(n * PART, (n + 1) * PART));
  await pMap(
    parts.entries(),
    async ([n, part]) => {
      try {
        await insertTable(ctx.client, controlTable(ctx, partName(name, n)), {
          description: `${n} ${of} ${digest}\n${part}`,
        });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    },
    { concurrency: IN_FLIGHT },
  );
}

/** Values by their names; one of which a part is missing was never finished, and is none. */
export async function readDocuments(ctx: Context, prefix: string): Promise<ReadonlyMap<string, unknown>> {
  const { project, dataset } = controlTable(ctx);
  const tables = (await listTables(ctx.client, project, dataset))
    .map(({ tableReference }) => tableReference.table)
    .filter((table) => table.startsWith(prefix) && /__\d+$/.test(table));
  const parts = await pMap(
    tables,
    async (table) => partOf(table, await getTable(ctx.client, controlTable(ctx, table))),
    {
      concurrency: IN_FLIGHT,
    },
  );
  const found = new Map<string, unknown>();
  for (const [name, of] of Map.groupBy(
    parts.flatMap((part) => part ?? []),
    (part) => part.name,
  )) {
    const text = whole(of);
    if (text !== null) found.set(name, JSON.parse(text));
  }
  return found;
}

/** When each was put there, ms since 1970, by the engine's clock. */
export async function documentTimes(ctx: Context, prefix: string): Promise<ReadonlyMap<string, number>> {
  const { project, dataset } = controlTable(ctx);
  const tables = await listTables(ctx.client, project, dataset);
  return new Map(
    tables
      .filter(({ tableReference: { table } }) => table.startsWith(prefix) && table.endsWith('__0'))
      .map(({ tableReference: { table }, creationTime }) => [table.replace(/__0$/, ''), Number(creationTime ?? 0)]),
  );
}

interface Part {
  readonly name: string;
  readonly n: number;
  readonly of: number;
  readonly digest: string;
  readonly text: string;
}

function partOf(table: string, found: { readonly description: string } | null): Part | null {
  const [, n, of, digest, text] = /^(\d+) (\d+) (\w+)\n(.*)$/s.exec(found?.description ?? '') ?? [];
  if (digest === undefined || text === undefined) return null;
  return { name: table.replace(/__\d+$/, ''), n: Number(n), of: Number(of), digest, text };
}

function whole(parts: readonly Part[]): string | null {
  const text = parts
    .toSorted((a, b) => a.n - b.n)
    .map((part) => part.text)
    .join('');
  const [first] = parts;
  return first?.of === parts.length && hash('sha256', text, 'hex').startsWith(first.digest) ? text : null;
}

/** Repeatable. */
export async function dropDocuments(ctx: Context, isOne: (name: string) => boolean): Promise<void> {
  const { project, dataset } = controlTable(ctx);
  const tables = (await listTables(ctx.client, project, dataset))
    .map(({ tableReference }) => tableReference.table)
    .filter((table) => /__\d+$/.test(table) && isOne(table.replace(/__\d+$/, '')));
  await pMap(tables, (table) => deleteTable(ctx.client, controlTable(ctx, table)), { concurrency: IN_FLIGHT });
}
