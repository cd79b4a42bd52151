import { fail, LastgreenError } from '../domain/errors.ts';
import type { Head, Holder, Lease } from '../domain/head.ts';
import { fence as asFence, type Fence } from '../domain/ids.ts';
import { StoreError } from '../store/port.ts';
import type { Ports } from './ports.ts';
import { type HeadNow, type Records, records } from './records.ts';
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
  assertOwned(): void;
  /** Compare-and-swap of the head; renews the lease. Throws LEASE_LOST. */
  update(change: (head: Head) => Partial<Head>): Promise<Head>;
  /** The next number, for a new claim by the same holder. */
  refence(): Promise<Fence>;
  /** Aborted when the command must not go on. */
  readonly signal: AbortSignal;
  /** Gives the lease back; never throws. */
  release(): Promise<void>;
}

export interface AcquireOptions {
  readonly command: string;
  /** Of the person or the machine that may interrupt. */
  readonly signal: AbortSignal;
  /** Ask a holder to stop and wait for it, instead of LEASE_HELD. */
  readonly stopHolder?: boolean;
}

const holderName = (holder: Holder): string => `${holder.user}@${holder.host} (pid ${holder.pid})`;

/** The head of a store that nobody has used yet names its lineage; made once, by whoever comes first. */
export async function ensureHead(ports: Ports): Promise<Head> {
  const store = records(ports);
  const found = await retrying(ports, () => store.head());
  if (found) return found.head;
  const head: Head = {
    schema: 'lastgreen/head/1',
    environment: ports.settings.environment,
    lineage: ports.random.nonce().slice(0, 16),
    revision: 0,
    nonce: ports.random.nonce(),
    fence: asFence(0),
    lease: null,
    inFlight: null,
    live: null,
    hold: null,
    ledger: null,
    candidate: null,
    hmacKey: Buffer.from(ports.random.nonce() + ports.random.nonce(), 'hex').toString('base64'),
  };
  if ((await store.putHead(head, 'if-absent')) !== 'lost') return head;
  return (await retrying(ports, () => store.head()))?.head ?? head;
}

/**
 * Takes the lease under the next number. `claimed`: the highest number in the warehouse. Throws LEASE_HELD naming the
 * holder, StoreError.
 */
export async function acquire(ports: Ports, claimed: Fence, o: AcquireOptions): Promise<Held> {
  const store = records(ports);
  const patience = ports.clock.elapsedMs() + 4 * ports.settings.lease.ttlMs;
  for (;;) {
    const found = await retrying(ports, () => store.head());
    const lease = found?.head.lease ?? null;
    if (found && lease && !(await isFree(ports, lease, found.ageMs))) {
      if (!o.stopHolder || ports.clock.elapsedMs() > patience)
        fail('LEASE_HELD', { holder: holderName(lease.holder), doing: lease.command, beatMs: found.ageMs });
      await askToStop(ports, store, found, o.command);
      await ports.clock.sleep(LISTEN_MS / 4, o.signal);
      continue;
    }
    const startedAt = moment(ports);
    if (!found) {
      await ensureHead(ports);
      continue;
    }
    const number = asFence(Math.max(found.head.fence, claimed) + 1);
    const head: Head = {
      ...found.head,
      revision: found.head.revision + 1,
      nonce: ports.random.nonce(),
      fence: number,
      lease: newLease(ports, number, o.command),
    };
    const version = await store.putHead(head, found.version);
    if (version !== 'lost') return hold(ports, store, { head, version, ageMs: 0 }, startedAt, o.signal);
  }
}

const newLease = (ports: Ports, number: Fence, command: string): Lease => ({
  holder: ports.processes.me,
  fence: number,
  command,
  since: ports.clock.now().toISOString(),
  ttlMs: ports.settings.lease.ttlMs,
  stopRequestedBy: null,
});

/** A dead holder's lease is free at once on the same boot; anybody's once it is older than its time to live. */
const isFree = async (ports: Ports, lease: Lease, ageMs: number): Promise<boolean> =>
  ageMs > lease.ttlMs || (await ports.processes.isDead(lease.holder));

async function askToStop(ports: Ports, store: Records, found: HeadNow, command: string): Promise<void> {
  const lease = found.head.lease;
  if (!lease || lease.stopRequestedBy !== null) return;
  const by = `${holderName(ports.processes.me)}, ${command}`;
  ports.report({ is: 'note', text: `asking ${holderName(lease.holder)} to stop its ${lease.command}` });
  // This write makes the lease look fresh; the holder, if it lives, renews it anyway, and patience ends the wait.
  await store.putHead(
    {
      ...found.head,
      revision: found.head.revision + 1,
      nonce: ports.random.nonce(),
      lease: { ...lease, stopRequestedBy: by },
    },
    found.version,
  );
}

interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

const moment = (ports: Ports): Moment => ({
  wallMs: ports.clock.now().getTime(),
  monotonicMs: ports.clock.elapsedMs(),
});

/** The larger of both clocks: the monotonic one stands still while the machine sleeps, the other can be set back. */
const since = (ports: Ports, start: Moment): number => {
  const now = moment(ports);
  return Math.max(now.wallMs - start.wallMs, now.monotonicMs - start.monotonicMs);
};

function hold(ports: Ports, store: Records, first: HeadNow, startedAt: Moment, outer: AbortSignal): Held {
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
      const version = await putSettled(ports, store, head, now);
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

  const listen = async (): Promise<void> => {
    for (;;) {
      await ports.clock.sleep(Math.min(LISTEN_MS, renewMs), stop.signal);
      try {
        if (since(ports, renewedAt) >= renewMs) await update(() => ({}));
        else
          await turn
            .then(() => store.head())
            .then(
              (found) =>
                found &&
                found.version !== now.version &&
                isMine(found.head) &&
                found.head.revision > now.head.revision &&
                take(found),
            );
      } catch (error) {
        // A store that is away for a while is no reason to stop before the lease is over.
        if (!(error instanceof StoreError)) return;
      }
      if (since(ports, renewedAt) > ttlMs - marginMs) return over.abort(lost('time: it could not be renewed'));
    }
  };
  const listening = listen().catch(() => undefined);
  const forward = () => over.abort(outer.reason);
  outer.addEventListener('abort', forward, { once: true });
  if (outer.aborted) forward();

  return {
    fence: () => fence,
    head: () => now.head,
    assertOwned,
    assert() {
      assertOwned();
      if (over.signal.aborted)
        throw over.signal.reason instanceof LastgreenError
          ? over.signal.reason
          : LastgreenError.of('INTERRUPTED', { doing: 'nothing readers see was changed' });
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
      await update(() => ({ lease: null })).catch(() => undefined);
    },
  };
}

/** A put whose answer was lost is settled by reading the nonce back. */
async function putSettled(ports: Ports, store: Records, head: Head, now: HeadNow) {
  try {
    return await store.putHead(head, now.version);
  } catch (error) {
    if (!(error instanceof StoreError) || (error.is !== 'down' && error.is !== 'unknown')) throw error;
    const found = await retrying(ports, () => store.head());
    if (found?.head.nonce === head.nonce) return found.version;
    return store.putHead(head, now.version);
  }
}
