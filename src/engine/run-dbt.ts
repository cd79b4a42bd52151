import type { BuildResult, NodeResult, SideName } from '../dbt/port.ts';
import { fail } from '../domain/errors.ts';
import type { NodeId, ReleaseId } from '../domain/ids.ts';
import type { Relation } from '../domain/relation.ts';
import { counted } from '../gates/words.ts';
import type { Checkout } from '../git/port.ts';
import { invocations } from '../planning/invocations.ts';
import { attemptName, keepDbtArtifacts, merged } from './attempts.ts';
import { phase } from './phase.ts';
import type { Session } from './session.ts';
import type { Manifests, Work } from './work.ts';

export interface DbtStart {
  readonly checkout: Checkout;
  readonly manifests: Pick<Manifests, 'raw' | SideName>;
  readonly side: SideName;
  /** Empty: what the arguments choose. */
  readonly select: readonly NodeId[];
  readonly defer?: ReadonlyMap<NodeId, Relation>;
  readonly arguments?: readonly string[];
  /** What is told of it. */
  readonly detail: string;
}

/** One start of dbt under the lease, with the environment's settings. */
export function startDbt({ ports, held }: Session, start: DbtStart): Promise<BuildResult> {
  const { checkout, manifests, side, select } = start;
  const { vars, threads, timeoutMs } = ports.settings.build;
  return phase(ports, 'build', start.detail, () =>
    ports.dbt.build(checkout, side, {
      select,
      defer: start.defer ?? new Map(),
      manifest: { manifest: manifests[side], raw: manifests.raw[side] },
      vars,
      threads,
      timeoutMs,
      ...(start.arguments ? { arguments: start.arguments } : {}),
      signal: held.signal,
      on: (progress) => ports.report({ is: 'node', progress }),
    }),
  );
}

/** What a pass over the idle side came to. */
export interface DbtPass {
  readonly results: readonly NodeResult[];
  readonly ms: number;
}

/** Builds nodes on the idle side, in as many starts as that takes, and keeps what dbt left. Throws DBT_FAILED. */
export async function buildNodes(
  s: Session,
  work: Work,
  release: ReleaseId,
  round: number,
  select: readonly NodeId[],
): Promise<DbtPass> {
  const { plan, manifests, checkout } = work;
  const defer = new Map(plan.deferred.map(({ id, live }) => [id, live]));
  let pass: DbtPass = { results: [], ms: 0 };
  for (const [n, start] of invocations(plan, select, manifests.live).entries()) {
    const since =
      start.since === null
        ? []
        : ['--event-time-start', start.since, '--event-time-end', s.ports.clock.now().toISOString().slice(0, 10)];
    const detail = `dbt builds ${counted(start.select.length, 'node')}${start.since === null ? '' : ` from ${start.since}`}`;
    const result = await startDbt(s, {
      checkout,
      manifests,
      side: 'idle',
      select: start.select,
      defer,
      detail,
      ...(since.length > 0 ? { arguments: ['build', ...since] } : {}),
    });
    const name = attemptName(s.held.fence(), round);
    await keepDbtArtifacts(s.records, release, n === 0 ? name : `${name}/start-${n + 1}`, result.artifacts);
    s.held.assert();
    refuseBroken(release, result);
    pass = { results: merged(pass.results, result.results), ms: pass.ms + result.ms };
  }
  return pass;
}

/** A failing test is for the gates; a node that could not be built leaves nothing to ask them about. */
function refuseBroken(release: ReleaseId, { ok, results }: BuildResult): void {
  const broken = results.filter((r) => r.status === 'error' || (r.status === 'fail' && !isTest(r)));
  if (broken.length > 0 || (!ok && results.length === 0))
    fail('DBT_FAILED', { release, failures: broken.map(failureOf), log: `releases/${release}/artifacts` });
}

const isTest = (result: NodeResult): boolean => /^(test|unit_test)\./.test(result.id);

/** A failing node with dbt's own message and where its SQL lies. */
export const failureOf = (result: NodeResult): string =>
  `${result.id}: ${result.message}${result.compiledPath === null ? '' : `\ncompiled: ${result.compiledPath}`}`;
