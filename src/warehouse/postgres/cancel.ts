import { setTimeout as pause } from 'node:timers/promises';
import { type Client, connect } from './client.ts';
import type { Settings } from './settings.ts';

/** ms between two cancellations, and how many there are before the connection is cut. */
const AGAIN_MS = 500;
const TIMES = 10;

/**
 * Cancels what a client runs when the signal aborts, again and again until `settled` is called: a cancellation that
 * arrives between two statements does nothing. A server that cannot be asked loses the connection.
 */
export function cancelOnAbort(settings: Settings, client: Client, signal?: AbortSignal): { settled(): Promise<void> } {
  const over = new AbortController();
  let cancelling = Promise.resolve();
  const start = () => {
    cancelling = cancelUntil(over.signal, settings, client).catch(() => {
      if (!over.signal.aborted) client.end();
    });
  };
  signal?.addEventListener('abort', start);
  return {
    async settled() {
      signal?.removeEventListener('abort', start);
      over.abort();
      await cancelling;
    },
  };
}

async function cancelUntil(over: AbortSignal, settings: Settings, client: Client): Promise<void> {
  const own = await connect(settings, 'lastgreen: cancel', over);
  try {
    for (let times = 0; times < TIMES; times++) {
      await own.pg.query('SELECT pg_cancel_backend($1)', [client.pid]);
      await pause(AGAIN_MS, undefined, { signal: over });
    }
  } finally {
    own.end();
  }
  throw new Error('the server does not cancel');
}
