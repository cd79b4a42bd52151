import { LastgreenError } from '../domain/errors.ts';
import type { Head, Lease } from '../domain/head.ts';
import { fence as asFence, type Fence } from '../domain/ids.ts';
import { StoreError } from '../store/port.ts';
import { putSettled } from './head.ts';
import { holderName } from './holder.ts';
import type { Ports } from './ports.ts';
import type { HeadNow, Records } from './records.ts';
import { retrying } from './retry.ts';

/** How often a holder looks whether it is asked to stop, ms. */
const LISTEN_MS = 2_000;

/** The right to start things, for as long as `assert` does not throw. */
export interface Held {
  /** The number of this command; grows when an unknown outcome had to be settled. */
  fence(): Fence;
  /** The head as this holder last wrote it. */
  head(): Head;
  /** Throws LEASE_LOST, STOP_REQUESTED or INTERRUPTED when the command must not go on. */
  assert(): void;
  /** Throws LEASE_LOST only: for what has to be finished although somebody asked to stop. */
  readonly assertOwned: () => void;
  /** Compare-and-swap of the head; renews the lease. Throws LEASE_LOST. */
  update(change: (head: Head) => Partial<Head>): Promise<Head>;
  /** The next number, for a new claim by the same holder. */
  refence(): Promise<Fence>;
  /** Aborted when the command must not go on. */
  readonly signal: AbortSignal;
  /** Gives the lease back; never throws. */
  release(): Promise<void>;
}

/** Fences of leases that their holders in this process could not give back. */
const leftBehind = new WeakMap<Ports['processes'], Set<Fence>>();

/** Nobody renews it any more: whoever comes next in this process need not wait for its end. */
export const isLeftBehind = (ports: Ports, lease: Lease): boolean =>
  leftBehind.get(ports.processes)?.has(lease.fence) === true;

export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export const moment = (ports: Ports): Moment => ({
  wallMs: ports.clock.now().getTime(),
  monotonicMs: ports.clock.elapsedMs(),
});

/** The larger of both clocks: the monotonic one stands still while the machine sleeps, the other can be set back. */
const since = (ports: Ports, start: Moment): number => {
  const now = moment(ports);
  return Math.max(now.wallMs - start.wallMs, now.monotonicMs - start.monotonicMs);
};

const interrupted = (): LastgreenError => LastgreenError.of('INTERRUPTED', { doing: 'readers have what they had' });

/** Keeps a lease that was just taken: renews it, listens for a wish to stop, ends it. */
export function hold(ports: Ports, store: Records, first: HeadNow, startedAt: Moment, outer: AbortSignal): Held {
  const { ttlMs, renewMs, marginMs } = ports.settings.lease;
  const stop = new AbortController();
  const over = new AbortController();
  let now = first;
  let renewedAt = startedAt;
  let turn: Promise<unknown> = Promise.resolve();
  let fence = first.head.fence;

  const lost = (by: string): LastgreenError => LastgreenError.of('LEASE_LOST', { by });
  const assertOwned = (): void => {
    if (over.signal.reason instanceof LastgreenError && over.signal.reason.code === 'LEASE_LOST')
      throw over.signal.reason;
    if (since(ports, renewedAt) > ttlMs - marginMs) {
      over.abort(lost('time: it could not be renewed'));
      throw over.signal.reason;
    }
  };
  const isMine = (head: Head): boolean => head.lease?.fence === fence;

  const take = (found: HeadNow): void => {
    now = found;
    const by = found.head.lease?.stopRequestedBy;
    if (by) over.abort(LastgreenError.of('STOP_REQUESTED', { by }));
  };

  const swap = async (change: (head: Head) => Partial<Head>): Promise<Head> => {
    for (;;) {
      const start = moment(ports);
      const head: Head = {
        ...now.head,
        ...change(now.head),
        revision: now.head.revision + 1,
        nonce: ports.random.nonce(),
      };
      const version = await putSettled(ports, store, head, now.version);
      if (version !== 'lost') {
        renewedAt = start;
        take({ head, version, ageMs: 0 });
        return head;
      }
      const found = await retrying(ports, () => store.head());
      if (!found || !isMine(found.head)) {
        over.abort(lost(found?.head.lease ? holderName(found.head.lease.holder) : 'another command'));
        throw over.signal.reason;
      }
      take(found);
    }
  };
  const update = (change: (head: Head) => Partial<Head>): Promise<Head> => {
    const mine = turn.then(() => swap(change));
    turn = mine.catch(() => undefined);
    return mine;
  };

  const look = async (): Promise<void> => {
    if (since(ports, renewedAt) >= renewMs) {
      await update(() => ({}));
      return;
    }
    await turn;
    const found = await store.head();
    if (found && isMine(found.head) && found.head.revision > now.head.revision) take(found);
  };
  const listen = async (): Promise<void> => {
    for (;;) {
      await ports.clock.sleep(Math.min(LISTEN_MS, renewMs), stop.signal);
      // A store that is away for a while is no reason to stop before the lease is over.
      await look().catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
      });
      if (since(ports, renewedAt) > ttlMs - marginMs) return over.abort(lost('time: it could not be renewed'));
    }
  };
  const listening = listen().catch(() => undefined);
  // Whatever stops because of it then says so in these words.
  const forward = () => over.abort(interrupted());
  outer.addEventListener('abort', forward, { once: true });
  if (outer.aborted) forward();

  return {
    fence: () => fence,
    head: () => now.head,
    assertOwned,
    assert() {
      assertOwned();
      if (over.signal.aborted) throw over.signal.reason instanceof LastgreenError ? over.signal.reason : interrupted();
    },
    update,
    async refence() {
      const head = await update((h) => {
        const number = asFence(h.fence + 1);
        return { fence: number, lease: h.lease && { ...h.lease, fence: number } };
      });
      fence = head.fence;
      return fence;
    },
    signal: over.signal,
    async release() {
      stop.abort();
      outer.removeEventListener('abort', forward);
      await listening;
      // Not given back: it expires by itself, and on this machine the end of the process frees it.
      await update(() => ({ lease: null })).catch(() => {
        leftBehind.set(ports.processes, (leftBehind.get(ports.processes) ?? new Set()).add(fence));
      });
    },
  };
}
