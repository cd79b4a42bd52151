import { LastgreenError } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { blocking } from './gating.ts';
import type { Session } from './session.ts';

/** A failure is written down before it is told, except where the lease is gone and with it the right to write. */
export async function recordingFailure<T>(s: Session, release: ReleaseId, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof LastgreenError ? error.code : 'BUG';
    if (code === 'LEASE_LOST') throw error;
    const message = error instanceof Error ? error.message : String(error);
    const told = (async () => {
      await s.append({ is: 'failed', release, code, message });
      if (code === 'REJECTED') {
        const answers = (await s.history()).releases.get(release)?.answers ?? [];
        await s.append({
          is: 'rejected',
          release,
          failed: blocking(answers).map((answer) => answer.check.id),
          because: message,
        });
      } else if (code === 'DBT_FAILED' || code === 'DBT_BROKEN')
        await s.append({ is: 'rejected', release, failed: [], because: message });
      else if (code === 'INTERRUPTED' || code === 'STOP_REQUESTED' || code === 'PLAN_MOVED')
        await s.append({ is: 'aborted', release, because: message });
      else return;
      await s.held.update((head) => ({ candidate: head.candidate === release ? null : head.candidate }));
    })();
    // The failure itself is what the person is told, also when it could not be written down.
    await told.catch(() => undefined);
    throw error;
  }
}
