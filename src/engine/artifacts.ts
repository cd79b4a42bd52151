import { fail, LastgreenError } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import { type Attempt, lastAttempt } from './attempts.ts';
import type { Ports } from './ports.ts';
import type { Records } from './records.ts';
import type { Session } from './session.ts';
import type { Manifests, Work } from './work.ts';

/** What a release leaves behind besides journal and plan; names under `releases/r42/artifacts/`. */
const names = { live: 'manifest.json', idle: 'manifest.idle.json', source: 'source.tar.gz' } as const;

/** What a release is made of. The plan comes last and says that the rest is there. */
export async function keepWork(
  s: Session,
  release: ReleaseId,
  { manifests, checkout, plan }: Pick<Work, 'manifests' | 'checkout' | 'plan'>,
): Promise<void> {
  await s.records.putArtifact(release, names.live, manifests.raw.live);
  await s.records.putArtifact(release, names.idle, manifests.raw.idle);
  await s.records.putArtifact(release, names.source, await s.ports.git.archive(checkout));
  await s.records.putPlan(release, s.held.fence(), plan);
}

/** What promote, watch and drift rounds need of a build that another process did. */
export interface Kept extends Attempt {
  readonly manifests: Manifests;
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
  const attempt = (await lastAttempt(from, release)) ?? { results: [], look: null };
  return {
    ...attempt,
    manifests: {
      raw: { live, idle },
      live: readRecorded(ports, release, live),
      idle: readRecorded(ports, release, idle),
      baseline: before && baseline ? readRecorded(ports, baseline, before) : null,
    },
  };
}

/** A manifest out of the store. Throws STORE_CORRUPT: what dbt wrote and nobody can read now was damaged there. */
export function readRecorded({ dbt }: Ports, release: ReleaseId, raw: Uint8Array): Manifest {
  try {
    return dbt.read(raw);
  } catch (error) {
    if (!(error instanceof LastgreenError)) throw error;
    return fail(
      'STORE_CORRUPT',
      { key: `releases/${release}/artifacts/${names.live}`, message: error.message },
      { cause: error },
    );
  }
}
