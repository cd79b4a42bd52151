import type { ReleaseRecord } from '../domain/fold.ts';
import type { Head } from '../domain/head.ts';
import { quoted } from '../domain/shell.ts';
import type { Status } from '../engine/status.ts';
import { atTime, between } from './render/words.ts';

/** What a person who asks for the status is told, and the one thing to type. */
export interface Situation {
  /** One word, for machines. */
  readonly outcome: string;
  readonly says: string;
  readonly next: string;
}

const say = (outcome: string, says: string, next: string): Situation => ({ outcome, says, next });

/** The most pressing situation first: what readers may see half of, what cannot be asked, what runs, what waits. */
export function situationOf(s: Status): Situation {
  const store = s.store.up ? s.store.value : null;
  return (
    broken(s) ??
    running(s) ??
    unrecorded(s) ??
    waiting(s) ??
    (s.current && watched(s, s.current)) ??
    ended(s) ??
    (store && s.current?.back ? rolledBack(s, s.current, store.head) : null) ??
    standing(s)
  );
}

function broken(s: Status): Situation | null {
  const { inFlight: cut } = s;
  if (cut && (cut.done > 0 || cut.foreign.length > 0) && !s.holder?.alive) {
    const others = cut.foreign.length > 0 ? ` Somebody else changed ${cut.foreign.join(', ')}.` : '';
    return say(
      'indeterminate',
      `INDETERMINATE: the cutover of ${cut.release} stopped with ${cut.done} of ${cut.of} changed.${others}`,
      cut.foreign.length > 0 ? 'lastgreen rollback' : 'lastgreen resume',
    );
  }
  if (!s.store.up && !s.warehouse.up)
    return say('down', 'store and warehouse are down; nobody can tell what is live.', 'lastgreen doctor');
  if (!s.warehouse.up)
    return say('warehouse-down', `${liveBy(s, 'the store')}; the warehouse is down.`, 'lastgreen doctor');
  if (!s.store.up)
    return say(
      'store-down',
      `${liveBy(s, 'the mark')}; the store is down.`,
      s.live ? 'lastgreen rollback --without-store (when needed)' : 'lastgreen doctor',
    );
  if (s.foreign)
    return say(
      'foreign',
      `${liveBy(s, 'the mark')}; another store than this one released it.`,
      'lastgreen runbook lineage',
    );
  return null;
}

const liveBy = (s: Status, whom: string): string =>
  s.live ? `${s.live.release} is live by ${whom}` : `nothing is live by ${whom}`;

function running(s: Status): Situation | null {
  if (s.holder?.alive)
    return say(
      'running',
      `${s.holder.by} is running ${s.holder.command}; last heartbeat ${between(new Date(Date.parse(s.now) - s.holder.ageMs).toISOString(), s.now)} ago.`,
      'lastgreen status',
    );
  if (s.holder && (s.inFlight || s.candidate?.state.state === 'building')) {
    return say(
      'died',
      `${s.holder.command} died${s.candidate ? ` while it worked on ${s.candidate.id}` : ''}; ${unchanged(s)}.`,
      'lastgreen resume',
    );
  }
  return null;
}

/** What is live was not written down: whatever waits was not told that something else went live. */
const unrecorded = (s: Status): Situation | null =>
  s.differs === null ? null : say('differs', `${s.differs}.`, 'lastgreen resume');

function waiting(s: Status): Situation | null {
  if (!s.candidate) return null;
  const { id, state, startedAt } = s.candidate;
  const at = `${between(s.candidate.entries.at(-1)?.at ?? startedAt, s.now)} ago`;
  if (state.state === 'verified')
    return say('verified', `${id} verified ${at}; ${unchanged(s)}.`, `lastgreen promote ${id}`);
  if (state.state === 'waiting')
    return say(
      'waiting',
      `${id} waits for a person: ${state.on.join(', ')} came to no verdict; ${unchanged(s)}.`,
      `lastgreen promote ${id} --accept ${quoted(state.on[0] ?? 'CHECK')} --reason TEXT`,
    );
  if (state.state === 'building')
    return say('died', `the build of ${id} ended without a verdict; ${unchanged(s)}.`, 'lastgreen resume');
  return null;
}

const unchanged = (s: Status): string => (s.live ? `${s.live.release} is live` : 'nothing is live yet');

function watched(s: Status, current: ReleaseRecord): Situation | null {
  if (current.state.state !== 'live') return null;
  if (current.because !== null)
    return say(
      'not-green',
      `${current.id} is live and not green: ${current.because.split('\n')[0] ?? ''}.`,
      `lastgreen show ${current.id}`,
    );
  const { watchUntil } = current.state;
  const until =
    Date.parse(watchUntil) > Date.parse(s.now) ? `until ${atTime(watchUntil, s.now)}` : 'until its watch is finished';
  return say('watch', `${current.id} is live, not green ${until}.`, `lastgreen promote ${current.id} --watch`);
}

/** Incrementals went back too: a refresh catches them up, once. */
function rolledBack(s: Status, current: ReleaseRecord, head: Head | null): Situation | null {
  const runs = s.store.up ? s.store.value.history.runs : [];
  const caughtUp = runs.some((run) => current.liveAt !== null && run.at > current.liveAt);
  const hold = head?.hold ? '; a hold stops deploy and promote' : '';
  const further = s.further ? `; back to ${s.further.id} possible until ${atTime(s.further.until, s.now)}` : '';
  return say(
    'rolled-back',
    `the content of ${current.content} is live (${current.id})${hold}${further}.`,
    caughtUp ? 'lastgreen plan' : 'lastgreen refresh',
  );
}

/** The newest release did not get anywhere, and live is older than it. */
function ended(s: Status): Situation | null {
  const history = s.store.up ? s.store.value.history : null;
  const id = history?.order.at(-1);
  const newest = id && history?.releases.get(id);
  if (!newest || newest.id === s.live?.release) return null;
  if (newest.state.state !== 'rejected' && newest.state.state !== 'superseded') return null;
  const since = s.current?.liveAt ? `, untouched since ${atTime(s.current.liveAt, s.now)}` : '';
  return say(
    newest.state.state,
    `${newest.id} was ${newest.state.state}; ${unchanged(s)}${since}.`,
    `lastgreen show ${newest.id}`,
  );
}

function standing(s: Status): Situation {
  if (!s.live) {
    return s.unadopted
      ? say('unadopted', 'nothing is released; the live names are held by what no release built.', 'lastgreen adopt')
      : say('empty', 'nothing is live yet.', 'lastgreen deploy');
  }
  const back = s.back ? `; back to ${s.back.id} possible${untilOf(s)}` : '';
  return say('green', `${s.live.release} is live and green${back}.`, 'lastgreen plan');
}

const untilOf = (s: Status): string =>
  s.current?.keptUntil && s.back ? ` until ${atTime(s.current.keptUntil, s.now)}` : '';
