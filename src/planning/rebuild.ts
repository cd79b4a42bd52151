import type { Plan } from '../domain/plan.ts';
import { makePlan, type PlanFacts } from './plan.ts';
import type { RebuildBack } from './rollback-facts.ts';

/**
 * An earlier commit as a plan against what is live: what differs is built again, with history from where the way back
 * found it; all of it, when live has this content already. Throws what `makePlan` throws, and PLAN_REFUSED naming the
 * nodes whose history is nowhere.
 */
export function planRebuild(facts: PlanFacts, back: Pick<RebuildBack, 'history' | 'changed' | 'again'>): Plan {
  const nodes = [...facts.manifests.live.nodes.keys()];
  const changed = new Set(back.changed);
  const selectedByDbt = back.again ? nodes : [...facts.selectedByDbt, ...nodes.filter((id) => changed.has(id))];
  return makePlan({ ...facts, selectedByDbt, asked: true, sources: back.history });
}
