import { setTimeout as pause } from 'node:timers/promises';

/** How long nothing may come after the first that was ended, and after one that came again, ms. */
const QUIET_MS = 500;
const AGAIN_MS = 10_000;

/**
 * Ends what a dbt that died left running on a server, until no more of it comes: the lease lets one dbt of an environment
 * run at a time, so whatever has its tag is left over. What comes again belongs to a dbt that is alive somewhere else; it
 * is waited for longer. `endTagged` adds what it ended. Returns how many there were.
 */
export async function endLeftOver<Id>(endTagged: (ended: Set<Id>) => Promise<void>): Promise<number> {
  const ended = new Set<Id>();
  const more = async (): Promise<boolean> => {
    const before = ended.size;
    await endTagged(ended);
    return ended.size > before;
  };
  let wanted = QUIET_MS;
  if (!(await more())) return 0;
  for (let quiet = 0; quiet < wanted; quiet += 100) {
    await pause(100);
    if (await more()) [quiet, wanted] = [0, AGAIN_MS];
  }
  return ended.size;
}
