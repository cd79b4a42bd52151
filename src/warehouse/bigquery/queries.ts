import { z } from 'zod';
import type { Client } from './client.ts';
import type { Context } from './context.ts';
import { type JobResource, runJob, type Work } from './jobs.ts';
import type { TableId } from './places.ts';
import { type Field, field } from './resources.ts';

export interface Query extends Pick<Work, 'step' | 'fence' | 'id' | 'timeoutMs' | 'signal'> {
  readonly sql: string;
  /** Bound as `@name`. */
  readonly parameters?: Readonly<Record<string, string | readonly string[]>>;
  /** Bytes; without it the target's own. */
  readonly maxBytes?: number | undefined;
}

export interface Results {
  readonly job: JobResource;
  readonly fields: readonly Field[];
  /** As the API has them: each row its values in order of the fields, scalars as text. */
  readonly rows: readonly (readonly unknown[])[];
}

const page = z.looseObject({
  schema: z.looseObject({ fields: z.array(field).default([]) }).optional(),
  rows: z.array(z.object({ f: z.array(z.object({ v: z.unknown() })) })).default([]),
  pageToken: z.string().optional(),
});

/** Runs one statement or script, with all of its rows. Throws WarehouseError, or the reason of an aborted signal. */
export async function runQuery(ctx: Context, query: Query): Promise<Results> {
  const job = await runJob(ctx, { ...query, configuration: { query: configurationOf(ctx, query) } });
  const found = await results(ctx.client, job, query.signal);
  return { job, ...found };
}

/** DDL and DML: nobody reads what it answers. */
export const runStatement = (ctx: Context, query: Query): Promise<JobResource> =>
  runJob(ctx, { ...query, configuration: { query: configurationOf(ctx, query) } });

/** Scalars by the names of their columns, as text; null where there is none. */
export async function runRows(ctx: Context, query: Query): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { fields, rows } = await runQuery(ctx, query);
  return rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]])));
}

function configurationOf(ctx: Context, { sql, parameters, maxBytes }: Query): Readonly<Record<string, unknown>> {
  const most = maxBytes === undefined ? ctx.limits.maximumBytesBilled : String(maxBytes);
  return {
    query: sql,
    useLegacySql: false,
    priority: ctx.limits.priority,
    ...(most === null ? {} : { maximumBytesBilled: most }),
    ...(parameters === undefined
      ? {}
      : { parameterMode: 'NAMED', queryParameters: Object.entries(parameters).map(parameterOf) }),
  };
}

function parameterOf([name, value]: [string, string | readonly string[]]): object {
  return typeof value === 'string'
    ? { name, parameterType: { type: 'STRING' }, parameterValue: { value } }
    : {
        name,
        parameterType: { type: 'ARRAY', arrayType: { type: 'STRING' } },
        parameterValue: { arrayValues: value.map((one) => ({ value: one })) },
      };
}

async function results(
  client: Client,
  { jobReference: { jobId, location = '' } }: JobResource,
  signal: AbortSignal | undefined,
): Promise<Pick<Results, 'fields' | 'rows'>> {
  const rows: unknown[][] = [];
  let fields: readonly Field[] = [];
  let pageToken: string | undefined;
  do {
    // Instants as whole microseconds: the seconds that come without it have fewer digits ("DataFormatOptions").
    const query = {
      location,
      'formatOptions.useInt64Timestamp': true,
      ...(pageToken === undefined ? {} : { pageToken }),
    };
    const found = page.parse(await client.call({ path: `/queries/${jobId}`, query, signal }));
    fields = found.schema?.fields ?? fields;
    for (const { f } of found.rows) rows.push(f.map(({ v }) => v));
    pageToken = found.pageToken;
  } while (pageToken !== undefined && pageToken !== '');
  return { fields, rows };
}

/** What the engine says of a statement without running it. */
export interface Foretold {
  readonly fields: readonly Field[];
  readonly bytes: number;
  /** `SELECT`, `INSERT`, `SCRIPT`, ... ("JobStatistics2", statementType). */
  readonly statement: string;
  /** Also those that views read. */
  readonly reads: readonly TableId[];
}

const reference = z.object({ projectId: z.string(), datasetId: z.string(), tableId: z.string() });
const foretold = z.looseObject({
  statistics: z.looseObject({
    totalBytesProcessed: z.coerce.number().default(0),
    query: z
      .looseObject({
        schema: z.looseObject({ fields: z.array(field).default([]) }).optional(),
        statementType: z.string().default('unknown'),
        referencedTables: z.array(reference).default([]),
      })
      .default({ statementType: 'unknown', referencedTables: [] }),
  }),
});

/** Costs nothing ("Run a dry run"). Throws what running it would throw before its first row. */
export async function dryRun(ctx: Context, query: Pick<Query, 'sql' | 'signal'>): Promise<Foretold> {
  const { client } = ctx;
  const body = {
    jobReference: { projectId: client.project, location: await ctx.location() },
    configuration: { dryRun: true, query: { query: query.sql, useLegacySql: false } },
  };
  const call = { method: 'POST', path: '/jobs', body, repeatable: true, signal: query.signal } as const;
  const { statistics } = foretold.parse(await client.call(call));
  return {
    fields: statistics.query.schema?.fields ?? [],
    bytes: statistics.totalBytesProcessed,
    statement: statistics.query.statementType,
    reads: statistics.query.referencedTables.map(({ projectId, datasetId, tableId }) => ({
      project: projectId,
      dataset: datasetId,
      table: tableId,
    })),
  };
}
