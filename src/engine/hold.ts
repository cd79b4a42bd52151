import { fail } from '../domain/errors.ts';
import type { Hold } from '../domain/head.ts';
import type { Plan } from '../domain/plan.ts';
import { holdEnds } from '../planning/hold.ts';
import type { Ports } from './ports.ts';
import { type Session, withSession } from './session.ts';

export interface HoldOptions {
  readonly release: boolean;
  readonly reason: string;
  readonly signal: AbortSignal;
}

/** `lastgreen hold`: sets one by hand, or ends whichever there is. Returns the hold that is there afterwards. */
export function hold(ports: Ports, o: HoldOptions): Promise<Hold | null> {
  return withSession(ports, { command: 'hold', signal: o.signal, handlesUnfinished: true }, async (s) => {
    if (o.release) {
      if (s.held.head().hold === null) return null;
      await s.append({ is: 'hold-released', reason: o.reason });
      await s.held.update(() => ({ hold: null }));
      return null;
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
    return made;
  });
}

/** A hold that no commit ends stops before anything is parsed. Throws HELD. */
export function refuseHeldByHand(s: Session): void {
  const found = s.held.head().hold;
  if (found && Object.keys(found.reverted?.definitions ?? {}).length === 0)
    fail('HELD', { reason: found.reason, since: found.since, equal: [] });
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
