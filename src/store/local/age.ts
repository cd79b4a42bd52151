import { performance } from 'node:perf_hooks';
import { fileSystemNow } from './durable.ts';
import type { Layout } from './layout.ts';

/** How long one look at the file system's clock is used again, ms. */
const FRESH_MS = 1_000;

/**
 * Tells the time by the file system's own clock, which on a network mount is not this machine's: both the file and what
 * it is compared with got their times from the same one. Between two looks the monotonic clock counts on; it stands
 * still while the machine sleeps, which makes ages too small, never too large.
 */
export function fileSystemClock(layout: Layout): () => Promise<number> {
  let last: { readonly at: number; readonly time: number } | null = null;
  let asking: Promise<number> | null = null;
  const ask = async (): Promise<number> => {
    try {
      const time = await fileSystemNow(layout.temporary);
      last = { at: performance.now(), time };
      return time;
    } catch {
      // Who cannot write here cannot take a lease either: for showing an age, this machine's clock will do.
      return Date.now();
    } finally {
      asking = null;
    }
  };
  return () => {
    const at = performance.now();
    if (last && at - last.at < FRESH_MS) return Promise.resolve(last.time + (at - last.at));
    // Many documents are read at once, and one look is enough for all of them.
    return (asking ??= ask());
  };
}
