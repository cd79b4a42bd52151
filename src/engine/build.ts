import type { BuildResult, NodeResult } from '../dbt/port.ts';
import type { Fill } from '../domain/change.ts';
import type { LiveLook, Seal } from '../domain/cutover.ts';
import { fail, LastgreenError } from '../domain/errors.ts';
import { type NodeId, type ReleaseId, releaseOf } from '../domain/ids.ts';
import { unseen } from '../domain/release.ts';
import { type Answer, outcome } from '../domain/verdict.ts';
import { keepWork } from './artifacts.ts';
import { attemptName, keepAttempt, keepDbtArtifacts, merged } from './attempts.ts';
import { ask, blocking, sentence } from './gating.ts';
import { phase } from './phase.ts';
import { retrying } from './retry.ts';
import type { Session } from './session.ts';
import { idleRelations, liveRelations, openSide } from './sides.ts';
import type { Work } from './work.ts';

export interface Built {
  readonly release: ReleaseId;
  readonly state: 'verified' | 'waiting';
  readonly seal: Seal;
  /** Live as it was before anything was copied from it. */
  readonly look: LiveLook | null;
  readonly answers: readonly Answer[];
}

/** What one pass over the idle side does: the first, or one after live drifted. */
export interface Round {
  readonly n: number;
  readonly fills: readonly Fill[];
  readonly select: readonly NodeId[];
  /** Of earlier passes: what this one does not ask again. */
  readonly results: readonly NodeResult[];
}

export interface BuildOptions {
  /** The waiting release that may be given up; true: any. */
  readonly supersede: ReleaseId | boolean;
  /** A release that an earlier command began and did not finish. */
  readonly again?: ReleaseId;
}

/**
 * Builds the idle side up to verified. Live is untouched whatever happens. Throws REJECTED, DBT_FAILED, WAITING is a
 * state and no throw, INTERRUPTED, LEASE_LOST.
 */
export async function build(s: Session, work: Work, o: BuildOptions): Promise<Built> {
  const release = o.again ?? releaseOf(s.held.fence());
  await giveUpCandidate(s, release, o.supersede);
  const { plan } = work;
  await s.append({
    is: 'started',
    release,
    kind: work.kind,
    sha: plan.sha,
    subject: plan.subject,
    command: work.command,
    ...(work.back ? { back: work.back } : {}),
  });
  await s.held.update(() => ({ candidate: release }));
  return recordingFailure(s, release, async () => {
    await keepWork(s, release, work);
    return makeSide(s, work, release, {
      n: 0,
      fills: plan.prepare,
      select: plan.nodes.map((node) => node.id),
      results: [],
    });
  });
}

/** One pass: fill, dbt, built gates, settle, seal, sealed gates. */
export async function makeSide(s: Session, work: Work, release: ReleaseId, round: Round): Promise<Built> {
  const { ports, held } = s;
  const { plan } = work;
  const start = ports.clock.elapsedMs();
  const lookedAt = ports.clock.now();
  const look = plan.baseline ? await retrying(ports, () => ports.warehouse.look(plan.live), held.signal) : null;
  held.assert();
  await phase(ports, 'prepare', `${round.fills.length} steps`, () =>
    retrying(ports, () => ports.warehouse.fill(round.fills, { fence: held.fence(), signal: held.signal }), held.signal),
  );
  const built = await runDbt(s, work, release, round);
  const results = merged(round.results, built?.results ?? []);
  await keepAttempt(s.records, release, attemptName(held.fence(), round.n), { results, look });
  await s.append({
    is: 'built',
    release,
    nodes: round.select.length,
    ms: ports.clock.elapsedMs() - start,
    dbtMs: built?.ms ?? 0,
  });
  const early = await gate(s, work, release, { at: 'built', seal: null, look, lookedAt, results });
  if (plan.settle.length > 0)
    await retrying(
      ports,
      () => ports.warehouse.fill(plan.settle, { fence: held.fence(), signal: held.signal }),
      held.signal,
    );
  held.assert();
  const seal = await phase(ports, 'seal', null, () =>
    retrying(ports, () => ports.warehouse.seal(release, plan.idle, held.fence()), held.signal),
  );
  await s.append({ is: 'sealed', release, seal });
  const late = await gate(s, work, release, { at: 'sealed', seal, look, lookedAt, results });
  const answers = [...early, ...late];
  const open = blocking(answers).map((answer) => answer.check.id);
  if (open.length > 0) await s.append({ is: 'waiting', release, on: open });
  else await s.append({ is: 'verified', release });
  return { release, state: open.length > 0 ? 'waiting' : 'verified', seal, look, answers };
}

