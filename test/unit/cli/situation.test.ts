import { describe, expect, test } from 'vitest';
import { situationOf } from '../../../src/cli/situation.ts';
import { fold } from '../../../src/domain/fold.ts';
import type { Head } from '../../../src/domain/head.ts';
import { checkId, fence, type ReleaseId, releaseOf, sha } from '../../../src/domain/ids.ts';
import type { JournalEvent } from '../../../src/domain/journal.ts';
import type { Status } from '../../../src/engine/status.ts';

const NOW = '2026-11-21T12:00:00.000Z';
const r = (n: number): ReleaseId => releaseOf(fence(n));
const commit = sha('a1b2c3d4e5f60718293a4b5c6d7e8f9001122334');

const started = (n: number, kind: 'deploy' | 'rollback' = 'deploy'): JournalEvent => ({
  is: 'started',
  release: r(n),
  kind,
  sha: commit,
  subject: `change ${n}`,
  command: kind,
  ...(kind === 'rollback' ? { back: { to: r(1), from: r(n - 1), strategy: 'swap' } } : {}),
});
const went = (n: number, watchUntil = NOW): JournalEvent[] => [
  started(n),
  { is: 'verified', release: r(n) },
  { is: 'cutting', release: r(n), back: false },
  { is: 'live', release: r(n), watchUntil, windowMs: 0, ms: 5 },
];
const green = (n: number): JournalEvent[] => [
  ...went(n),
  { is: 'green', release: r(n), keptUntil: '2026-11-24T12:00:00.000Z' },
];

const historyOf = (events: readonly JournalEvent[]) =>
  fold(
    events.map((event, index) => ({
      schema: 'lastgreen/journal/1',
      fence: fence(1),
      n: index + 1,
      at: '2026-11-20T22:00:00.000Z',
      by: 'ci@build (pid 7)',
      event,
    })),
  );

/** A status as the engine tells it after these events, with what is live, and more. */
function after(
  events: readonly JournalEvent[],
  live: number | null,
  more: Partial<Status> & { candidate_?: number; hold?: Head['hold'] } = {},
): Status {
  const { candidate_, hold = null, ...rest } = more;
  const history = historyOf(events);
  const current = live === null ? null : (history.releases.get(r(live)) ?? null);
  const head: Head = {
    schema: 'lastgreen/head/1',
    environment: 'prod',
    lineage: 'l',
    revision: 1,
    nonce: 'n',
    fence: fence(9),
    lease: null,
    inFlight: null,
    live: null,
    hold,
    ledger: null,
    candidate: null,
    hmacKey: '',
  };
  return {
    environment: 'prod',
    now: NOW,
    store: { up: true, value: { head, ageMs: 0, history } },
    warehouse: { up: true, value: { standing: { mark: null, claimed: fence(9) }, kept: [] } },
    live: current && { release: current.id, content: current.content, sha: commit },
    unadopted: false,
    holder: null,
    candidate: (candidate_ !== undefined && history.releases.get(r(candidate_))) || null,
    current,
    inFlight: null,
    differs: null,
    foreign: false,
    back: null,
    further: null,
    ...rest,
  };
}

const down = { up: false, because: 'ENOENT' } as const;
const holder = (alive: boolean) => ({ alive, command: 'deploy', by: 'ci@build (pid 7)', since: NOW, ageMs: 4_000 });
const hold = { reason: 'r2 was rolled back to r1', by: 'me', since: NOW, reverted: null };

