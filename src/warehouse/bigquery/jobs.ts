import { hash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type Fence, releaseOf } from '../../domain/ids.ts';
import { WarehouseError } from '../port.ts';
import type { Client } from './client.ts';
import { type Context, environmentOf } from './context.ts';
import { labelValue } from './dialect.ts';
import { ifThere, isDuplicate, isLost, mayPass, ofJob } from './errors.ts';

/** BigQuery documentation, "REST Resource: jobs". */
export const jobResource = z.looseObject({
  jobReference: z.object({ projectId: z.string(), jobId: z.string(), location: z.string().optional() }),
  status: z.looseObject({
    state: z.string(),
    errorResult: z.looseObject({ reason: z.string().default(''), message: z.string().default('') }).optional(),
  }),
  statistics: z.looseObject({}).default({}),
  configuration: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
  user_email: z.string().optional(),
});

export type JobResource = z.infer<typeof jobResource>;

/** What a job does: `{query: {...}}` or `{copy: {...}}` of the API's JobConfiguration. */
export interface Work {
  readonly configuration: Readonly<Record<string, unknown>>;
  /** What it is, for its labels: `standing`, `clone`, ... */
  readonly step: string;
  /** Of a release's steps. */
  readonly fence?: Fence;
  /** Of which job can be one alone; a random one where it changes nothing. */
  readonly id?: string;
  /** ms; without it the target's own. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The id of what is done once: the same step of the same claim gets the same, so that a job whose answer was lost is found
 * again. Letters, digits, `_` and `-` ("Generate a job ID").
 */
export function jobId(ctx: Pick<Context, 'places'>, fence: Fence, step: readonly string[]): string {
  const environment = environmentOf(ctx).replaceAll(/[^a-z0-9_-]/g, '_');
  return `lastgreen_${environment}_f${fence}_${hash('sha256', JSON.stringify(step), 'hex').slice(0, 24)}`;
}

/** How often a job is done again that failed by itself. */
const TRIES = 4;

/**
 * Starts a job and waits for its end; one that was started before is waited for, unless its end was seen here: then the same is
 * to be done once more. What failed by itself is done again, as another job. Throws WarehouseError, or the reason of an aborted signal, whose job is cancelled: `unknown` where nobody can
 * tell whether it ended.
 */
export async function runJob(ctx: Context, work: Work): Promise<JobResource> {
  const asked = work.id ?? `lastgreen_${environmentOf(ctx)}_${randomUUID()}`;
  const before = ctx.ended.get(asked) ?? 0;
  const id = before === 0 ? asked : `${asked}_again_${before}`;
  for (let tried = 1; ; tried++) {
    const done = await oneJob(ctx, work, tried === 1 ? id : `${id}_${tried}`);
    const { errorResult } = done.status;
    if (errorResult === undefined) {
      if (work.id !== undefined) ctx.ended.set(asked, before + 1);
      return done;
    }
    const error = ofJob(errorResult, done.jobReference.jobId);
    if (!mayPass(error) || tried === TRIES) throw error;
  }
}

/** A job under exactly this id, once: also where it failed it is not done again. */
export async function oneJob(ctx: Context, work: Work, id: string): Promise<JobResource> {
  const location = await ctx.location();
  const started = await start(ctx, work, { id, location });
  return ended(ctx.client, work, started);
}

interface Named {
  readonly id: string;
  readonly location: string;
}

async function start(ctx: Context, work: Work, { id, location }: Named): Promise<JobResource> {
  const { client } = ctx;
  const body = {
    jobReference: { projectId: client.project, jobId: id, location },
    configuration: {
      ...work.configuration,
      labels: labelsOf(ctx, work),
      ...(work.timeoutMs === undefined && ctx.limits.jobMs === null
        ? {}
        : { jobTimeoutMs: String(Math.ceil(work.timeoutMs ?? ctx.limits.jobMs ?? 0)) }),
    },
  };
  for (let tried = 1; ; tried++) {
    try {
      return jobResource.parse(await client.call({ method: 'POST', path: '/jobs', body, signal: work.signal }));
    } catch (error) {
      if (!isDuplicate(error) && !isLost(error) && !work.signal?.aborted) throw error;
      const found = await jobOf(client, { id, location });
      if (found !== null) {
        if (work.signal?.aborted) await cancelJob(client, { id, location });
        else return found;
      }
      work.signal?.throwIfAborted();
      // The server never got it.
      if (tried === TRIES) throw error;
    }
  }
}

function labelsOf(ctx: Context, { step, fence }: Work): Readonly<Record<string, string>> {
  return {
    app: 'lastgreen',
    environment: environmentOf(ctx),
    ...(fence === undefined ? {} : { release: releaseOf(fence) }),
    step: labelValue(step),
  };
}

/** null: there is none. */
export const jobOf = (client: Client, { id, location }: Named): Promise<JobResource | null> =>
  ifThere(client.call({ path: `/jobs/${id}`, query: { location } }).then((body) => jobResource.parse(body)));

export async function cancelJob(client: Client, { id, location }: Named): Promise<void> {
  await ifThere(
    client.call({ method: 'POST', path: `/jobs/${id}/cancel`, query: { location }, body: {}, repeatable: true }),
  );
}

const isDone = (job: JobResource): boolean => job.status.state === 'DONE';

/** How long one question for a job's end waits for it; and pauses between those that do not wait, ms. */
const WAIT_MS = 10_000;
const PAUSES = { first: 100, longest: 2_000 };

async function ended(client: Client, work: Work, job: JobResource): Promise<JobResource> {
  const named = { id: job.jobReference.jobId, location: job.jobReference.location ?? '' };
  try {
    let now = job;
    for (let ms = PAUSES.first; !isDone(now); ms = Math.min(ms * 1.5, PAUSES.longest)) {
      if ('query' in work.configuration) await waitFor(client, named, work.signal);
      else await pause(ms, undefined, work.signal === undefined ? {} : { signal: work.signal });
      now = await asked(client, named, work.signal);
    }
    return now;
  } catch (error) {
    if (!work.signal?.aborted) throw error;
    await cancelJob(client, named);
    throw work.signal.reason;
  }
}

async function asked(client: Client, named: Named, signal: AbortSignal | undefined): Promise<JobResource> {
  const body = await client.call({ path: `/jobs/${named.id}`, query: { location: named.location }, signal });
  return jobResource.parse(body);
}

/**
 * Answers when the job has ended, also one that has no rows ("Method: jobs.getQueryResults"). One that failed answers with
 * its error, which is read of the job; so is whatever else goes wrong here.
 */
async function waitFor(client: Client, { id, location }: Named, signal: AbortSignal | undefined): Promise<void> {
  const query = { location, timeoutMs: WAIT_MS, maxResults: 0 };
  try {
    await client.call({ path: `/queries/${id}`, query, once: true, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof WarehouseError)) throw error;
    await pause(PAUSES.first);
  }
}
