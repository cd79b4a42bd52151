import { fail } from '../domain/errors.ts';
import type { Head, Lease } from '../domain/head.ts';
import { fence as asFence, type Fence } from '../domain/ids.ts';
import { ensureHead, putSettled } from './head.ts';
import { type Held, hold, isLeftBehind, moment } from './held.ts';
import { holderName } from './holder.ts';
import { closeJournal } from './journal.ts';
import type { Ports } from './ports.ts';
import { type HeadNow, type Records, records } from './records.ts';
import { retrying } from './retry.ts';

/** How often the lease of a holder that was asked to stop is looked at, ms. */
const ASK_MS = 500;

export interface AcquireOptions {
  readonly command: string;
  /** Of the person or the machine that may interrupt. */
  readonly signal: AbortSignal;
  /** Ask a holder to stop and wait for it, instead of LEASE_HELD. */
  readonly stopHolder?: boolean;
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
      await ports.clock.sleep(ASK_MS, o.signal);
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
    const version = await putSettled(ports, store, head, found.version);
    if (version === 'lost') continue;
    const held = hold(ports, store, { head, version, ageMs: 0 }, startedAt, o.signal);
    if (lease) await closing(held, () => closeJournal(ports, store, lease, number));
    return held;
  }
}

/** The lease that was just taken is given back when the journal before it cannot be closed. */
async function closing(held: Held, close: () => Promise<void>): Promise<void> {
  try {
    await close();
  } catch (error) {
    await held.release();
    throw error;
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
  ageMs > lease.ttlMs || isLeftBehind(ports, lease) || (await ports.processes.isDead(lease.holder));

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
