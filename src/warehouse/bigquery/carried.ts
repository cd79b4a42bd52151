import { z } from 'zod';
import type { Context } from './context.ts';
import { controlTable } from './control.ts';
import { qualified } from './dialect.ts';
import { ifThere } from './errors.ts';
import type { Carried, Records } from './means.ts';
import { runRows, runStatement } from './queries.ts';

const entry = z.object({ print: z.string(), origin: z.string(), depth: z.number(), guards: z.string() });
const rows = z.array(z.object({ entry: z.string().transform((text) => entry.parse(JSON.parse(text))) }));

const tableOf = (ctx: Context): string => qualified(controlTable(ctx, 'carried'));

/** By their prints. A table that only says what need not be copied again: without it all is. */
export async function readCarried(ctx: Context): Promise<Records> {
  const found = await ifThere(runRows(ctx, { sql: `SELECT entry FROM ${tableOf(ctx)}`, step: 'carried' }));
  return new Map(rows.parse(found ?? []).map(({ entry: one }) => [one.print, one]));
}

/** In place of all that was known. */
export async function writeCarried(ctx: Context, carried: readonly Carried[]): Promise<void> {
  const sql = `CREATE OR REPLACE TABLE ${tableOf(ctx)} AS SELECT entry FROM UNNEST(@entries) AS entry`;
  const entries = carried.map((one) => JSON.stringify(one));
  await runStatement(ctx, { sql, step: 'carried', parameters: { entries } });
}
