import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/change.ts';
import type { CutoverPlan, Mark, Seal } from '../../../src/domain/cutover.ts';
import { LastgreenError } from '../../../src/domain/errors.ts';
import type { Head } from '../../../src/domain/head.ts';
import { checkId, fence, nodeId, objectId, releaseOf, sha } from '../../../src/domain/ids.ts';
import type { JournalEvent } from '../../../src/domain/journal.ts';
import type { Container, Relation } from '../../../src/domain/relation.ts';
import type { Answer } from '../../../src/domain/verdict.ts';
import { decodeCutover, decodeEntry, decodeHead, encode } from '../../../src/engine/documents/codec.ts';
import { keysOf } from '../../../src/engine/documents/keys.ts';

const at = '2026-11-21T10:00:00.000Z';
const commit = sha('0123456789abcdef0123456789abcdef01234567');
const r41 = releaseOf(fence(41));
const r42 = releaseOf(fence(42));
const orders: Relation = { location: '/data/x.duckdb', database: 'x', schema: 'Main "q"', identifier: 'orders 🟢' };
const side: Container = { location: '/data/x.duckdb', database: 'x', schema: null };

const head: Head = {
  schema: 'lastgreen/head/1',
  environment: 'prod',
  lineage: 'a1b2',
  revision: 7,
  nonce: 'n',
  fence: fence(42),
  lease: {
    holder: { host: 'ci-1', bootId: 'b', pid: 12, startedAt: '77', user: 'ci' },
    fence: fence(42),
    command: 'deploy',
    since: at,
    ttlMs: 60_000,
    stopRequestedBy: null,
  },
  inFlight: { release: r42, fence: fence(42), kind: 'cutover', run: null, reverses: null },
  live: { release: r41, content: r41, sha: commit, fence: fence(41), since: at, watchUntil: null },
  hold: {
    reason: 'orders drop rows',
    by: 'ada',
    since: at,
    reverted: { release: r42, definitions: { [nodeId('model.shop.orders')]: 'h' } },
  },
  ledger: 'prod/ledger/x.json',
  candidate: null,
  hmacKey: 'AAAA',
};

const mark: Mark = {
  lineage: 'a1b2',
  fence: fence(42),
  release: r42,
  content: r42,
  sha: commit,
  back: false,
  previous: { release: r41, content: r41, sha: commit },
  token: null,
  at,
};

const object = { is: 'object', id: objectId('o1') } as const;
const claims = { before: [[orders, object]], after: [[side, { is: 'absent' }]] } as const;
const changes: readonly Change[] = [
  { ...claims, do: 'exchange', a: orders, b: { ...orders, schema: 'green' } },
  { ...claims, do: 'point', name: side, to: side, was: null },
  { ...claims, do: 'move', what: 'container', from: side, to: side },
  { ...claims, do: 'define', view: orders, sql: 'select 1', was: null },
];

const seal: Seal = { release: r42, fence: fence(42), sides: [side], fingerprints: [[orders, 'f']], token: 't' };
const answer: Answer = {
  check: {
    id: checkId('smoke:x'),
    gate: 'smoke',
    at: 'sealed',
    severity: 'fail',
    timeoutMs: 1,
    title: 't',
    node: null,
  },
  verdict: { verdict: 'fail', expected: '1', observed: '2', sql: 'select' },
  ms: 3.5,
};

const because = 'for a reason';
const back = { to: r41, from: r42, strategy: 'swap' };
const started = { release: r42, sha: commit, subject: 's', command: 'deploy' } as const;
/** One of each, by its word: an event that the domain gains is missed here. */
const events: { readonly [W in JournalEvent['is']]: Extract<JournalEvent, { is: W }> } = {
  started: { is: 'started', kind: 'rollback', ...started, back },
  built: { is: 'built', release: r42, nodes: 3, ms: 1.25, dbtMs: 1 },
  sealed: { is: 'sealed', release: r42, seal },
  gated: {
    is: 'gated',
    release: r42,
    at: 'live',
    answers: [answer, { ...answer, accepted: { reason: 'r', by: 'b' } }],
  },
  verified: { is: 'verified', release: r42 },
  rejected: { is: 'rejected', release: r42, failed: ['smoke:x'], because },
  waiting: { is: 'waiting', release: r42, on: ['smoke:x'] },
  superseded: { is: 'superseded', release: r41, by: r42 },
  aborted: { is: 'aborted', release: r42, because },
  cutting: { is: 'cutting', release: r42, back: true },
  'not-cut': { is: 'not-cut', release: r42, because },
  live: { is: 'live', release: r42, watchUntil: at, windowMs: 0.5, ms: 2 },
  green: { is: 'green', release: r42, keptUntil: at },
  'not-green': { is: 'not-green', release: r42, because },
  reversing: { is: 'reversing', release: r41, by: r42 },
  reverted: { is: 'reverted', release: r41, because, by: r42 },
  restored: { is: 'restored', release: r41, by: r42 },
  replaced: { is: 'replaced', release: r41, by: r42 },
  hold: { is: 'hold', reason: because, release: null },
  'hold-released': { is: 'hold-released', reason: because },
  run: { is: 'run', number: fence(43), sha: commit, nodes: 2, ok: true, ms: 1, arguments: ['-s', 'orders'] },
  'took-over': { is: 'took-over', from: 'ada@ci (pid 1)', fence: fence(41) },
  mended: { is: 'mended', what: because },
  failed: { is: 'failed', release: r42, code: 'DBT_FAILED', message: because },
  pruned: { is: 'pruned', what: ['r1'] },
};

