import { fail } from '../domain/errors.ts';
import type { Lease } from '../domain/head.ts';
import type { Fence } from '../domain/ids.ts';
import type { Entry, JournalEvent } from '../domain/journal.ts';
import { holderName } from './holder.ts';
import type { Ports } from './ports.ts';
import type { Records } from './records.ts';

export type Append = (fence: Fence, event: JournalEvent) => Promise<void>;

/**
 * A holder's own journal: entries under its fence are numbered without a gap, so that whoever takes the lease over can
 * close it by taking the next number (see `closeJournal`). An entry whose put failed is put again before the next one.
 * Throws LEASE_LOST when the journal was closed.
 */
export function journalOf(ports: Ports, to: Records): Append {
  const counts = new Map<Fence, number>();
  let pending: Entry | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  const put = async (entry: Entry): Promise<void> => {
    pending = entry;
    if ((await to.append(entry)) === 'taken') fail('LEASE_LOST', { by: 'a newer command' });
    counts.set(entry.fence, entry.n);
    pending = null;
  };
  const append: Append = async (fence, event) => {
    if (pending) await put(pending);
    const n = (counts.get(fence) ?? 0) + 1;
    await put({
      schema: 'lastgreen/journal/1',
      fence,
      n,
      at: ports.clock.now().toISOString(),
      by: holderName(ports.processes.me),
      event,
    });
  };
  return (fence, event) => {
    const mine = turn.then(() => append(fence, event));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * Takes the next number of a journal whose holder's lease was taken over. From then on a holder that was only asleep
 * cannot write into a past that others have already read.
 */
export async function closeJournal(ports: Ports, store: Records, left: Lease, mine: Fence): Promise<void> {
  for (;;) {
    const n = (await store.entriesUnder(left.fence)) + 1;
    const event: JournalEvent = { is: 'took-over', from: holderName(left.holder), fence: mine };
    const at = ports.clock.now().toISOString();
    const by = holderName(ports.processes.me);
    if ((await store.append({ schema: 'lastgreen/journal/1', fence: left.fence, n, at, by, event })) === 'written')
      return;
  }
}
