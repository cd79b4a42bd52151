import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../engine/ports.ts';

/** This machine's clocks. `performance.now()` stands still while Linux is suspended (CLOCK_MONOTONIC). */
export const hostClock: Clock = {
  now: () => new Date(),
  elapsedMs: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await wait(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      // Node rejects with an AbortError of its own; what was aborted for is the signal's reason.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
