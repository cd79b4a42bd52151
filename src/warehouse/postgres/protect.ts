import type { Fill } from '../../domain/change.ts';
import type { Session } from './connect.ts';
import { functionOf, regclass } from './dialect.ts';

export type Protect = Extract<Fill, { do: 'protect' }>;

/** What will replace a live relation or function. */
export const protectStatement = ({ live, idle, kind }: Protect): string =>
  kind === 'function'
    ? `select lastgreen.protect_function(${functionOf(live)}, ${functionOf(idle)})`
    : `select lastgreen.protect(${regclass(live)}, ${regclass(idle)})`;

/** Readers may still have what rests: they are not waited for longer than by a cutover, ms. */
const KEPT_LOCK_MS = 1_000;

/** In one transaction: of all of them, or of none. */
export function protectResting(session: Session, fills: readonly Protect[]): Promise<unknown> {
  const calls = fills.map(({ live, idle, kind }) =>
    kind === 'function'
      ? `select lastgreen.protect_kept_function(${functionOf(live)}, ${functionOf(idle)})`
      : `select lastgreen.protect_kept(${regclass(live)}, ${regclass(idle)})`,
  );
  return session.script(`begin; set local lock_timeout = ${KEPT_LOCK_MS}; ${calls.join('; ')}; commit;`);
}
