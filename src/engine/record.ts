import type { CutoverPlan } from '../domain/cutover.ts';
import type { History, ReleaseRecord } from '../domain/fold.ts';
import type { Hold, InFlight, Live } from '../domain/head.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { JournalEvent } from '../domain/journal.ts';
import { heldDefinitions } from '../planning/hold.ts';
import { ledgerAfter } from '../planning/ledger.ts';
import type { Held } from './held.ts';
import type { Ports } from './ports.ts';
import type { Records } from './records.ts';

export interface Recording {
  readonly ports: Ports;
  readonly held: Held;
  readonly records: Records;
  readonly append: (event: JournalEvent) => Promise<void>;
}

export interface Measured {
  /** How long readers could see a mix, ms; null: nobody can tell. */
  readonly windowMs: number | null;
  readonly ms: number;
}

/**
 * Writes down that a cutover is done: journal, ledger, head, LIVE_SHA. Repeatable: what an earlier command already
 * wrote is not written again.
 */
export async function recordCut(
  r: Recording,
  cutover: CutoverPlan,
  flight: InFlight,
  measured: Measured,
): Promise<void> {
  const history = await r.records.history();
  const record = history.releases.get(cutover.release);
  const hold =
    flight.kind === 'refresh'
      ? await recordRun(r, cutover, flight)
      : await recordRelease(r, cutover, history, record, measured);
  const { mark, release } = cutover;
  const watched = flight.kind === 'cutover' && (record?.kind === 'deploy' || record?.kind === 'refresh');
  const before = r.held.head().live;
  const live: Live =
    flight.kind === 'refresh' && before
      ? { ...before, fence: mark.fence }
      : {
          release,
          content: mark.content,
          sha: mark.sha,
          fence: mark.fence,
          since: mark.at,
          watchUntil: watched ? watchEnd(r) : null,
        };
  const ledger = await writeLedger(r, cutover, flight, record ?? null);
  await r.held.update((head) => ({
    inFlight: null,
    live,
    candidate: head.candidate === release ? null : head.candidate,
    ledger: ledger ?? head.ledger,
    hold: hold ?? head.hold,
  }));
  await mendDerived(r);
}

/** LIVE_SHA and what belongs to the last green release, where they are not what head and journal say. */
export async function mendDerived(r: Pick<Recording, 'records' | 'held'>): Promise<void> {
  const { live } = r.held.head();
  if (live) await r.records.putDerived('LIVE_SHA', Buffer.from(`${live.sha}\n`), r.held.assertOwned);
  await publishLastGreen(r);
}

const watchEnd = (r: Recording): string =>
  new Date(r.ports.clock.now().getTime() + r.ports.settings.watch.forMs).toISOString();
const keepEnd = (r: Recording): string =>
  new Date(r.ports.clock.now().getTime() + r.ports.settings.rollback.keepMs).toISOString();

/** Every state that the cutover ends, in an order that a repetition can take up anywhere. Returns a rollback's hold. */
async function recordRelease(
  r: Recording,
  { release, mark }: CutoverPlan,
  history: History,
  record: ReleaseRecord | undefined,
  measured: Measured,
): Promise<Hold | null> {
  const state = record?.state.state;
  const back = record?.back ?? null;
  const watched = back === null && (record?.kind === 'deploy' || record?.kind === 'refresh');
  if (state !== 'live' && state !== 'green')
    await r.append({ is: 'live', release, watchUntil: watched ? watchEnd(r) : mark.at, ...measured });
  const displaced = mark.previous?.release;
  const left = displaced === undefined ? undefined : history.releases.get(displaced);
  const taken = left && back && left.content !== back.to ? left : null;
  if (taken && back && taken.state.state !== 'reverted')
    await r.append({ is: 'reverted', release: taken.id, because: `rolled back to ${back.to}`, by: release });
  // Live by the same definitions before and after: a rebuild of what was live takes nothing back.
  else if (left && !taken && (left.state.state === 'live' || left.state.state === 'reversing'))
    await r.append({ is: 'replaced', release: left.id, by: release });
  if (!watched && state !== 'green') await r.append({ is: 'green', release, keptUntil: keepEnd(r) });
  return back && taken ? holdAfter(r, taken, back.to) : null;
}

