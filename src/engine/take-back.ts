import type { ReleaseId } from '../domain/ids.ts';
import type { Ports } from './ports.ts';
import { foreseen } from './retry.ts';
import { rollback } from './rollback.ts';

/** Codes of what a person decides: that rows go, where to, or that what comes back is less whole or less protected. */
const A_PERSONS: ReadonlySet<unknown> = new Set(['WOULD_LOSE', 'NO_WAY_BACK', 'BACK_REJECTED']);

/** An automatic swap back. `stays`: why it was not done without a person. */
export async function takeBack(
  ports: Ports,
  release: ReleaseId,
  because: string,
  signal: AbortSignal,
): Promise<{ to: ReleaseId } | { stays: string }> {
  try {
    const done = await rollback(ports, {
      to: null,
      at: null,
      strategy: 'swap',
      acceptLoss: [],
      because,
      dryRun: false,
      signal,
    });
    return done.from === release || done.from === null ? { to: done.to } : { stays: `${done.from} was live instead` };
  } catch (error) {
    const told = foreseen(error);
    if (told instanceof Error && 'code' in told && A_PERSONS.has(told.code)) return { stays: told.message };
    throw error;
  }
}
