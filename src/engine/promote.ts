import type { LiveLook, Seal } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { ReleaseRecord } from '../domain/fold.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import { planCutover } from '../planning/cutover.ts';
import { planDriftRound } from '../planning/drift.ts';
import { type Kept, readKept } from './artifacts.ts';
import { lastAttempt } from './attempts.ts';
import { type Built, makeSide } from './build.ts';
import { cutOver, NotCut } from './cutover.ts';
import { accept, blocking } from './gating.ts';
import { phase } from './phase.ts';
import { scopeOf } from './progress.ts';
import { type Measured, recordReversing } from './record.ts';
import { foreseen, retrying } from './retry.ts';
import type { Session } from './session.ts';
import type { Work } from './work.ts';

export interface PromoteOptions {
  /** A person's answers to inconclusive checks. */
  readonly accept: readonly string[];
  readonly reason: string | null;
}

interface Candidate {
  readonly plan: Plan;
  readonly seal: Seal;
  readonly look: LiveLook | null;
}

/** Cuts over to a verified release. Live is untouched when it throws anything but INDETERMINATE or NOT_RECORDED. */
export async function promote(s: Session, release: ReleaseId, o: PromoteOptions): Promise<Measured> {
  const record = await readyFor(s, release, o);
  const plan =
    (await s.records.plan(release)) ??
    fail('STORE_CORRUPT', { key: `releases/${release}/plan`, message: 'it is missing' });
  checkBaseline(s, plan);
  const kept = await readKept(s.ports, s.records, release, plan.baseline?.content ?? null);
  let candidate: Candidate = {
    plan,
    seal:
      record.seal ??
      fail('WRONG_STATE', { release, state: 'not sealed', verb: 'be promoted', next: 'lastgreen build' }),
    look: kept.look,
  };
  const { rounds } = s.ports.settings.drift;
  for (let round = 1; ; round++) {
    const cutover = await phase(s.ports, 'cutover', release, () => tryCutover(s, record, candidate));
    if ('measured' in cutover) return cutover.measured;
    if (round > rounds) fail('DRIFTED', { relations: cutover.drifted, rounds });
    candidate = await catchUp(s, release, candidate, kept, round);
  }
}

/** Live must still be what the release was built against, or what was tested would not be what is published. */
function checkBaseline(s: Session, plan: Plan): void {
  const mark = s.mark();
  if (mark?.release === plan.baseline?.release) return;
  fail('PLAN_MOVED', {
    what: `it was built against ${plan.baseline?.release ?? 'nothing'}, and ${mark?.release ?? 'nothing'} is live`,
  });
}

async function readyFor(s: Session, release: ReleaseId, o: PromoteOptions): Promise<ReleaseRecord> {
  const record = (await s.history()).releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
  const { state } = record.state;
  if (state === 'verified') return record;
  if (state !== 'waiting') {
    const next = state === 'rejected' ? `lastgreen show ${release}` : 'lastgreen status';
    fail('WRONG_STATE', { release, state, verb: 'be promoted', next });
  }
  const { user, host } = s.ports.processes.me;
  const answers = accept(record.answers, o.accept, o.reason ?? '', `${user}@${host}`);
  const open = blocking(answers);
  if (open.length > 0) fail('WAITING', { release, on: open.map((answer) => answer.check.id) });
  for (const at of ['built', 'sealed'] as const) {
    const of = answers.filter((answer) => answer.check.at === at && answer.accepted);
    if (of.length > 0) await s.append({ is: 'gated', release, at, answers: of });
  }
  await s.append({ is: 'verified', release });
  return record;
}

async function tryCutover(
  s: Session,
  record: ReleaseRecord,
  { plan, seal, look }: Candidate,
): Promise<{ measured: Measured } | { drifted: readonly string[] }> {
  const { ports, held } = s;
  const { id: release, content, back } = record;
  const scope = [...plan.live, ...seal.sides];
  // Columns tell when a view can be given its live names.
  const bare = plan.exchange !== 'schema';
  const catalog = await retrying(ports, () => ports.warehouse.catalog(scope, { bare }), held.signal);
  const cutover = planCutover({
    plan,
    release,
    content,
    seal,
    catalog,
    traits: ports.warehouse.traits,
    previous: s.mark(),
    back: back !== null,
    fence: held.fence(),
    lineage: held.head().lineage,
    now: ports.clock.now(),
  });
  if (back) await recordReversing(s, back.from, release);
  try {
    return {
      measured: await cutOver(s, cutover, { seal, live: look }, { kind: back ? 'rollback' : 'cutover', run: null }),
    };
  } catch (error) {
    if (!(error instanceof NotCut)) throw error;
    if (!error.drifted) throw foreseen(error.cause);
    const relations = error.detail['relations'];
    if (error.detail['seal'] === true) {
      const changed = Array.isArray(relations) ? relations.map(String) : scopeOf(cutover).map((c) => c.database);
      fail('SEAL_BROKEN', { release, what: [...new Set(changed)].join(', ') });
    }
    return { drifted: Array.isArray(relations) ? relations.map(String) : ['live'] };
  }
}

/** Live moved on since it was looked at: bring the side level, seal it and ask the sealed gates again. */
async function catchUp(
  s: Session,
  release: ReleaseId,
  candidate: Candidate,
  kept: Kept,
  round: number,
): Promise<Candidate> {
  const { ports, held } = s;
  const { plan, seal } = candidate;
  const look = await retrying(ports, () => ports.warehouse.look(plan.live), held.signal);
  const ledgerKey = held.head().ledger;
  const ledger = ledgerKey ? await s.records.ledger(ledgerKey) : null;
  const drift = planDriftRound({
    plan,
    manifest: kept.manifests.live,
    before: candidate.look,
    now: look,
    settings: ports.settings,
    ledger,
  });
  for (const warning of drift.warnings) ports.report({ is: 'note', text: warning });
  if (drift.refused.length > 0) fail('DRIFTED', { relations: drift.refused, rounds: round });
  if (drift.fills.length === 0 && drift.select.length === 0) return { ...candidate, look };
  const checkout = await ports.git.worktree(plan.sha);
  try {
    await retrying(ports, () => ports.warehouse.reopen(seal, plan.idle), held.signal);
    const work: Work = { plan, manifests: kept.manifests, checkout, kind: plan.kind, command: 'promote' };
    const built: Built = await makeSide(s, work, release, {
      n: round,
      fills: drift.fills,
      select: drift.select,
      results: (await lastAttempt(s.records, release))?.results ?? [],
    });
    if (built.state === 'waiting')
      fail('WAITING', { release, on: blocking(built.answers).map((answer) => answer.check.id) });
    return { plan, seal: built.seal, look: built.look };
  } finally {
    await checkout[Symbol.asyncDispose]();
  }
}
