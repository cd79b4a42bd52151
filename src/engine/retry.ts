import { type ErrorParams, fail, LastgreenError } from '../domain/errors.ts';
import { StoreError } from '../store/port.ts';
import { WarehouseError } from '../warehouse/port.ts';
import type { Ports } from './ports.ts';

/** ms before the second, third, ... attempt; jitter of a half is added. */
const pauses = [200, 1_000, 3_000];

const passing = (error: unknown): boolean =>
  (error instanceof WarehouseError && (error.is === 'busy' || error.is === 'down')) ||
  (error instanceof StoreError && (error.is === 'down' || error.is === 'unknown'));

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The one place that retries. Only for what may be done twice: reads, fills, create-only puts. Throws the last error as
 * it came.
 */
export async function retrying<T>(
  ports: Pick<Ports, 'clock' | 'random'> & Partial<Pick<Ports, 'report'>>,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (const [n, pause] of pauses.entries()) {
    try {
      return await attempt();
    } catch (error) {
      if (!passing(error)) throw error;
      // A file that another process holds is waited for, which may take most of a minute.
      if (n === 0) ports.report?.({ is: 'note', text: `trying again: ${told(error)}` });
      await ports.clock.sleep(pause * (1 + ports.random.fraction() / 2), signal);
    }
  }
  return attempt();
}

/** What a person is told of an adapter's error; anything else passes through. */
export function foreseen(error: unknown): unknown {
  if (error instanceof StoreError) return ofStore(error);
  if (error instanceof WarehouseError) return ofWarehouse(error);
  return error;
}

function ofStore(error: StoreError): LastgreenError {
  const o = { cause: error };
  if (error.is === 'corrupt') return LastgreenError.of('STORE_CORRUPT', { key: error.key, message: error.message }, o);
  if (error.is === 'full') return LastgreenError.of('STORE_FULL', { key: error.key }, o);
  return LastgreenError.of('STORE_DOWN', { key: error.key, message: error.message }, o);
}

const word = (detail: unknown): string | null =>
  typeof detail === 'string' || typeof detail === 'number' ? String(detail) : null;

function ofWarehouse(error: WarehouseError): LastgreenError {
  const o = { cause: error };
  const known = word(error.detail['by']) ?? word(error.detail['pid']);
  const by = known ?? 'somebody else';
  switch (error.is) {
    case 'busy': {
      const blockers = names(error.detail['blockers']);
      if (blockers) return LastgreenError.of('CUTOVER_BLOCKED', { by: blockers }, o);
      const who = known === null ? `${by} (${error.message})` : /^\d+$/.test(by) ? `process ${by}` : by;
      return LastgreenError.of('LIVE_BUSY', { what: word(error.detail['file']) ?? 'The warehouse', by: who }, o);
    }
    case 'fenced':
      return LastgreenError.of('LEASE_LOST', { by: by === 'somebody else' ? 'a newer command' : by }, o);
    case 'refused':
      return ofRefused(error);
    // It answered: what it was asked for is not there.
    case 'missing':
    case 'denied':
      return LastgreenError.of('WAREHOUSE_DENIED', { message: error.message }, o);
    default:
      return LastgreenError.of('WAREHOUSE_DOWN', { message: error.message }, o);
  }
}

const names = (detail: unknown): readonly string[] | null => (Array.isArray(detail) ? detail.map(String) : null);

/** What the warehouse would not do, by what a person has to do about it. */
function ofRefused(error: WarehouseError): LastgreenError {
  const o = { cause: error };
  const { unadopted, foreign, others, folder } = error.detail;
  const [held, changed, files] = [names(unadopted), names(foreign), names(others)];
  if (held) return LastgreenError.of('ADOPT_NEEDED', { names: held }, o);
  if (changed) return LastgreenError.of('FOREIGN_CHANGE', { names: changed }, o);
  if (files) return LastgreenError.of('FOREIGN_FILES', { folder: word(folder) ?? 'The folder', files }, o);
  return LastgreenError.of('WAREHOUSE_DENIED', { message: error.message }, o);
}

/** Runs and turns adapters' errors into foreseen ones. */
export async function speaking<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw foreseen(error);
  }
}

/** Throws INTERRUPTED, or the reason for which a signal was aborted when that was foreseen. */
export function throwIfAborted(signal: AbortSignal, told: ErrorParams<'INTERRUPTED'>): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof LastgreenError) throw signal.reason;
  fail('INTERRUPTED', told);
}
