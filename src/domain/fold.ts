import type { Seal } from './cutover.ts';
import { fail } from './errors.ts';
import { byRelease, type CheckId, checkId, type ReleaseId, type Sha } from './ids.ts';
import type { Back, Entry, JournalEvent } from './journal.ts';
import { next, type ReleaseKind, type ReleaseState } from './release.ts';
import type { Answer } from './verdict.ts';

/** All that the journal knows of one release. Times are ISO, by the writers' clocks: for people. */
export interface ReleaseRecord {
  readonly id: ReleaseId;
  readonly kind: ReleaseKind;
  readonly sha: Sha;
  readonly subject: string;
  readonly command: string;
  readonly by: string;
  readonly back: Back | null;
  /** Whose definitions it has: its own, or those of the release that it went back to. */
  readonly content: ReleaseId;
  readonly state: ReleaseState;
  readonly startedAt: string;
  readonly liveAt: string | null;
  /** The last time that it became green; stays when it is replaced later. */
  readonly greenAt: string | null;
  readonly watchUntil: string | null;
  readonly keptUntil: string | null;
  readonly built: { readonly nodes: number; readonly ms: number; readonly dbtMs: number } | null;
  /** null again as soon as it is built anew. */
  readonly seal: Seal | null;
  /** The newest answer of each check. */
  readonly answers: readonly Answer[];
  /** How long readers could see a mix (null: nobody can tell), and how long the cutover took. */
  readonly cutover: { readonly windowMs: number | null; readonly ms: number } | null;
  /** Why it ended, waits or is not green, in words. */
  readonly because: string | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
  /** Every entry about it, in order. */
  readonly entries: readonly Entry[];
}

/** A refresh that shipped no code. */
export type RunRecord = Omit<Extract<JournalEvent, { is: 'run' }>, 'is'> & { readonly at: string; readonly by: string };

export interface History {
  readonly releases: ReadonlyMap<ReleaseId, ReleaseRecord>;
  /** Oldest first. */
  readonly order: readonly ReleaseId[];
  /** The newest release that became green and was not reverted since. */
  readonly lastGreen: ReleaseRecord | null;
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
}

type About = Extract<JournalEvent, { readonly release: ReleaseId }>;

/**
 * What the journal's entries, in any order, amount to. Throws STORE_CORRUPT when they tell a step that there is none
 * of, or speak of a release that never started.
 */
export function fold(entries: readonly Entry[]): History {
  const releases = new Map<ReleaseId, ReleaseRecord>();
  const runs: RunRecord[] = [];
  for (const entry of entries.toSorted((a, b) => a.fence - b.fence || a.n - b.n)) {
    const { event } = entry;
    if (event.is === 'run') {
      const { is: _, ...run } = event;
      runs.push({ ...run, at: entry.at, by: entry.by });
    } else if (isAbout(event)) releases.set(event.release, apply(releases.get(event.release) ?? null, event, entry));
  }
  const order = [...releases.keys()].toSorted(byRelease);
  return { releases, order, lastGreen: lastGreenOf(releases, order), runs };
}

/** Became green, and was not taken back since. A replaced release that was green before is still the way back. */
export const isGreenInHistory = (record: ReleaseRecord): boolean =>
  record.greenAt !== null && record.state.state !== 'reverted' && record.state.state !== 'reversing';

function lastGreenOf(
  releases: ReadonlyMap<ReleaseId, ReleaseRecord>,
  order: readonly ReleaseId[],
): ReleaseRecord | null {
  const newest = order.findLast((id) => {
    const record = releases.get(id);
    return record !== undefined && isGreenInHistory(record);
  });
  return (newest && releases.get(newest)) ?? null;
}

// A hold names the release that was reverted; it is an event of the environment, not a step of that release.
const isAbout = (event: JournalEvent): event is About => 'release' in event && event.is !== 'hold';

function apply(known: ReleaseRecord | null, event: About, entry: Entry): ReleaseRecord {
  if (known === null && event.is !== 'started') corrupt(entry, `${event.release} was never started`);
  const before = known ?? first(event, entry);
  const { state, ...facts } = learned(before, event, entry);
  const after = { ...before, ...facts, entries: [...before.entries, entry] };
  if (state === undefined) return after;
  const from = before.state.state;
  // A repeat is no step: whoever takes over records again what its predecessor may already have recorded.
  if (from !== state.state && !next[from].includes(state.state))
    corrupt(entry, `${event.release} cannot go from ${from} to ${state.state}`);
  return { ...after, state };
}

