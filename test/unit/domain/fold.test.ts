import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, type History } from '../../../src/domain/fold.ts';
import { fence, parseReleaseId, type ReleaseId, sha } from '../../../src/domain/ids.ts';
import type { Entry, JournalEvent } from '../../../src/domain/journal.ts';

const release = (text: string): ReleaseId => {
  const id = parseReleaseId(text);
  if (!id) throw new RangeError(text);
  return id;
};
const [r41, r42, r43, r44] = [release('r41'), release('r42'), release('r43'), release('r44')];

const entries = (story: Readonly<Record<number, readonly JournalEvent[]>>): readonly Entry[] =>
  Object.entries(story).flatMap(([f, events]) =>
    events.map(
      (event, i): Entry => ({
        schema: 'lastgreen/journal/1',
        fence: fence(Number(f)),
        n: i + 1,
        at: `2026-11-21T10:${f}:0${i}.000Z`,
        by: 'ci@host',
        event,
      }),
    ),
  );

const started = (id: ReleaseId): JournalEvent => ({
  is: 'started',
  release: id,
  kind: 'deploy',
  sha: sha(`sha-${id}`),
  subject: `change ${id}`,
  command: 'deploy',
});
const back = (id: ReleaseId, from: ReleaseId, to: ReleaseId): JournalEvent =>
  ({ ...started(id), is: 'started', kind: 'rollback', back: { from, to, strategy: 'swap' } }) as JournalEvent;
const live = (id: ReleaseId): JournalEvent => ({
  is: 'live',
  release: id,
  watchUntil: '2026-11-21T11:00:00.000Z',
  windowMs: 0,
  ms: 5,
});
const green = (id: ReleaseId): JournalEvent => ({ is: 'green', release: id, keptUntil: '2026-11-24T11:00:00.000Z' });
const cutting = (id: ReleaseId): JournalEvent => ({ is: 'cutting', release: id, back: false });
const toLive = (id: ReleaseId): readonly JournalEvent[] => [
  started(id),
  { is: 'verified', release: id },
  cutting(id),
  live(id),
];
const reverted = (id: ReleaseId, by: ReleaseId): JournalEvent => ({
  is: 'reverted',
  release: id,
  because: 'wrong totals',
  by,
});
const replaced = (id: ReleaseId, by: ReleaseId): JournalEvent => ({ is: 'replaced', release: id, by });

const stateOf = (history: History, id: ReleaseId): string | undefined => history.releases.get(id)?.state.state;

