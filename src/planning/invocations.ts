import type { NodeId } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Plan } from '../domain/plan.ts';
import { withDownstream } from './graph.ts';

/** One start of dbt. */
export interface Invocation {
  readonly select: readonly NodeId[];
  /** ISO date: microbatches from there are made anew. */
  readonly since: string | null;
}

/**
 * The starts of dbt that a selection takes: one, unless a microbatch model is backfilled. That one has a start of its
 * own, after everything that does not read it and before everything that does.
 */
export function invocations(
  plan: Pick<Plan, 'nodes'>,
  select: readonly NodeId[],
  manifest: Manifest,
): readonly Invocation[] {
  const backfills = new Map(
    plan.nodes.flatMap(({ id, backfillSince }) => (backfillSince === null ? [] : [[id, backfillSince]])),
  );
  const starts: Invocation[] = [];
  let left = [...select];
  const take = (ids: readonly NodeId[], since: string | null): void => {
    if (ids.length === 0) return;
    const taken = new Set(ids);
    starts.push({ select: ids, since });
    left = left.filter((id) => !taken.has(id));
  };
  for (;;) {
    const waiting = left.filter((id) => backfills.has(id));
    // Parents first: one that reads no other that waits.
    const next = waiting.find(
      (id) => !waiting.some((other) => other !== id && withDownstream([other], manifest).has(id)),
    );
    if (next === undefined) break;
    const after = withDownstream(waiting, manifest);
    take(
      left.filter((id) => !after.has(id)),
      null,
    );
    take([next], backfills.get(next) ?? null);
  }
  take(left, null);
  return starts;
}
