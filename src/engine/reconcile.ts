import type { CutoverPlan, Mark } from '../domain/cutover.ts';
import type { History } from '../domain/fold.ts';
import type { Hold, InFlight, Live } from '../domain/head.ts';
import type { JournalEvent } from '../domain/journal.ts';
import type { Observation } from '../domain/observe.ts';
import type { Held } from './held.ts';
import type { Ports } from './ports.ts';
import { progress } from './progress.ts';
import { holdAfter, type Measured, mendDerived, recordCut, recordNotCut } from './record.ts';
import type { Records } from './records.ts';

/** A cutover of which readers see a part. */
export interface Unfinished {
  readonly cutover: CutoverPlan;
  readonly observation: Observation;
}

export interface Reconciling {
  readonly ports: Ports;
  readonly held: Held;
  readonly records: Records;
  readonly mark: Mark | null;
  /** The cutover that head says was begun. */
  readonly begun: CutoverPlan | null;
  readonly append: (event: JournalEvent) => Promise<void>;
}

/**
 * Brings head and journal level with the warehouse, which is right: the outcome of a cutover that nobody recorded, a
 * mark that head does not know. Returns a cutover that stopped in the middle, also where somebody else changed what it was
 * changing.
 */
export async function reconcile(r: Reconciling): Promise<Unfinished | null> {
  const inFlight = r.held.head().inFlight;
  if (inFlight) {
    if (!r.begun) {
      await recordNotCut(r, inFlight, 'its cutover was never written down');
    } else {
      const unfinished = await settle(r, r.begun, inFlight);
      if (unfinished) return unfinished;
    }
  }
  await mendHead(r);
  await endAbandoned(r);
  await mendDerived(r);
  return null;
}

/** A rollback or adoption that died before its cutover was written down: what is live is as before. */
async function endAbandoned(r: Reconciling): Promise<void> {
  const { candidate } = r.held.head();
  const { releases } = await r.records.history();
  for (const record of releases.values()) {
    const { state } = record.state;
    const isOne = record.kind === 'rollback' || record.kind === 'adopt';
    if (!isOne || record.id === candidate || (state !== 'building' && state !== 'verified')) continue;
    await r.append({ is: 'aborted', release: record.id, because: 'it died before it changed anything' });
  }
  for (const record of releases.values())
    if (record.state.state === 'reversing') await r.append({ is: 'restored', release: record.id, by: record.state.by });
}

async function settle(r: Reconciling, begun: CutoverPlan, flight: InFlight): Promise<Unfinished | null> {
  const observation = await progress(r.ports, begun, r.mark);
  if (observation.state === 'done') {
    await recordCut(r, begun, flight, unmeasured(r));
    return null;
  }
  // Someone without the store changed live since, under a higher number: the mark tells what it replaced.
  if (r.mark && r.mark.fence > begun.mark.fence) {
    if (r.mark.previous?.release === begun.release) await recordCut(r, begun, flight, unmeasured(r));
    else await recordNotCut(r, flight, `${r.mark.release} was put live meanwhile`);
    return null;
  }
  if (observation.state === 'not-started') {
    await recordNotCut(r, flight, 'readers never saw a part of it');
    const { reverses } = flight;
    if (!reverses) return null;
    const original = await r.records.cutover(reverses.release, reverses.fence);
    const left = r.held.head().inFlight;
    return original && left ? settle(r, original, left) : null;
  }
  return { cutover: begun, observation };
}

/** The command that could have measured it is dead. */
const unmeasured = ({ ports }: Reconciling): Measured => ({
  windowMs: ports.warehouse.traits.cutover === 'atomic' ? 0 : null,
  ms: 0,
});

/** The mark differs from head: a rollback without the store, or a head from a backup. */
async function mendHead(r: Reconciling): Promise<void> {
  const { mark } = r;
  const live = r.held.head().live;
  if (!mark || (live && live.release === mark.release && live.fence === mark.fence)) return;
  const hold = await mendJournal(r, await r.records.history(), mark, live);
  const { release, content, sha, fence, at } = mark;
  await r.held.update((head) => ({
    live: { release, content, sha, fence, since: at, watchUntil: null },
    hold: hold ?? head.hold,
  }));
  await r.append({
    is: 'mended',
    what: `live is ${release} (content of ${content}) by the mark; the store said ${live?.release ?? 'nothing'}`,
  });
}

/** Writes the story that the mark tells; returns the hold of a rollback that could not set it. */
async function mendJournal(r: Reconciling, history: History, mark: Mark, live: Live | null): Promise<Hold | null> {
  const state = history.releases.get(mark.release)?.state.state;
  if (state === 'live' || state === 'green') return null;
  const { release, content, sha, back, at } = mark;
  const left = mark.previous?.release ?? live?.release;
  if (!state) {
    const strategy = 'swap';
    const subject = 'recorded from the mark in the warehouse';
    const started = { is: 'started', release, sha, subject } as const;
    await r.append(
      back
        ? {
            ...started,
            kind: 'rollback',
            command: 'rollback --without-store',
            back: { to: content, from: left ?? content, strategy },
          }
        : { ...started, kind: 'deploy', command: 'deploy' },
    );
    await r.append({ is: 'cutting', release, back });
  }
  await r.append({ is: 'live', release, watchUntil: at, ...unmeasured(r) });
  if (!back) return null;
  const keptUntil = new Date(r.ports.clock.now().getTime() + r.ports.settings.rollback.keepMs).toISOString();
  await r.append({ is: 'green', release, keptUntil });
  const reverted = left && history.releases.get(left);
  if (!reverted) return null;
  await r.append({ is: 'reverted', release: reverted.id, because: 'rolled back without the store', by: release });
  return holdAfter(r, reverted, content);
}
