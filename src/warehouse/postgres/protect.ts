import type { Fill } from '../../domain/change.ts';
import type { Session } from './connect.ts';
import { literal, qualified } from './dialect.ts';

export type Protect = Extract<Fill, { do: 'protect' }>;

/** Readers may still have what rests: they are not waited for longer than by a cutover, ms. */
const KEPT_LOCK_MS = 1_000;

/** In one transaction: of all of them, or of none. */
export function protectResting(session: Session, fills: readonly Protect[]): Promise<unknown> {
  const calls = fills.map(
    ({ live, idle }) =>
      `select lastgreen.protect_kept(${literal(qualified(live))}::regclass, ${literal(qualified(idle))}::regclass)`,
  );
  return session.script(`begin; set local lock_timeout = ${KEPT_LOCK_MS}; ${calls.join('; ')}; commit;`);
}
