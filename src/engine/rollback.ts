import type { Mark } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { type ReleaseId, releaseOf } from '../domain/ids.ts';
import { unseen } from '../domain/release.ts';
import { counted } from '../gates/words.ts';
import { heldNames } from '../planning/hold.ts';
import { planCutoverBack, type RollbackPlan, type SwapBack, type TravelBack } from '../planning/rollback.ts';
import { type AtStake, rowsAtStake } from './at-stake.ts';
import { askBack } from './back-gates.ts';
import { cutOver, driftedIn, type Guard, NotCut } from './cutover.ts';
import { phase } from './phase.ts';
import { planBack, restored } from './plan-back.ts';
import type { Ports } from './ports.ts';
import { protectReturning } from './protect.ts';
import { rebuildBack } from './rebuild.ts';
import { recordReversing } from './record.ts';
import { foreseen, retrying } from './retry.ts';
import { reverseUnfinished, wayBack } from './reverse.ts';
import { type Session, withSession } from './session.ts';

type Strategy = 'swap' | 'time-travel' | 'rebuild';

export interface RollbackOptions {
  readonly to: ReleaseId | null;
  readonly at: Date | null;
  /** null: the fastest valid one. */
  readonly strategy: Strategy | null;
  /** Nodes whose rows may be lost. */
  readonly acceptLoss: readonly string[];
  /** Why, for history; null for a person's own. */
  readonly because: string | null;
  /** Tell what would happen; change nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface RolledBack {
  /** The rollback's own release; null when nothing had to change or nothing was changed. */
  readonly release: ReleaseId | null;
  readonly from: ReleaseId | null;
  readonly to: ReleaseId;
  readonly plan: RollbackPlan | null;
  /** Of relations that were written to since and go back all the same. */
  readonly atStake: readonly AtStake[];
  /** What a hold that is on now waits for: names of nodes; null: none is on. */
  readonly held: readonly string[] | null;
  readonly ms: number;
}

/**
 * Right from any state: reverses a cutover under way, stops a build or refresh that holds the lease, takes a live
 * release back. Throws NO_WAY_BACK, WOULD_LOSE, BACK_REJECTED, INDETERMINATE, NOT_RECORDED.
 */
export function rollback(ports: Ports, o: RollbackOptions): Promise<RolledBack> {
  return withSession(
    ports,
    { command: 'rollback', signal: o.signal, stopHolder: !o.dryRun, handlesUnfinished: true },
    async (s) => {
      const start = ports.clock.elapsedMs();
      const ended = (done: Omit<RolledBack, 'ms' | 'held'>): RolledBack => {
        const { hold } = s.held.head();
        return { ...done, held: hold && heldNames(hold), ms: ports.clock.elapsedMs() - start };
      };
      if (s.unfinished) {
        const way = o.dryRun ? { release: null, ...wayBack(s.unfinished) } : await reverseUnfinished(s, s.unfinished);
        return ended({ ...way, plan: null, atStake: [] });
      }
      if (!o.dryRun) await abandonCandidate(s);
      const mark =
        s.mark() ?? fail('NO_WAY_BACK', { asked: o.to ?? 'an earlier release', because: ['nothing is live yet'] });
      for (let round = 1; ; round++) {
        const plan = await phase(ports, 'plan', 'the way back', () => planBack(s, mark, askedOf(o)), wayText);
        if (plan.is === 'already-back') return ended({ release: null, from: null, to: plan.target, plan, atStake: [] });
        const { target } = plan;
        const atStake = await rowsAtStake(ports, plan, s.held.signal);
        if (o.dryRun) return ended({ release: null, from: mark.release, to: target, plan, atStake });
        if (await restored(s, plan)) continue;
        try {
          const release = await carryOut(s, mark, plan, subjectOf(plan.target, o.because));
          return ended({ release, from: mark.release, to: target, plan, atStake });
        } catch (error) {
          if (!(error instanceof NotCut)) throw error;
          if (!error.drifted) throw foreseen(error.cause);
          if (round > ports.settings.drift.rounds)
            fail('DRIFTED', { relations: driftedIn(error), rounds: round - 1, verb: 'rollback' });
          // The rollback that could not be cut has ended with its number; the next round takes the next one.
          await s.held.refence();
          await retrying(ports, () => ports.warehouse.claim(s.held.fence(), null));
        }
      }
    },
  );
}