async function runDbt(s: Session, work: Work, release: ReleaseId, round: Round): Promise<BuildResult | null> {
  const { ports, held } = s;
  const { plan, manifests, checkout } = work;
  if (round.select.length === 0) return null;
  const { build: settings } = ports.settings;
  const result = await phase(ports, 'build', `dbt builds ${round.select.length} nodes`, () =>
    ports.dbt.build(checkout, 'idle', {
      select: round.select,
      defer: new Map(plan.deferred.map(({ id, live }) => [id, live])),
      manifest: { manifest: manifests.idle, raw: manifests.raw.idle },
      vars: settings.vars,
      threads: settings.threads,
      timeoutMs: settings.timeoutMs,
      signal: held.signal,
      on: (progress) => ports.report({ is: 'node', progress }),
    }),
  );
  await keepDbtArtifacts(s.records, release, attemptName(held.fence(), round.n), result.artifacts);
  held.assert();
  const broken = result.results.filter((r) => r.status === 'error' || (r.status === 'fail' && !isTest(r)));
  if (broken.length > 0 || (!result.ok && result.results.length === 0)) {
    fail('DBT_FAILED', { release, failures: broken.map(failureOf), log: `releases/${release}/artifacts/dbt.log` });
  }
  return result;
}

const isTest = (result: NodeResult): boolean => /^(test|unit_test)\./.test(result.id);

export const failureOf = (result: NodeResult): string =>
  `${result.id}: ${result.message}${result.compiledPath === null ? '' : `\ncompiled: ${result.compiledPath}`}`;

interface Asked {
  readonly at: 'built' | 'sealed';
  readonly seal: Seal | null;
  readonly look: LiveLook | null;
  readonly lookedAt: Date;
  readonly results: readonly NodeResult[];
}

/** Throws REJECTED on any fail or error; an inconclusive answer is returned for a person. */
async function gate(s: Session, work: Work, release: ReleaseId, asked: Asked): Promise<readonly Answer[]> {
  const { ports, held } = s;
  const { plan, manifests } = work;
  if (!plan.checks.some((check) => check.at === asked.at)) return [];
  const answers = await phase(ports, 'gates', asked.at, async () => {
    const candidate = await openSide(ports, {
      containers: asked.seal?.sides ?? plan.idle,
      relationOf: idleRelations(plan, manifests.idle, asked.seal),
      look: null,
      signal: held.signal,
    });
    const current =
      manifests.baseline &&
      (await openSide(ports, {
        containers: plan.live,
        relationOf: liveRelations(manifests.baseline, plan.live),
        look: asked.look,
        lookedAt: asked.lookedAt,
        signal: held.signal,
      }));
    const direction = work.back ? 'back' : 'forward';
    return ask(ports, {
      plan,
      manifests,
      at: asked.at,
      candidate,
      current,
      results: asked.results,
      direction,
      signal: held.signal,
    });
  });
  held.assert();
  await s.append({ is: 'gated', release, at: asked.at, answers });
  if (outcome(answers) === 'fail') {
    const failed = blocking(answers);
    fail('REJECTED', { release, failed: failed.map(sentence) });
  }
  return answers;
}

/** A failure is written down before it is told, except where the lease is gone and with it the right to write. */
async function recordingFailure<T>(s: Session, release: ReleaseId, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof LastgreenError ? error.code : 'BUG';
    if (code === 'LEASE_LOST') throw error;
    const message = error instanceof Error ? error.message : String(error);
    const told = (async () => {
      await s.append({ is: 'failed', release, code, message });
      if (code === 'REJECTED') {
        const answers = (await s.history()).releases.get(release)?.answers ?? [];
        await s.append({
          is: 'rejected',
          release,
          failed: blocking(answers).map((answer) => answer.check.id),
          because: message,
        });
      } else if (code === 'DBT_FAILED' || code === 'DBT_BROKEN')
        await s.append({ is: 'rejected', release, failed: [], because: message });
      else if (code === 'INTERRUPTED' || code === 'STOP_REQUESTED')
        await s.append({ is: 'aborted', release, because: message });
      else return;
      await s.held.update((head) => ({ candidate: head.candidate === release ? null : head.candidate }));
    })();
    // The failure itself is what the person is told, also when it could not be written down.
    await told.catch(() => undefined);
    throw error;
  }
}

/** Preparing takes the idle side away from whatever waits there. */
async function giveUpCandidate(s: Session, release: ReleaseId, supersede: ReleaseId | boolean): Promise<void> {
  const waiting = s.held.head().candidate;
  if (!waiting || waiting === release) return;
  const record = (await s.history()).releases.get(waiting);
  if (record && unseen.has(record.state.state)) {
    if (record.state.state === 'building') {
      await s.append({
        is: 'aborted',
        release: waiting,
        because: `its build ended without a verdict; ${release} took the idle side`,
      });
    } else {
      if (supersede !== true && supersede !== waiting) fail('WOULD_SUPERSEDE', { release: waiting });
      await s.append({ is: 'superseded', release: waiting, by: release });
    }
    if (record.seal) await retrying(s.ports, () => s.ports.warehouse.discard(record.seal?.sides ?? []));
  }
  await s.held.update(() => ({ candidate: null }));
}