describe('the history that the journal tells', () => {
  it('knows no last green release while the first one is being watched', () => {
    const history = fold(entries({ 41: toLive(r41) }));
    expect(stateOf(history, r41)).toBe('live');
    expect(history.lastGreen).toBeNull();
  });

  it('keeps the earlier release as the last green one until the watch of the next has ended', () => {
    const during = { 41: [...toLive(r41), green(r41)], 42: [...toLive(r42), replaced(r41, r42)] };
    expect(fold(entries(during)).lastGreen?.id).toBe(r41);
    expect(fold(entries({ ...during, 43: [green(r42)] })).lastGreen?.id).toBe(r42);
  });

  it('never calls a release green that was replaced during its watch', () => {
    const history = fold(
      entries({ 41: [...toLive(r41), green(r41)], 42: toLive(r42), 43: [...toLive(r43), replaced(r42, r43)] }),
    );
    expect(stateOf(history, r42)).toBe('replaced');
    expect(history.releases.get(r42)?.greenAt).toBeNull();
    expect(history.lastGreen?.id).toBe(r41);
  });

  it('takes a reverted release out of the way and gives the rollback the content it went back to', () => {
    const history = fold(
      entries({
        41: [...toLive(r41), green(r41)],
        42: [...toLive(r42), green(r42)],
        43: [back(r43, r42, r41), cutting(r43), live(r43), reverted(r42, r43), green(r43)],
      }),
    );
    expect(stateOf(history, r42)).toBe('reverted');
    expect(history.lastGreen).toMatchObject({ id: r43, content: r41, back: { to: r41, from: r42 } });
  });

  it('leaves the last green release alone when a rollback was not cut', () => {
    const history = fold(
      entries({
        41: [...toLive(r41), green(r41)],
        42: [...toLive(r42), green(r42)],
        43: [
          back(r43, r42, r41),
          { is: 'reversing', release: r42, by: r43 },
          cutting(r43),
          { is: 'not-cut', release: r43, because: 'busy' },
          { is: 'restored', release: r42, by: r43 },
        ],
      }),
    );
    expect(stateOf(history, r42)).toBe('green');
    expect(history.lastGreen?.id).toBe(r42);
  });

  it('leaves a release verified when its cutover changed nothing', () => {
    const history = fold(
      entries({
        41: [
          started(r41),
          { is: 'verified', release: r41 },
          cutting(r41),
          { is: 'not-cut', release: r41, because: 'a lock was not granted' },
        ],
      }),
    );
    expect(history.releases.get(r41)).toMatchObject({
      state: { state: 'verified' },
      because: 'a lock was not granted',
      liveAt: null,
    });
  });

  it('holds a new seal for unverified until its gates have passed again', () => {
    const seal = { release: r41, fence: fence(41), sides: [], fingerprints: [], token: 't' };
    const once: readonly JournalEvent[] = [
      started(r41),
      { is: 'sealed', release: r41, seal },
      { is: 'verified', release: r41 },
    ];
    expect(stateOf(fold(entries({ 41: once })), r41)).toBe('verified');
    const again = fold(entries({ 41: [...once, { is: 'sealed', release: r41, seal: { ...seal, token: 'u' } }] }));
    expect(again.releases.get(r41)).toMatchObject({ state: { state: 'building' }, seal: { token: 'u' } });
  });

  it('counts what a successor records again as one step', () => {
    const history = fold(entries({ 41: toLive(r41), 42: [live(r41), green(r41), green(r41)] }));
    expect(stateOf(history, r41)).toBe('green');
  });

  it('orders releases by number and lists runs apart from them', () => {
    const run: JournalEvent = {
      is: 'run',
      number: fence(44),
      sha: sha('abc'),
      nodes: 3,
      ok: true,
      ms: 10,
      arguments: [],
    };
    const history = fold(
      entries({ 9: [started(release('r9'))], 41: [started(r41)], 100: [started(release('r100'))], 44: [run] }),
    );
    expect(history.order).toEqual(['r9', 'r41', 'r100']);
    expect(history.runs).toMatchObject([{ number: 44, nodes: 3, ok: true, by: 'ci@host' }]);
  });

  it('comes to the same however the entries are listed', () => {
    const story = entries({
      41: [...toLive(r41), green(r41)],
      42: [...toLive(r42), replaced(r41, r42), green(r42)],
      43: [back(r43, r42, r41), cutting(r43), live(r43), reverted(r42, r43), green(r43)],
      44: [started(r44), { is: 'rejected', release: r44, failed: ['test:orders'], because: 'rows dropped' }],
    });
    const told = fold(story);
    fc.assert(
      fc.property(fc.shuffledSubarray([...story], { minLength: story.length }), (listed) => {
        expect(fold(listed)).toEqual(told);
      }),
    );
  });
});

describe('a journal that cannot be right', () => {
  it.each<[string, readonly JournalEvent[]]>([
    ['goes live after it was aborted', [started(r41), { is: 'aborted', release: r41, because: 'asked' }, live(r41)]],
    ['becomes green without having been live', [started(r41), green(r41)]],
    [
      'is cut over after it was rejected',
      [started(r41), { is: 'rejected', release: r41, failed: [], because: 'x' }, cutting(r41)],
    ],
    ['never started', [live(r41)]],
  ])('is refused when a release %s, naming the entry', (_, events) => {
    expect(() => fold(entries({ 41: events }))).toThrowError(
      expect.objectContaining({
        code: 'STORE_CORRUPT',
        message: expect.stringContaining(`journal/41-${events.length}`),
      }),
    );
  });
});