describe('status says what is so, and one command', () => {
  const cases: readonly (readonly [what: string, status: Status, says: string, next: string])[] = [
    ['nothing released', after([], null), 'nothing is live yet.', 'lastgreen deploy'],
    ['names are held', after([], null, { unadopted: true }), 'held by what no release built', 'lastgreen adopt'],
    ['green', after(green(1), 1), 'r1 is live and green.', 'lastgreen plan'],
    [
      'another store',
      after(green(1), 1, { foreign: true }),
      'another store than this one',
      'lastgreen runbook lineage',
    ],
    [
      'a verified release waits',
      after([...green(1), started(2), { is: 'verified', release: r(2) }], 1, { candidate_: 2 }),
      'r2 verified 14 h ago; r1 is live.',
      'lastgreen promote r2',
    ],
    [
      'what waits went live, and nobody wrote it down',
      after([...green(1), started(2), { is: 'verified', release: r(2) }], 1, {
        candidate_: 2,
        differs: 'the mark says r2 is live, the store says r1',
      }),
      'the mark says r2 is live, the store says r1.',
      'lastgreen resume',
    ],
    [
      'a release waits for a person',
      after([...green(1), started(2), { is: 'waiting', release: r(2), on: [checkId('smoke:orders kept')] }], 1, {
        candidate_: 2,
      }),
      'r2 waits for a person: smoke:orders kept came to no verdict',
      "lastgreen promote r2 --accept 'smoke:orders kept' --reason TEXT",
    ],
    [
      'a watch',
      after(went(1, '2026-11-21T12:10:00.000Z'), 1),
      'r1 is live, not green until',
      'lastgreen promote r1 --watch',
    ],
    [
      'a watch that nobody finished',
      after(went(1, '2026-11-21T11:00:00.000Z'), 1),
      'r1 is live, not green until its watch is finished.',
      'lastgreen promote r1 --watch',
    ],
    [
      'not green',
      after([...went(1), { is: 'not-green', release: r(1), because: 'smoke:x' }], 1),
      'r1 is live and not green: smoke:x.',
      'lastgreen show r1',
    ],
    [
      'rejected',
      after([...green(1), started(2), { is: 'rejected', release: r(2), failed: [], because: 'x' }], 1),
      'r2 was rejected; r1 is live, untouched since',
      'lastgreen show r2',
    ],
    [
      'at work',
      after(green(1), 1, { holder: holder(true) }),
      'ci@build (pid 7) is running deploy; last heartbeat 4.0 s ago.',
      'lastgreen status',
    ],
    [
      'a build that died',
      after([...green(1), started(2)], 1, { candidate_: 2, holder: holder(false) }),
      'deploy died while it worked on r2; r1 is live.',
      'lastgreen resume',
    ],
    [
      'a build that ended without a word',
      after([...green(1), started(2)], 1, { candidate_: 2 }),
      'the build of r2 ended without a verdict; r1 is live.',
      'lastgreen resume',
    ],
    [
      'cut in the middle',
      after(green(1), 1, { inFlight: { release: 'r2', done: 3, of: 9, foreign: [] } }),
      'INDETERMINATE: the cutover of r2 stopped with 3 of 9 changed.',
      'lastgreen resume',
    ],
    [
      'the store is down',
      after(green(1), 1, { store: down }),
      'r1 is live by the mark; the store is down.',
      'lastgreen rollback --without-store (when needed)',
    ],
    [
      'the warehouse is down',
      after(green(1), 1, { warehouse: down }),
      'r1 is live by the store; the warehouse is down.',
      'lastgreen doctor',
    ],
    [
      'both are down',
      after([], null, { store: down, warehouse: down }),
      'nobody can tell what is live.',
      'lastgreen doctor',
    ],
  ];

  test.each(cases)('%s', (_, status, says, next) => {
    const found = situationOf(status);
    expect(found.says).toContain(says);
    expect(found.next).toBe(next);
  });

  const back: JournalEvent[] = [
    ...green(1),
    ...green(2),
    started(3, 'rollback'),
    { is: 'cutting', release: r(3), back: true },
    { is: 'live', release: r(3), watchUntil: NOW, windowMs: 0, ms: 5 },
    { is: 'green', release: r(3), keptUntil: NOW },
  ];

  test('after a rollback the incrementals are caught up first, and the hold is named', () => {
    const found = situationOf(after(back, 3, { hold }));
    expect(found.says).toBe('the content of r1 is live (r3); a hold stops deploy and promote.');
    expect(found.next).toBe('lastgreen refresh');
  });

  test('after a rollback a kept side says how far further back it goes', () => {
    const further = { id: r(1), until: '2026-11-24T12:00:00.000Z' };
    expect(situationOf(after(back, 3, { further })).says).toMatch(/ is live \(r3\); back to r1 possible until Nov 24 /);
  });

  test('a release that was stopped since is what to look at', () => {
    const stopped: JournalEvent = { is: 'rejected', release: r(4), failed: [], because: 'dbt failed' };
    expect(situationOf(after([...back, started(4), stopped], 3, { hold })).next).toBe('lastgreen show r4');
  });

  test('a release under way is more pressing than what it will replace', () => {
    const found = situationOf(after([...back, started(4)], 3, { candidate_: 4, hold, holder: holder(true) }));
    expect(found.outcome).toBe('running');
  });
});