const code = (act: () => unknown): string => {
  try {
    act();
    return 'nothing was thrown';
  } catch (error) {
    return error instanceof LastgreenError ? `${error.code}: ${error.message}` : String(error);
  }
};

describe('a document in the store', () => {
  it('comes back as it was written: head', () => {
    expect(decodeHead('prod/head.json', encode(head))).toEqual(head);
  });

  it.each(Object.values(events))('comes back as it was written: journal, $is', (event) => {
    const entry = { schema: 'lastgreen/journal/1' as const, fence: fence(42), n: 3, at, by: 'ada', event };
    expect(decodeEntry('prod/journal/x', encode(entry))).toEqual(entry);
  });

  it('comes back as it was written: cutover, with every kind of change', () => {
    const cutover: CutoverPlan = { release: r42, changes, visible: 2, mark, kept: [side] };
    expect(decodeCutover('prod/x', encode(cutover))).toEqual(cutover);
  });

  it('is the same bytes for the same meaning, and ends its line', () => {
    const reversed = Object.fromEntries(Object.entries(head).toReversed());
    expect(encode(reversed)).toEqual(encode(head));
    expect(Buffer.from(encode(head)).toString().endsWith('}\n')).toBe(true);
  });

  it('is corrupt when it was cut off, wherever that was, and the error names it', () => {
    const whole = encode(head);
    // Without the last two bytes: the end of the line alone may go.
    for (let length = 0; length < whole.byteLength - 1; length++) {
      const said = code(() => decodeHead('prod/head.json', whole.subarray(0, length)));
      expect(said).toMatch(/^STORE_CORRUPT: prod\/head\.json in the store cannot be read/);
    }
  });

  it.each([
    ['another kind of document', { ...head, schema: 'lastgreen/head/2' }, 'schema'],
    ['a text for a number', { ...head, fence: '42' }, 'fence'],
    ['no release', { ...head, candidate: '42' }, 'candidate'],
    ['a missing field', { ...head, nonce: undefined }, 'nonce'],
    ['no list', [head], ''],
  ])('is corrupt with %s, and the error says where', (_, document, where) => {
    expect(code(() => decodeHead('prod/head.json', encode(document)))).toMatch(
      new RegExp(`STORE_CORRUPT: .*cannot be read: ${where}`),
    );
  });
});

describe('keys in the store', () => {
  const keys = keysOf('prod');

  it('sort as the events happened', () => {
    const moment = fc.tuple(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 1, max: 9_999 }));
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 30 }), (moments) => {
        const byTime = moments.toSorted(([f, n], [g, m]) => f - g || n - m).map(([f, n]) => keys.entry(fence(f), n));
        expect(byTime).toEqual(byTime.toSorted());
      }),
    );
  });

  it('lie below the prefix by which they are listed', () => {
    expect(keys.entry(fence(42), 3)).toBe('prod/journal/000000042-0003.json');
    expect(keys.plan(r42, fence(43))).toBe('prod/releases/r42/plan.000000043.json');
    expect(keys.plan(r42, fence(43)).startsWith(keys.plans(r42))).toBe(true);
    expect(keys.cutover(r42, fence(43)).startsWith(keys.cutovers(r42))).toBe(true);
    expect(keys.artifact(r42, 'manifest.json').startsWith(keys.release(r42))).toBe(true);
    expect(keys.release(releaseOf(fence(4))).startsWith(keys.release(r42))).toBe(false);
    expect(keys.release(r42).startsWith(keys.release(releaseOf(fence(4))))).toBe(false);
  });
});
