import { fail } from '../domain/errors.ts';
import type { History, ReleaseRecord } from '../domain/fold.ts';
import type { Live } from '../domain/head.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
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
