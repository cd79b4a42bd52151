/** What cannot be followed with certainty is refused: a guess could let readers get the wrong side. */
export type Unreadable = 'unreadable';

class CannotFollow extends Error {}

/** Gives up on the whole text; ends in `readable`. */
export function giveUp(because: string): never {
  throw new CannotFollow(because);
}

/** What `read` returns, or `unreadable` where it gave up. */
export function readable<T>(read: () => T): T | Unreadable {
  try {
    return read();
  } catch (error) {
    if (error instanceof CannotFollow) return 'unreadable';
    throw error;
  }
}
