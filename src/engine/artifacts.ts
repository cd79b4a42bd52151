import { z } from 'zod';
import type { NodeResult } from '../dbt/port.ts';
import type { LiveLook } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { nodeId, type ReleaseId } from '../domain/ids.ts';
import { encode } from './documents/codec.ts';
import type { Manifests } from './facts.ts';
import type { Ports } from './ports.ts';
import type { Records } from './records.ts';

/** What a release leaves behind besides journal and plan; names under `releases/r42/artifacts/`. */
const names = {
  live: 'manifest.json',
  idle: 'manifest.idle.json',
  results: 'results.json',
  look: 'look.json',
} as const;

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
const look = z.object({ fingerprints: z.array(z.tuple([relation, z.string()])), token: z.string() });

/** What promote, watch and drift rounds need of a build that another process did. */
export interface Kept {
  readonly manifests: Manifests;
  readonly results: readonly NodeResult[];
  readonly look: LiveLook | null;
}

export async function keepManifests(to: Records, release: ReleaseId, manifests: Manifests): Promise<void> {
  await to.putArtifact(release, names.live, manifests.raw.live);
  await to.putArtifact(release, names.idle, manifests.raw.idle);
}

/** `round`: drift rounds build again; the newest results are the ones that count. */
export async function keepResults(
  to: Records,
  release: ReleaseId,
  round: number,
  results: readonly NodeResult[],
  seen: LiveLook | null,
): Promise<void> {
  await to.putArtifact(release, numbered(names.results, round), encode(results));
  if (seen) await to.putArtifact(release, numbered(names.look, round), encode(seen));
}

const numbered = (name: string, round: number): string =>
  round === 0 ? name : name.replace('.json', `.${round}.json`);

export async function keepDbtArtifacts(
  to: Records,
  release: ReleaseId,
  round: number,
  artifacts: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  for (const [name, body] of Object.entries(artifacts))
    await to.putArtifact(release, round === 0 ? name : `round-${round}-${name}`, body);
}

/** Throws STORE_CORRUPT when the release's artifacts are not there: a release without them is not promoted. */
export async function readKept(
  ports: Ports,
  from: Records,
  release: ReleaseId,
  baseline: ReleaseId | null,
): Promise<Kept> {
  const need = async (of: ReleaseId, name: string): Promise<Uint8Array> =>
    (await from.artifact(of, name)) ??
    fail('STORE_CORRUPT', { key: `releases/${of}/artifacts/${name}`, message: 'it is missing' });
  const live = await need(release, names.live);
  const idle = await need(release, names.idle);
  const before = baseline && (await from.artifact(baseline, names.live));
  return {
    manifests: {
      raw: { live, idle },
      live: ports.dbt.read(live),
      idle: ports.dbt.read(idle),
      baseline: before ? ports.dbt.read(before) : null,
    },
    results: await newest(from, release, names.results, z.array(result), []),
    look: await newest<LiveLook | null>(from, release, names.look, look, null),
  };
}

async function newest<T>(from: Records, release: ReleaseId, name: string, schema: z.ZodType<T>, none: T): Promise<T> {
  let found = none;
  for (let round = 0; ; round++) {
    const body = await from.artifact(release, numbered(name, round));
    if (!body) return found;
    const parsed = schema.safeParse(JSON.parse(Buffer.from(body).toString('utf8')));
    if (!parsed.success) fail('STORE_CORRUPT', { key: numbered(name, round), message: parsed.error.message });
    found = parsed.data;
  }
}
