import type { Mark } from '../domain/cutover.ts';
import { fail, LastgreenError } from '../domain/errors.ts';
import type { History } from '../domain/fold.ts';
import type { JournalEvent } from '../domain/journal.ts';
import { claim } from './claim.ts';
import type { Held } from './held.ts';
import { journalOf } from './journal.ts';
import { type AcquireOptions, acquire } from './lease.ts';
import type { Ports } from './ports.ts';
import { failBetween, refuseForeign } from './progress.ts';
import { reconcile, type Unfinished } from './reconcile.ts';
import { type Records, records } from './records.ts';
import { retrying, speaking, throwIfAborted } from './retry.ts';

/** A command that holds the lease and the warehouse's fence, with the world as it is. */
export interface Session {
  readonly ports: Ports;
  readonly held: Held;
  readonly records: Records;
  /** What the warehouse says is live. */
  mark(): Mark | null;
  /** A cutover that stopped in the middle, for resume and rollback. */
  readonly unfinished: Unfinished | null;
  history(): Promise<History>;
  append(event: JournalEvent): Promise<void>;
  /** Reads the mark again, after a cutover. */
  remark(): Promise<Mark | null>;
}

export interface SessionOptions extends AcquireOptions {
  /** `adopt --take-over`: a foreign lineage is taken over instead of refused. */
  readonly takeOver?: boolean;
  /** resume and rollback handle a cutover that stopped in the middle; others refuse with INDETERMINATE. */
  readonly handlesUnfinished?: boolean;
}

/** Runs a command under the lease: acquire, claim, reconcile, act, give back. Throws foreseen errors only, or bugs. */
export async function withSession<T>(
  ports: Ports,
  o: SessionOptions,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  return speaking(async () => {
    const standing = await retrying(ports, () => ports.warehouse.standing(), o.signal);
    const held = await acquire(ports, standing.claimed, o);
    try {
      return await act(await open(ports, held, standing.mark, o));
    } catch (error) {
      // What was waiting when the person interrupted fails in its own words; they are not the reason.
      if (o.signal.aborted && !(error instanceof LastgreenError))
        throwIfAborted(o.signal, { doing: 'readers have what they had' });
      throw error;
    } finally {
      await held.release();
    }
  });
}

async function open(ports: Ports, held: Held, found: Mark | null, o: SessionOptions): Promise<Session> {
  // Before the claim: it would stop whoever releases from the right store.
  refuseOtherLineage(held, found, o);
  const store = records(ports);
  const write = journalOf(ports, store);
  const append = (event: JournalEvent): Promise<void> => write(held.fence(), event);
  const inFlight = held.head().inFlight;
  const begun = inFlight && (await store.cutover(inFlight.release, inFlight.fence));
  let mark = await claim(ports, held, begun);
  refuseOtherLineage(held, mark, o);
  const ended = await retrying(ports, () => ports.warehouse.stop());
  if (ended > 0) ports.report({ is: 'note', text: `${ended} session(s) of a dbt that is gone were ended.` });
  const unfinished = await reconcile({ ports, held, records: store, mark, begun, append });
  if (unfinished && !o.handlesUnfinished) {
    const { cutover, observation } = unfinished;
    refuseForeign(cutover, observation);
    failBetween(cutover, observation, { because: 'an earlier command died there' });
  }
  return {
    ports,
    held,
    records: store,
    mark: () => mark,
    unfinished,
    history: () => store.history(),
    append,
    async remark() {
      mark = (await retrying(ports, () => ports.warehouse.standing())).mark;
      return mark;
    },
  };
}

function refuseOtherLineage(held: Held, mark: Mark | null, { takeOver }: SessionOptions): void {
  const { lineage } = held.head();
  if (mark && mark.lineage !== lineage && !takeOver) fail('LINEAGE_FOREIGN', { mark: mark.lineage, store: lineage });
}