function first(event: About, entry: Entry): ReleaseRecord {
  if (event.is !== 'started') corrupt(entry, `${event.release} was never started`);
  return {
    id: event.release,
    kind: event.kind,
    sha: event.sha,
    subject: event.subject,
    command: event.command,
    by: entry.by,
    back: event.back ?? null,
    content: event.back?.to ?? event.content ?? event.release,
    state: { state: 'building' },
    startedAt: entry.at,
    liveAt: null,
    greenAt: null,
    watchUntil: null,
    keptUntil: null,
    built: null,
    seal: null,
    answers: [],
    cutover: null,
    because: null,
    failure: null,
    entries: [],
  };
}

type Facts = { -readonly [K in Exclude<keyof ReleaseRecord, 'entries'>]?: ReleaseRecord[K] };

const ids = (names: readonly string[]): readonly CheckId[] => names.map(checkId);

/** What one event adds to the record of its release. */
function learned(before: ReleaseRecord, event: About, entry: Entry): Facts {
  switch (event.is) {
    case 'started':
      return { state: { state: 'building' }, seal: null };
    case 'built':
      return {
        state: { state: 'building' },
        built: { nodes: event.nodes, ms: event.ms, dbtMs: event.dbtMs },
        seal: null,
      };
    case 'sealed':
      return { state: { state: 'building' }, seal: event.seal };
    case 'gated':
      return { answers: newest(before.answers, event.answers) };
    case 'verified':
      return { state: { state: 'verified' }, because: null };
    case 'rejected':
      return { state: { state: 'rejected', failed: ids(event.failed) }, because: event.because };
    case 'waiting':
      return { state: { state: 'waiting', on: ids(event.on) }, because: `no verdict: ${event.on.join(', ')}` };
    case 'superseded':
      return { state: { state: 'superseded', by: event.by }, because: `superseded by ${event.by}` };
    case 'aborted':
      return { state: { state: 'aborted' }, because: event.because };
    case 'failed':
      return { failure: { code: event.code, message: event.message } };
    default:
      return seen(before, event, entry);
  }
}

type Seen = Exclude<
  About,
  {
    is:
      | 'started'
      | 'built'
      | 'sealed'
      | 'gated'
      | 'verified'
      | 'rejected'
      | 'waiting'
      | 'superseded'
      | 'aborted'
      | 'failed'
      | 'hold';
  }
>;

/** The events from the cutover on, when readers may have seen something of the release. */
function seen(before: ReleaseRecord, event: Seen, { at }: Entry): Facts {
  switch (event.is) {
    case 'cutting':
      return { state: { state: 'cutting' } };
    case 'not-cut':
      return { state: { state: 'verified' }, because: event.because };
    case 'live': {
      const { watchUntil, windowMs, ms } = event;
      return {
        state: { state: 'live', watchUntil },
        liveAt: before.liveAt ?? at,
        watchUntil,
        cutover: { windowMs, ms },
        because: null,
      };
    }
    case 'green': {
      const { keptUntil } = event;
      return {
        state: { state: 'green', keptUntil },
        liveAt: before.liveAt ?? at,
        greenAt: at,
        keptUntil,
        because: null,
      };
    }
    case 'not-green':
      return { because: event.because };
    case 'reversing':
      return { state: { state: 'reversing', by: event.by } };
    case 'reverted':
      return { state: { state: 'reverted', because: event.because }, because: event.because };
    case 'restored':
      return { state: restored(before, at), because: null };
    case 'replaced':
      return { state: { state: 'replaced', by: event.by }, because: `replaced by ${event.by}` };
  }
}

/** Readers have it again: green where it was green, else live as before. */
const restored = ({ greenAt, keptUntil, watchUntil }: ReleaseRecord, at: string): ReleaseState =>
  greenAt === null ? { state: 'live', watchUntil: watchUntil ?? at } : { state: 'green', keptUntil: keptUntil ?? at };

function newest(known: readonly Answer[], more: readonly Answer[]): readonly Answer[] {
  const byCheck = new Map(known.map((answer) => [answer.check.id, answer]));
  for (const answer of more) byCheck.set(answer.check.id, answer);
  return [...byCheck.values()];
}

function corrupt(entry: Entry, message: string): never {
  fail('STORE_CORRUPT', { key: `journal/${entry.fence}-${entry.n}`, message });
}
