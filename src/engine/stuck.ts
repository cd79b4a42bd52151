import { fail, LastgreenError } from '../domain/errors.ts';
import type { Ports } from './ports.ts';
import { reverseUnfinished } from './reverse.ts';
import { withSession } from './session.ts';

/**
 * Where a cutover stops with a part of it in front of readers: leaves that to a person, or takes it back at once, as the settings
 * say. Throws CUT_BACK then, else what stopped it.
 */
export async function unlessStuck<T>(ports: Ports, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (ports.settings.cutover.stuck === 'stay') throw error;
    if (!(error instanceof LastgreenError) || error.code !== 'INDETERMINATE') throw error;
    const back = await reversed(ports, signal).catch(() => null);
    if (back === null) throw error;
    return fail('CUT_BACK', { ...back, because: error.message }, { cause: error });
  }
}

/** null: somebody else has finished it, or taken it back. */
const reversed = (ports: Ports, signal: AbortSignal) =>
  withSession(ports, { command: 'rollback', signal, handlesUnfinished: true }, async (s) => {
    if (s.unfinished === null) return null;
    const { cutover } = s.unfinished;
    const { to } = await reverseUnfinished(s, s.unfinished);
    return { release: cutover.release, to };
  });