/** What a rollback leaves: deploy and promote stop until every node that the reverted release changed is another. */
export async function holdAfter(
  r: Pick<Recording, 'records' | 'ports' | 'append'>,
  left: ReleaseRecord,
  to: ReleaseId,
): Promise<Hold> {
  const reason = `${left.id} was rolled back to ${to}`;
  await r.append({ is: 'hold', reason, release: left.id });
  const reverted = (await r.records.plan(left.content))?.definitions ?? {};
  const before = (await r.records.plan(to))?.definitions ?? {};
  const { user, host } = r.ports.processes.me;
  return {
    reason,
    by: `${user}@${host}`,
    since: r.ports.clock.now().toISOString(),
    reverted: { release: left.id, definitions: heldDefinitions(reverted, before) },
  };
}

async function recordRun(r: Recording, { mark }: CutoverPlan, { run }: InFlight): Promise<null> {
  if (run) await r.append({ is: 'run', number: mark.fence, sha: mark.sha, ok: true, ...run });
  return null;
}

/**
 * A cutover that readers never saw a part of. What a rollback wanted to take back is as before: live, or stopped in the
 * middle. A swap back ends with it, a rebuild keeps what it built.
 */
export async function recordNotCut(r: Recording, flight: InFlight, because: string): Promise<void> {
  const { release, kind } = flight;
  const { releases } = await r.records.history();
  const record = releases.get(release);
  if (kind !== 'refresh' && record?.state.state === 'cutting') await r.append({ is: 'not-cut', release, because });
  const { reverses } = flight;
  const ends = kind === 'rollback' && record?.back?.strategy !== 'rebuild';
  if (ends) await r.append({ is: 'aborted', release, because });
  if (reverses) await r.append({ is: 'cutting', release: reverses.release, back: false });
  for (const { id, state } of releases.values())
    if (state.state === 'reversing' && state.by === release && id !== reverses?.release)
      await r.append({ is: 'restored', release: id, by: release });
  await r.held.update((head) => ({
    inFlight: reverses && { ...reverses, kind: 'cutover', run: null, reverses: null },
    candidate: ends && head.candidate === release ? null : head.candidate,
  }));
}

async function writeLedger(
  r: Recording,
  cutover: CutoverPlan,
  flight: InFlight,
  record: ReleaseRecord | null,
): Promise<string | null> {
  const { content, fence } = cutover.mark;
  const plan = await r.records.plan(content);
  if (!plan) return null;
  const key = r.held.head().ledger;
  const before = key ? await r.records.ledger(key) : null;
  const producer = flight.kind === 'refresh' ? `run ${fence}` : cutover.release;
  return r.records.putLedger(
    ledgerAfter({ plan, release: cutover.release, content, producer, seal: record?.seal ?? null, before }),
  );
}

/** What is taken back is reversing until that is done; a number that nobody recorded has no state to change. */
export async function recordReversing(
  { records, append }: Pick<Recording, 'records' | 'append'>,
  left: ReleaseId,
  by: ReleaseId,
): Promise<void> {
  const state = (await records.history()).releases.get(left)?.state.state;
  if (state === 'live' || state === 'green' || state === 'cutting')
    await append({ is: 'reversing', release: left, by });
}

/** The stable copies that everybody's `--defer` reads; LAST_GREEN_SHA comes last and says that they are there. */
export async function publishLastGreen({ records, held }: Pick<Recording, 'records' | 'held'>): Promise<void> {
  const last = (await records.history()).lastGreen;
  if (!last) return;
  const id = Buffer.from(`${last.sha}\n`);
  const told = await records.derived('LAST_GREEN_SHA');
  if (told && id.equals(told)) return;
  const { content } = last;
  const copies = {
    'manifest.json': await records.artifact(content, 'manifest.json'),
    'run_results.json': await records.newestArtifact(content, 'attempts/', 'run_results.json'),
    'catalog.json': await records.newestArtifact(content, 'attempts/', 'catalog.json'),
  };
  for (const [name, body] of Object.entries(copies)) {
    if (body) await records.putDerived(`last-green/${name}`, body, held.assertOwned);
  }
  await records.putDerived('LAST_GREEN_SHA', id, held.assertOwned);
}
