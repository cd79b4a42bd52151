import type { Mark } from '../domain/cutover.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { counted } from '../gates/words.ts';
import {
  chooseTarget,
  type Described,
  keptInQuestion,
  planRollback,
  type RollbackFacts,
  type RollbackPlan,
  type TravelFacts,
  travelLook,
  travelPlaces,
  wantsTravel,
} from '../planning/rollback.ts';
import { readRecorded } from './artifacts.ts';
import { lookAtLive } from './look.ts';
import { phase } from './phase.ts';
import { retrying } from './retry.ts';
import type { Session } from './session.ts';

type Asked = RollbackFacts['asked'];

/** Decides where to, then reads what the way there depends on. The sides are read once each. */
export async function planBack(s: Session, mark: Mark, asked: Asked): Promise<RollbackPlan> {
  const { ports, records } = s;
  const history = await s.history();
  const choice = chooseTarget({ asked, history, mark, travels: ports.warehouse.timeTravel !== undefined });
  if (choice.alreadyBack) return { is: 'already-back', target: choice.target };
  const kept = await retrying(ports, () => ports.warehouse.kept());
  const ledgerKey = s.held.head().ledger;
  const described = async (content: ReleaseId): Promise<Described> => {
    const raw = await records.artifact(content, 'manifest.json');
    return { plan: await records.plan(content), manifest: raw && readRecorded(ports, content, raw) };
  };
  const { target } = choice;
  const [from, to] = [await described(mark.content), await described(target)];
  const sides = keptInQuestion({ traits: ports.warehouse.traits, kept, target, history });
  const scope = [...ports.sides.live, ...sides.flatMap((side) => side.containers)];
  const facts: RollbackFacts = {
    asked,
    history,
    mark,
    target,
    from,
    to,
    kept,
    sides: ports.sides,
    settings: ports.settings,
    traits: ports.warehouse.traits,
    catalog: await retrying(ports, () => ports.warehouse.catalog(scope)),
    look: await lookAtLive(s, ports.sides.live),
    ledger: ledgerKey ? await records.ledger(ledgerKey) : null,
    now: ports.clock.now(),
    travel: null,
  };
  return planRollback(wantsTravel(facts) ? { ...facts, travel: await lookBack(s, facts) } : facts);
}

/** What the rows of an earlier time depend on. */
async function lookBack({ ports, records }: Session, facts: RollbackFacts): Promise<TravelFacts | null> {
  const { timeTravel } = ports.warehouse;
  if (!timeTravel) return null;
  const { at, cutovers } = travelLook(facts);
  const idle = await records.artifact(facts.target, 'manifest.idle.json');
  const cuts = await Promise.all(
    cutovers.map(async (release) => ({ release, plan: await records.lastCutover(release) })),
  );
  return {
    at,
    cuts,
    past: await retrying(ports, () => timeTravel.past(travelPlaces(facts, cuts), at)),
    removed: await retrying(ports, () => timeTravel.removed()),
    idle: idle && readRecorded(ports, facts.target, idle),
  };
}

/** Whether something had to be had back that was removed: the way back is decided anew then. */
export async function restored({ ports, held }: Session, plan: RollbackPlan): Promise<boolean> {
  if (plan.is !== 'time-travel' || plan.restores.length === 0) return false;
  await phase(ports, 'restore', counted(plan.restores.length, 'kept side'), async () => {
    for (const side of plan.restores)
      await retrying(ports, async () => ports.warehouse.timeTravel?.restore(side, held.fence()), held.signal);
  });
  return true;
}
