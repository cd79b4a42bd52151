import type { NodeResult } from '../dbt/port.ts';
import type { Fill } from '../domain/change.ts';
import type { LiveLook, Seal } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { type NodeId, type ReleaseId, releaseOf } from '../domain/ids.ts';
import { isRelation } from '../domain/relation.ts';
import { unseen } from '../domain/release.ts';
import type { Answer } from '../domain/verdict.ts';
import { counted } from '../gates/words.ts';
import { dbtCatalog } from '../planning/dbt-catalog.ts';
import type { Catalog } from '../warehouse/port.ts';
import { keepWork } from './artifacts.ts';
import { attemptName, keepAttempt, keepDbtArtifacts, merged } from './attempts.ts';
import { encode } from './documents/codec.ts';
import { recordingFailure } from './failures.ts';
import { gateSide } from './gate-side.ts';
import { blocking } from './gating.ts';
import { lookAtLive } from './look.ts';
import { phase } from './phase.ts';
import { retrying } from './retry.ts';
import { buildNodes } from './run-dbt.ts';
import type { Session } from './session.ts';
import { idleRelations } from './sides.ts';
import { refuseMoved } from './unmoved.ts';
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
  await countSeeds(s, round.fills);
  const look = plan.baseline ? await lookAtLive(s, plan.live) : null;
  held.assert();
  await phase(ports, 'prepare', counted(round.fills.length, 'step'), () =>
    retrying(ports, () => ports.warehouse.fill(round.fills, { fence: held.fence(), signal: held.signal }), held.signal),
  );
  const built = await buildNodes(s, work, release, round.n, round.select);
  await refuseMoved(work.checkout);
  const results = merged(round.results, built.results);
  await keepAttempt(s.records, release, attemptName(held.fence(), round.n), { results, look });
  await s.append({
    is: 'built',
    release,
    nodes: round.select.length,
    ms: ports.clock.elapsedMs() - start,
    dbtMs: built.ms,
  });
  const early = await gateSide(s, work, release, { at: 'built', seal: null, catalog: null, look, lookedAt, results });
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
  const catalog = await keepCatalog(s, work, release, seal, round.n);
  const late = await gateSide(s, work, release, { at: 'sealed', seal, catalog, look, lookedAt, results });
  const answers = [...early, ...late];
  const open = blocking(answers).map((answer) => answer.check.id);
  if (open.length > 0) await s.append({ is: 'waiting', release, on: open });
  else await s.append({ is: 'verified', release });
  return { release, state: open.length > 0 ? 'waiting' : 'verified', seal, look, answers };
}

/** Rows that are copied must not be written to unnoticed from before the copy on. */
async function countSeeds({ ports, held }: Session, fills: readonly Fill[]): Promise<void> {
  const copied = fills.flatMap((fill) => (fill.do === 'copy' && isRelation(fill.from) ? [fill.from] : []));
  const o = { fence: held.fence(), signal: held.signal };
  if (copied.length > 0) await retrying(ports, () => ports.warehouse.countWrites(copied, o), held.signal);
}

/** What waits is a person's to give up. Throws WOULD_SUPERSEDE. */
export async function refuseToSupersede(s: Session, supersede: ReleaseId | boolean): Promise<void> {
  const release = s.held.head().candidate;
  if (!release || supersede === true || supersede === release) return;
  const state = (await s.history()).releases.get(release)?.state.state;
  if (state === 'verified' || state === 'waiting') fail('WOULD_SUPERSEDE', { release });
}

/** For everybody's docs: what the sealed side holds, as dbt would say it. Returns what it read. */
async function keepCatalog(
  s: Session,
  { plan, manifests }: Work,
  release: ReleaseId,
  seal: Seal,
  round: number,
): Promise<Catalog> {
  const { ports, held } = s;
  const catalog = await retrying(ports, () => ports.warehouse.catalog(seal.sides), held.signal);
  const relationOf = idleRelations(plan, manifests.live, seal);
  const said = dbtCatalog(manifests.live, catalog, relationOf, ports.clock.now());
  await keepDbtArtifacts(s.records, release, attemptName(held.fence(), round), { 'catalog.json': encode(said) });
  return catalog;
}

/** Preparing takes the idle side away from whatever waits there. */
export async function giveUpCandidate(s: Session, release: ReleaseId, supersede: ReleaseId | boolean): Promise<void> {
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
      await refuseToSupersede(s, supersede);
      await s.append({ is: 'superseded', release: waiting, by: release });
    }
    if (record.seal) await retrying(s.ports, () => s.ports.warehouse.discard(record.seal?.sides ?? []));
  }
  await s.held.update(() => ({ candidate: null }));
}
