import { isLost, isOutdated } from './errors.ts';

/** How often somebody else may be faster. */
const TRIES = 5;

/**
 * Does again what reads something and writes it back as it was read: where somebody else wrote it meanwhile, and where the
 * answer was lost, so that nobody knows whether it was written.
 */
export async function untilWritten<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++)
    try {
      return await attempt();
    } catch (error) {
      if (!(isOutdated(error) || isLost(error)) || tried === TRIES) throw error;
    }
}