const askedOf = ({ to, at, strategy, acceptLoss }: RollbackOptions) => ({ to, at, strategy, acceptLoss });

/** `r3 by swap back`. */
const wayText = (plan: RollbackPlan): string =>
  plan.is === 'already-back'
    ? `${plan.target} is live already`
    : `to ${plan.target} by ${plan.is === 'swap' ? 'swap back' : plan.is === 'rebuild' ? plan.is : 'time travel'}`;

/** Going back gives up what was on its way forward. */
async function abandonCandidate(s: Session): Promise<void> {
  const { candidate } = s.held.head();
  const record = candidate && (await s.history()).releases.get(candidate);
  if (!record || !unseen.has(record.state.state)) return;
  await s.append({ is: 'aborted', release: record.id, because: 'live was rolled back' });
  await s.held.update(() => ({ candidate: null }));
  if (record.seal) await retrying(s.ports, () => s.ports.warehouse.discard(record.seal?.sides ?? []));
}

/** Fills a side where the plan says so, and cuts over to it. Throws NotCut when live stayed as it was. */
async function carryOut(
  s: Session,
  mark: Mark,
  plan: Exclude<RollbackPlan, { is: 'already-back' }>,
  subject: string,
): Promise<ReleaseId> {
  if (plan.is === 'rebuild') return rebuildBack(s, mark, plan, subject);
  const { ports, held } = s;
  const release = releaseOf(held.fence());
  await begin(s, release, mark, plan, subject);
  let seal: Guard['seal'] = null;
  if (plan.fills.length > 0) {
    await phase(ports, 'level', counted(plan.fills.length, 'step'), () =>
      retrying(
        ports,
        () => ports.warehouse.fill(plan.fills, { fence: held.fence(), signal: held.signal }),
        held.signal,
      ),
    );
    held.assert();
  }
  await protectReturning(ports, plan.protect, { fence: held.fence(), signal: held.signal });
  if (plan.fills.length > 0) {
    seal = await retrying(ports, () => ports.warehouse.seal(release, plan.filled, held.fence()), held.signal);
    await s.append({ is: 'sealed', release, seal });
  }
  const target =
    plan.is === 'swap' ? (seal?.sides ?? plan.side.containers) : [...(seal?.sides ?? []), ...plan.side.containers];
  await askBack(s, release, plan, target);
  const scope = [...ports.sides.live, ...target];
  const catalog = await retrying(ports, () => ports.warehouse.catalog(scope, { bare: true }), held.signal);
  const cutover = planCutoverBack({
    release,
    content: plan.target,
    sha: plan.sha,
    target,
    seal,
    live: plan.live,
    catalog,
    moves: plan.moves,
    seen: plan.seen,
    traits: ports.warehouse.traits,
    previous: mark,
    fence: held.fence(),
    lineage: held.head().lineage,
    now: ports.clock.now(),
  });
  if (plan.target !== mark.content) await recordReversing(s, mark.release, release);
  await phase(ports, 'cutover', `back to ${plan.target}`, () =>
    cutOver(s, cutover, { seal, live: plan.look }, { kind: 'rollback', run: null }),
  );
  return release;
}

/** `back to r3 (smoke:orders kept@live failed)`. */
const subjectOf = (target: ReleaseId, because: string | null): string =>
  `back to ${target}${because === null ? '' : ` (${because})`}`;

/** A rollback is a release of its own number. */
async function begin(
  s: Session,
  release: ReleaseId,
  mark: Mark,
  plan: SwapBack | TravelBack,
  subject: string,
): Promise<void> {
  const back = { to: plan.target, from: mark.release, strategy: plan.is, others: plan.others };
  await s.append({ is: 'started', release, kind: 'rollback', sha: plan.sha, subject, command: 'rollback', back });
}
