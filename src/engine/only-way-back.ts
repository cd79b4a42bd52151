import { fail } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import { displayName, sameName } from '../domain/relation.ts';
import { prunable } from '../planning/prune.ts';
import type { KeptSide } from '../warehouse/port.ts';
import { retrying } from './retry.ts';
import type { Session } from './session.ts';

/**
 * Where sides take turns, a build takes the place of what was live longest ago. Throws ONLY_WAY_BACK when nothing else is kept
 * whose time has not passed.
 */
export async function refuseOnlyWayBack(
  s: Session,
  { idle }: Plan,
  o: { giveUp: boolean; verb: string },
): Promise<void> {
  const { ports } = s;
  if (!ports.warehouse.building || o.giveUp) return;
  const kept = await retrying(ports, () => ports.warehouse.kept(), s.held.signal);
  const facts = { history: await s.history(), head: s.held.head(), settings: ports.settings, now: ports.clock.now() };
  const { staying } = prunable({ ...facts, kept });
  const isTaken = ({ side }: { readonly side: KeptSide }): boolean =>
    side.containers.some((container) => idle.some((one) => sameName(one, container)));
  const [taken] = staying.filter(isTaken);
  if (!taken || !staying.every(isTaken)) return;
  const [place] = taken.side.containers;
  fail('ONLY_WAY_BACK', {
    release: taken.side.release,
    place: place ? place.location || displayName(place) : '',
    until: taken.until,
    verb: o.verb,
  });
}
