import type { Cost } from '../domain/cost.ts';
import { fail } from '../domain/errors.ts';
import type { History, ReleaseRecord } from '../domain/fold.ts';
import type { Live } from '../domain/head.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import { WarehouseError } from '../warehouse/port.ts';
import type { Ports } from './ports.ts';
import { records } from './records.ts';
import { retrying, speaking } from './retry.ts';

/** What the store tells of the past. Needs no warehouse. */
export interface Past {
  readonly environment: string;
  readonly history: History;
  readonly live: Live | null;
}

export function history(ports: Ports): Promise<Past> {
  return speaking(async () => {
    const store = records(ports);
    const head = await retrying(ports, () => store.head());
    return { environment: ports.settings.environment, history: await store.history(), live: head?.head.live ?? null };
  });
}

/** What a release took of what somebody pays for; `because`: why nobody knows. null where nothing is paid for. */
export interface Taken {
  readonly costs: readonly Cost[];
  readonly because: string | null;
}

/** The one part that is asked of the warehouse, which may be down: the rest does not wait for it for long. */
export async function taken({ warehouse }: Pick<Ports, 'warehouse'>, record: ReleaseRecord): Promise<Taken | null> {
  if (!warehouse.cost) return null;
  const [from, until] = [new Date(record.startedAt), new Date(record.entries.at(-1)?.at ?? record.startedAt)];
  try {
    return { costs: await warehouse.cost({ release: record.id, from, until }), because: null };
  } catch (error) {
    if (error instanceof WarehouseError) return { costs: [], because: error.message };
    throw error;
  }
}

/** One release with what it planned; the plan is null once retention let go of it. Throws RELEASE_UNKNOWN. */
export function show(
  ports: Ports,
  release: ReleaseId,
): Promise<{ readonly record: ReleaseRecord; readonly plan: Plan | null }> {
  return speaking(async () => {
    const store = records(ports);
    const record = (await store.history()).releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
    return { record, plan: await store.plan(release) };
  });
}
