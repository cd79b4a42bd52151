import type { Mark } from '../domain/cutover.ts';
import type { History, ReleaseRecord } from '../domain/fold.ts';
import type { Head } from '../domain/head.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { observe } from '../domain/observe.ts';
import { displayName } from '../domain/relation.ts';
import { prunable } from '../planning/prune.ts';
import { defaultTarget } from '../planning/rollback.ts';
import { type KeptSide, type Standing, WarehouseError } from '../warehouse/port.ts';
import type { Ports } from './ports.ts';
import { changedOf, scopeOf } from './progress.ts';
import { records } from './records.ts';

/** Down or there: status works with either system away and says which. */
type Reached<T> = { readonly up: true; readonly value: T } | { readonly up: false; readonly because: string };

export interface Status {
  readonly environment: string;
  readonly now: string;
  readonly store: Reached<{ readonly head: Head | null; readonly ageMs: number; readonly history: History }>;
  readonly warehouse: Reached<{ readonly standing: Standing; readonly kept: readonly KeptSide[] }>;
  /** By the mark when the warehouse is up, else by head. */
  readonly live: Pick<Mark, 'release' | 'content' | 'sha'> | null;
  /** Names are held by something that no release built. */
  readonly unadopted: boolean;
  readonly holder: {
    readonly alive: boolean;
    readonly command: string;
    readonly by: string;
    readonly since: string;
    readonly ageMs: number;
  } | null;
  readonly candidate: ReleaseRecord | null;
  /** The release in front of readers, when the store knows it. */
  readonly current: ReleaseRecord | null;
  /** A cutover that nobody recorded the end of. */
  readonly inFlight: {
    readonly release: string;
    readonly done: number;
    readonly of: number;
    /** Names that somebody else changed meanwhile. */
    readonly foreign: readonly string[];
  } | null;
  /** Mark and head disagree: the next command that takes the lease mends it. */
  readonly differs: string | null;
  /** What is live was released from another store. */
  readonly foreign: boolean;
  /** What rollback would go back to now. */
  readonly back: ReleaseRecord | null;
  /** Where live is a rollback already: what a kept side lets a person name to go further back, until an ISO time. */
  readonly further: { readonly id: ReleaseId; readonly until: string } | null;
}

const reach = async <T>(attempt: () => Promise<T>): Promise<Reached<T>> => {
  try {
    return { up: true, value: await attempt() };
  } catch (error) {
    return { up: false, because: error instanceof Error ? error.message : String(error) };
  }
};

/** What is so, from both systems, without taking a lease and without changing anything. Throws nothing for a system that is down. */
export async function status(ports: Ports): Promise<Status> {
  const store = records(ports);
  const [kept, reached] = await Promise.all([
    reach(async () => {
      const found = await store.head();
      return { head: found?.head ?? null, ageMs: found?.ageMs ?? 0, history: await store.history() };
    }),
    reach(async () => {
      const [standing, sides] = await Promise.all([ports.warehouse.standing(), ports.warehouse.kept()]);
      // The relations themselves matter only where no mark says whose they are: reading them takes longer than all else.
      return { standing, kept: sides, held: standing.mark === null && (await tolerant(ports)) };
    }),
  ]);
  const head = kept.up ? kept.value.head : null;
  const history = kept.up ? kept.value.history : null;
  const mark = reached.up ? reached.value.standing.mark : null;
  const live = mark ?? head?.live ?? null;
  const lease = head?.lease ?? null;
  return {
    environment: ports.settings.environment,
    now: ports.clock.now().toISOString(),
    store: kept,
    warehouse: reached.up
      ? { up: true, value: { standing: reached.value.standing, kept: reached.value.kept } }
      : reached,
    live,
    unadopted: live === null && reached.up && reached.value.held,
    holder:
      lease && kept.up
        ? {
            alive: kept.value.ageMs <= lease.ttlMs && !(await ports.processes.isDead(lease.holder)),
            command: lease.command,
            by: `${lease.holder.user}@${lease.holder.host} (pid ${lease.holder.pid})`,
            since: lease.since,
            ageMs: kept.value.ageMs,
          }
        : null,
    candidate: (head?.candidate && history?.releases.get(head.candidate)) || null,
    current: (live && history?.releases.get(live.release)) || null,
    inFlight: head?.inFlight ? await progressOf(ports, head) : null,
    differs:
      mark && head?.lineage === mark.lineage && !head.inFlight && head.live?.release !== mark.release
        ? `the mark says ${mark.release} is live, the store says ${head.live?.release ?? 'nothing'}`
        : null,
    foreign: mark !== null && kept.up && mark.lineage !== head?.lineage,
    // From a rollback a second one goes nowhere; further back is for a person to name.
    back: (history && live && !mark?.back && defaultTarget(history, live.content)) || null,
    further:
      history && head && reached.up && mark?.back ? furtherBack(ports, history, head, mark, reached.value.kept) : null,
  };
}

/** The newest green release before live's content whose kept side is still there. */
function furtherBack(
  ports: Ports,
  history: History,
  head: Head,
  mark: Mark,
  kept: readonly KeptSide[],
): Status['further'] {
  const target = defaultTarget(history, mark.content)?.content;
  const { staying } = prunable({ history, head, kept, settings: ports.settings, now: ports.clock.now() });
  const found = staying.findLast(({ side }) => side.release === target);
  return found ? { id: found.side.release, until: found.until } : null;
}

/** How far a cutover has come, from one read of the warehouse; nothing is claimed for it. */
async function progressOf(ports: Ports, { inFlight }: Head): Promise<Status['inFlight']> {
  const begun = inFlight && (await records(ports).cutover(inFlight.release, inFlight.fence));
  if (!begun) return null;
  const { release, changes } = begun;
  const catalog = await reach(() => ports.warehouse.catalog(scopeOf(begun), { bare: true }));
  if (!catalog.up) return { release, done: 0, of: changes.length, foreign: [] };
  const seen = observe(changes, (name) => catalog.value.state(name));
  const foreign = seen.foreign.map(displayName);
  return { release, done: changedOf(seen, begun), of: changes.length, foreign };
}

/** Whether live names hold anything; busy files count as held. */
async function tolerant(ports: Ports): Promise<boolean> {
  try {
    const catalog = await ports.warehouse.catalog(ports.sides.live, { bare: true });
    return catalog.relations.length > 0;
  } catch (error) {
    if (error instanceof WarehouseError && error.is === 'busy') return true;
    throw error;
  }
}
