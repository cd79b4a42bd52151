import { z } from 'zod';
import type { NodeResult } from '../dbt/port.ts';
import type { LiveLook } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { type Fence, nodeId, type ReleaseId } from '../domain/ids.ts';
import { encode } from './documents/codec.ts';
import type { Records } from './records.ts';

/** What one pass over the idle side came to: the first, one after live drifted, one after its command had died. */
export interface Attempt {
  /** Of every pass so far; the newest answer of each node and test. */
  readonly results: readonly NodeResult[];
  /** Live as it was before anything was copied from it. */
  readonly look: LiveLook | null;
}

const result = z.object({
  id: z.string().transform(nodeId),
  status: z.enum(['success', 'error', 'fail', 'warn', 'skipped', 'pass', 'no-op']),
  message: z.string(),
  failures: z.number().nullable(),
  rows: z.number().nullable(),
  ms: z.number(),
  compiledPath: z.string().nullable(),
});
const relation = z.object({ location: z.string(), database: z.string(), schema: z.string(), identifier: z.string() });
const document = z.object({
  results: z.array(result),
  look: z.object({ fingerprints: z.array(z.tuple([relation, z.string()])), token: z.string() }).nullable(),
});

/** Names sort in the order in which the passes were made. */
export const attemptName = (fence: Fence, round: number): string =>
  `attempts/${String(fence).padStart(9, '0')}-${round}`;

export async function keepAttempt(to: Records, release: ReleaseId, name: string, attempt: Attempt): Promise<void> {
  // Queries are asked about when they were just built; kept they would only be large, and may hold values of variables.
  const results = attempt.results.map(({ compiled: _, ...rest }) => rest);
  await to.putArtifact(release, `${name}/attempt.json`, encode({ ...attempt, results }));
}

/** What dbt left: run_results.json, its log. */
export async function keepDbtArtifacts(
  to: Records,
  release: ReleaseId,
  name: string,
  artifacts: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  for (const [file, body] of Object.entries(artifacts)) await to.putArtifact(release, `${name}/${file}`, body);
}

/** The newest pass that came to its end. Throws STORE_CORRUPT when it cannot be read. */
export async function lastAttempt(from: Records, release: ReleaseId): Promise<Attempt | null> {
  const body = await from.newestArtifact(release, 'attempts/', 'attempt.json');
  if (!body) return null;
  const parsed = document.safeParse(JSON.parse(Buffer.from(body).toString('utf8')));
  if (!parsed.success)
    fail('STORE_CORRUPT', { key: `releases/${release}/artifacts/attempts`, message: parsed.error.message });
  return parsed.data;
}

/** Later answers win. */
export const merged = (before: readonly NodeResult[], now: readonly NodeResult[]): readonly NodeResult[] => [
  ...new Map([...before, ...now].map((one) => [one.id, one])).values(),
];
