import { type Prunable, prunable } from '../planning/prune.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';
import { withSession } from './session.ts';

export interface PruneOptions {
  /** Tell only. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface Pruned extends Prunable {
  /** What is gone now, as the warehouse names it; empty after a dry run. */
  readonly removed: readonly string[];
}

/** Lets go of kept sides and artifacts whose time has passed. The journal stays. */
export function prune(ports: Ports, o: PruneOptions): Promise<Pruned> {
  return withSession(ports, { command: 'prune', signal: o.signal }, async (s) => {
    const kept = await retrying(ports, () => ports.warehouse.kept(), s.held.signal);
    const plan = prunable({
      history: await s.history(),
      head: s.held.head(),
      kept,
      setAside: (await retrying(ports, async () => ports.warehouse.setAside?.(), s.held.signal)) ?? [],
      settings: ports.settings,
      now: ports.clock.now(),
    });
    if (o.dryRun) return { ...plan, removed: [] };
    s.held.assert();
    const removed = plan.sides.length > 0 ? [...(await retrying(ports, () => ports.warehouse.remove(plan.sides)))] : [];
    if (plan.aside.length > 0) {
      s.held.assert();
      removed.push(...((await retrying(ports, async () => ports.warehouse.removeSetAside?.(plan.aside))) ?? []));
    }
    for (const release of plan.releases) {
      s.held.assert();
      removed.push(...(await s.records.forget(release)));
    }
    if (removed.length > 0) await s.append({ is: 'pruned', what: removed });
    return { ...plan, removed };
  });
}
