import { fail } from '../domain/errors.ts';
import type { Hold } from '../domain/head.ts';
import type { Plan } from '../domain/plan.ts';
import { heldNames, holdEnds } from '../planning/hold.ts';
import type { Ports } from './ports.ts';
import { type Session, withSession } from './session.ts';

export interface HoldOptions {
  readonly release: boolean;
  readonly reason: string;
  readonly signal: AbortSignal;
}

export interface HoldChange {
  /** The hold that is there afterwards. */
  readonly now: Hold | null;
  /** The hold that was there before. */
  readonly was: Hold | null;
}

/** `lastgreen hold`: sets one by hand, or ends whichever there is. */
export function hold(ports: Ports, o: HoldOptions): Promise<HoldChange> {
  return withSession(ports, { command: 'hold', signal: o.signal, handlesUnfinished: true }, async (s) => {
    const was = s.held.head().hold;
    if (o.release) {
      if (was === null) return { now: null, was };
      await s.append({ is: 'hold-released', reason: o.reason });
      await s.held.update(() => ({ hold: null }));
      return { now: null, was };
    }
    await s.append({ is: 'hold', reason: o.reason, release: null });
    const { user, host } = ports.processes.me;
    const made: Hold = {
      reason: o.reason,
      by: `${user}@${host}`,
      since: ports.clock.now().toISOString(),
      reverted: null,
    };
    await s.held.update(() => ({ hold: made }));
    return { now: made, was };
  });
}

/**
 * Stops before anything is parsed: a hold that no commit ends, and the very commit that was taken back. Throws HELD,
 * and what reading the work tree throws.
 */
export async function refuseHeldUnread(s: Session): Promise<void> {
  const found = s.held.head().hold;
  if (!found) return;
  const definitions = found.reverted?.definitions ?? {};
  const { reason, since } = found;
  if (found.reverted === null || Object.keys(definitions).length === 0) fail('HELD', { reason, since, equal: [] });
  const reverted = (await s.history()).releases.get(found.reverted.release);
  const { sha, dirty } = await s.ports.git.head();
  if (dirty.length === 0 && sha === reverted?.sha) fail('HELD', { reason, since, equal: heldNames(found) });
}

/**
 * Stops deploy and promote while a hold is on; ends it when the plan's commit reverts or fixes all that the reverted
 * release had changed. Throws HELD naming the nodes that are still as in the reverted release.
 */
export async function refuseHeld(s: Session, plan: Pick<Plan, 'definitions'>): Promise<void> {
  const found = s.held.head().hold;
  if (!found) return;
  const verdict = holdEnds(found, plan.definitions);
  if (!verdict.ended) fail('HELD', { reason: found.reason, since: found.since, equal: verdict.equal });
  await s.append({
    is: 'hold-released',
    reason: 'every node that the reverted release had changed has another definition now',
  });
  await s.held.update(() => ({ hold: null }));
}
