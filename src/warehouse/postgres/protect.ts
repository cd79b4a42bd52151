import type { Protect } from '../../domain/change.ts';
import type { Session } from './connect.ts';
import { functionOf, json, regclass } from './dialect.ts';

/** What will replace a live relation or function. */
export const protectStatement = ({ live, idle, kind, revoked = [] }: Protect): string =>
  kind === 'function'
    ? `select lastgreen.protect_function(${functionOf(live)}, ${functionOf(idle)})`
    : `select lastgreen.protect(${regclass(live)}, ${regclass(idle)}, ${json(revoked)})`;

/** Readers may still have what rests: they are not waited for longer than by a cutover, ms. */
const KEPT_LOCK_MS = 1_000;

/** In one transaction: of all of them, or of none. */
export function protectResting(session: Session, fills: readonly Protect[]): Promise<unknown> {
  const calls = fills.map(({ live, idle, kind, revoked = [], restored = [] }) =>
    kind === 'function'
      ? `select lastgreen.protect_kept_function(${functionOf(live)}, ${functionOf(idle)})`
      : `select lastgreen.protect_kept(${regclass(live)}, ${regclass(idle)}, ${json(revoked)}, ${json(restored)})`,
  );
  return session.script(`begin; set local lock_timeout = ${KEPT_LOCK_MS}; ${calls.join('; ')}; commit;`);
}
