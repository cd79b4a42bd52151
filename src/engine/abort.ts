import { fail } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { unseen } from '../domain/release.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';
import { withSession } from './session.ts';

export interface AbortOptions {
  readonly release: ReleaseId | null;
  readonly signal: AbortSignal;
}

/** Ends what readers have not seen: a build (its holder is asked to stop), a verified or waiting release. */
export function abort(ports: Ports, o: AbortOptions): Promise<ReleaseId> {
  return withSession(ports, { command: 'abort', signal: o.signal, stopHolder: true }, async (s) => {
    const history = await s.history();
    // A build that was stopped for this has already ended itself.
    const last = history.releases.get(history.order.at(-1) ?? ('' as ReleaseId));
    const release = o.release ?? s.held.head().candidate ?? (last?.state.state === 'aborted' ? last.id : null);
    if (!release) return fail('NOTHING_WAITS', { verb: 'be aborted' });
    const record = history.releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
    const { state } = record.state;
    if (state === 'aborted') return release;
    if (!unseen.has(state)) {
      const seen = state === 'cutting' || state === 'reversing';
      fail('WRONG_STATE', {
        release,
        state,
        verb: 'be aborted',
        next: seen
          ? 'lastgreen resume'
          : state === 'live' || state === 'green'
            ? 'lastgreen rollback'
            : 'lastgreen status',
      });
    }
    await s.append({ is: 'aborted', release, because: 'asked for' });
    await s.held.update((head) => ({ candidate: head.candidate === release ? null : head.candidate }));
    await retrying(ports, () => ports.warehouse.discard(record.seal?.sides ?? ports.sides.idle));
    return release;
  });
}
