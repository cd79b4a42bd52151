import pMap from 'p-map';
import type { NodeId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Checkout } from '../git/port.ts';
import { billOf, builtInFull, refuseTooDear } from '../planning/bill.ts';
import { sealed } from '../planning/plan.ts';
import { WarehouseError } from '../warehouse/port.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';
import type { Manifests } from './work.ts';

/** Dry runs at once, and how long one may take, ms. */
const AT_ONCE = 8;
const ESTIMATE_MS = 60_000;

/**
 * The plan with what building in full will read, where the engine can tell: dbt compiles those nodes as for what is live, and
 * each query is tried without being run. Throws TOO_DEAR when it is more than the settings allow.
 */
export async function withBill(
  ports: Ports,
  checkout: Checkout,
  { live, raw }: Pick<Manifests, 'live' | 'raw'>,
  { hash: _, ...plan }: Plan,
  signal: AbortSignal,
): Promise<Plan> {
  const { warehouse, settings, dbt } = ports;
  const nodes = builtInFull(plan);
  if (!warehouse.estimate || nodes.length === 0) return sealed(plan);
  const { vars, threads, timeoutMs } = settings.build;
  const compiled = await dbt.build(checkout, 'live', {
    select: nodes.map(({ id }) => id),
    defer: new Map(),
    manifest: { manifest: live, raw: raw.live },
    vars,
    threads,
    timeoutMs,
    arguments: ['compile', '--full-refresh'],
    signal,
    on: () => undefined,
  });
  const told = await pMap(
    compiled.results.filter(({ compiled: sql }) => sql !== undefined),
    async ({ id, compiled: sql = '' }) => [id, await bytesOf(ports, sql, signal)] as const,
    { concurrency: AT_ONCE },
  );
  const bytes = new Map(told.flatMap(([id, of]): [NodeId, number][] => (of === null ? [] : [[id, of]])));
  const bill = billOf(nodes, bytes, settings.build.reads);
  refuseTooDear(bill, settings.build.reads);
  return sealed({ ...plan, bill });
}

/** null: it reads what is not there before its parents are built. */
async function bytesOf(ports: Ports, sql: string, signal: AbortSignal): Promise<number | null> {
  const [side] = ports.sides.live;
  if (!side) return null;
  try {
    return await retrying(
      ports,
      async () => (await ports.warehouse.estimate?.(sql, { in: side, timeoutMs: ESTIMATE_MS, signal })) ?? null,
      signal,
    );
  } catch (error) {
    if (error instanceof WarehouseError && (error.is === 'missing' || error.is === 'refused')) return null;
    throw error;
  }
}
