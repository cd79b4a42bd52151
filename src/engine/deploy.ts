import { fail } from '../domain/errors.ts';
import type { ReleaseRecord } from '../domain/fold.ts';
import { type ReleaseId, releaseOf } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import { type Built, build, giveUpCandidate, refuseToSupersede } from './build.ts';
import { type PlanOptions, planWork, type SavedPlan } from './facts.ts';
import { refuseHeld, refuseHeldUnread } from './hold.ts';
import { noOp } from './no-op.ts';
import { refuseOnlyWayBack } from './only-way-back.ts';
import type { Ports } from './ports.ts';
import { promote } from './promote.ts';
import type { Measured } from './record.ts';
import { records } from './records.ts';
import { speaking } from './retry.ts';
import { type Session, withSession } from './session.ts';
import { unlessStuck } from './stuck.ts';
import { watch } from './watch.ts';

export interface DeployOptions extends PlanOptions {
  /** A saved plan: carried out as it is, or refused when the world has moved. */
  readonly plan: SavedPlan | null;
  readonly supersede: ReleaseId | boolean;
  readonly duringWatch: boolean;
  /** Also where the next release is built in the place of all that could be gone back to. */
  readonly giveUpRollback: boolean;
  readonly command: string;
}

export interface PromoteCommand {
  /** null: the one that waits. */
  readonly release: ReleaseId | null;
  readonly accept: readonly string[];
  readonly reason: string | null;
  readonly duringWatch: boolean;
  /** Finish the watch of a release that is live. */
  readonly watch: boolean;
  readonly signal: AbortSignal;
}

/** How a command that changes what readers get ended, when nothing was thrown. */
export interface Outcome {
  readonly release: ReleaseRecord;
  readonly plan: Plan | null;
  readonly measured: Measured | null;
}

/** Up to verified; readers get nothing new. */
export function buildRelease(ports: Ports, o: DeployOptions): Promise<Outcome> {
  return withSession(ports, { command: o.command, signal: o.signal }, async (s) => {
    const { plan, built } = await buildIn(s, o);
    if (built?.state === 'waiting') await refuseWaiting(s, built);
    return outcomeOf(s, built?.release ?? noOpRelease(s), plan, null);
  });
}

/** `build` and `promote` under one lease, then the watch. */
export async function deploy(ports: Ports, o: DeployOptions): Promise<Outcome> {
  const act = async (s: Session): Promise<Outcome> => {
    refuseWatched(s, o.duringWatch);
    await refuseHeldUnread(s);
    const { plan, built } = await buildIn(s, o, (made) => refuseHeld(s, made));
    if (!built) return outcomeOf(s, noOpRelease(s), plan, null);
    if (built.state === 'waiting') await refuseWaiting(s, built);
    const measured = await promote(s, built.release, { accept: [], reason: null });
    return outcomeOf(s, built.release, plan, measured);
  };
  const done = await unlessStuck(ports, o.signal, () =>
    withSession(ports, { command: o.command, signal: o.signal }, act),
  );
  return watched(ports, done, o.signal);
}

/** Cuts over to what was built before, or finishes the watch of what is live. */
export async function promoteRelease(ports: Ports, o: PromoteCommand): Promise<Outcome> {
  const store = records(ports);
  if (o.watch) {
    const live = (await speaking(() => store.head()))?.head.live?.release;
    const release = o.release ?? live ?? fail('NOTHING_WAITS', { verb: 'be watched' });
    if (release !== live)
      fail('WRONG_STATE', { release, state: 'not live', verb: 'be watched', next: 'lastgreen status' });
    return speaking(async () => {
      await watch(ports, release, o.signal);
      const record = (await store.history()).releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
      return { release: record, plan: await store.plan(release), measured: null };
    });
  }
  const act = async (s: Session): Promise<Outcome> => {
    const release = o.release ?? s.held.head().candidate ?? fail('NOTHING_WAITS', { verb: 'be promoted' });
    refuseWatched(s, o.duringWatch);
    const plan = await s.records.plan(release);
    if (plan) await refuseHeld(s, plan);
    const measured = await promote(s, release, o);
    return outcomeOf(s, release, plan, measured);
  };
  const done = await unlessStuck(ports, o.signal, () =>
    withSession(ports, { command: 'promote', signal: o.signal }, act),
  );
  return watched(ports, done, o.signal);
}

async function buildIn(
  s: Session,
  o: DeployOptions,
  check: (plan: Plan) => Promise<void> = async () => {},
): Promise<{ plan: Plan; built: Built | null }> {
  await refuseToSupersede(s, o.supersede);
  const work = await planWork(s.ports, {
    ...o,
    mark: s.mark(),
    hmacKey: s.held.head().hmacKey,
    signal: s.held.signal,
    saved: o.plan,
  });
  try {
    await check(work.plan);
    if (work.plan.kind === 'no-op') {
      // What waits was built against the mark that a new commit moves.
      if (s.mark()?.sha !== work.plan.sha) await giveUpCandidate(s, releaseOf(s.held.fence()), o.supersede);
      await noOp(s, work);
      return { plan: work.plan, built: null };
    }
    await refuseOnlyWayBack(s, work.plan, { giveUp: o.giveUpRollback, verb: o.command });
    return { plan: work.plan, built: await build(s, work, { supersede: o.supersede }) };
  } finally {
    await work.checkout[Symbol.asyncDispose]();
  }
}

const noOpRelease = (s: Session): ReleaseId =>
  s.held.head().live?.release ?? fail('BUG', { message: 'a no-op with nothing live' });

async function refuseWaiting(s: Session, built: Built): Promise<never> {
  const record = (await s.history()).releases.get(built.release);
  const on = record?.state.state === 'waiting' ? record.state.on : [];
  return fail('WAITING', { release: built.release, on });
}

/** Also once the deadline has passed: whoever finishes the watch asks the gates, nobody guesses their answer. */
function refuseWatched(s: Session, duringWatch: boolean): void {
  const { live } = s.held.head();
  if (live?.watchUntil && !duringWatch) fail('WATCH_RUNNING', { release: live.release, until: live.watchUntil });
}

async function outcomeOf(
  s: Session,
  release: ReleaseId,
  plan: Plan | null,
  measured: Measured | null,
): Promise<Outcome> {
  const record = (await s.history()).releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
  return { release: record, plan, measured };
}

/** The lease is given back before the watch begins: anyone may finish it. */
export async function watched(ports: Ports, done: Outcome, signal: AbortSignal): Promise<Outcome> {
  return speaking(async () => {
    if (done.release.state.state !== 'live') return done;
    await watch(ports, done.release.id, signal);
    const record = (await records(ports).history()).releases.get(done.release.id);
    return { ...done, release: record ?? done.release };
  });
}
