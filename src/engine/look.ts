import type { LiveLook } from '../domain/cutover.ts';
import type { Container } from '../domain/relation.ts';
import { retrying } from './retry.ts';
import type { Session } from './session.ts';

/** What is live now. A look may read every row: its seal tells the same for as long as nobody wrote to it since. */
export async function lookAtLive(s: Session, live: readonly Container[]): Promise<LiveLook> {
  const { ports, held } = s;
  const mark = s.mark();
  const { releases } = await s.history();
  const sealed = mark && (releases.get(mark.release)?.seal ?? releases.get(mark.content)?.seal ?? null);
  return retrying(ports, () => ports.warehouse.look(live, undefined, sealed), held.signal);
}
