import type { Change, Fill } from '../domain/change.ts';
import type { Plan } from '../domain/plan.ts';
import type { Ports } from '../engine/ports.ts';
import { retrying, speaking } from '../engine/retry.ts';
import { foretold, kindIn } from '../planning/foretold.ts';

/** What `plan --sql` prints. */
export interface PlanSql {
  /** Prepares and settles the idle side; between them dbt builds. */
  readonly idle: readonly string[];
  /** The cutover, as it is announced. */
  readonly cutover: readonly string[];
}

const AROUND =
  '-- one transaction: before these, lock all that moves and look whether it is as it was sealed; after them, set the mark';

/** Reads what is there now: kinds, and names under which relations rest. */
export function planSql(ports: Ports, plan: Plan, signal: AbortSignal): Promise<PlanSql> {
  const { warehouse, sides } = ports;
  return speaking(async () => {
    const scope = [...sides.live, ...plan.live, ...plan.idle];
    const catalog = await retrying(ports, () => warehouse.catalog(scope), signal);
    const standing = await retrying(ports, () => warehouse.standing(), signal);
    const told = (step: Fill | Change): string => warehouse.explain(step, kindIn(step, { plan, catalog }));
    const cutover = foretold({ plan, catalog, standing, traits: warehouse.traits }).map(told);
    const isOne = cutover.length > 0 && warehouse.traits.exchange === 'move';
    return { idle: [...plan.prepare, ...plan.settle].map(told), cutover: [...(isOne ? [AROUND] : []), ...cutover] };
  });
}
