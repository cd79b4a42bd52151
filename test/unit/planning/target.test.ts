import { describe, expect, it } from 'vitest';
import type { Mark } from '../../../src/domain/cutover.ts';
import { fold, type History } from '../../../src/domain/fold.ts';
import { fence, type ReleaseId, releaseNumber, sha } from '../../../src/domain/ids.ts';
import type { Entry, JournalEvent } from '../../../src/domain/journal.ts';
import type { ReleaseKind } from '../../../src/domain/release.ts';
import { type Asked, chooseTarget, defaultTarget, releasesSince } from '../../../src/planning/target.ts';
import { release } from './world.ts';

/** One release a minute after ten, in the order of their numbers. */
interface Told {
  readonly is?: 'green' | 'watched' | 'rejected';
  readonly kind?: ReleaseKind;
  readonly back?: string;
  readonly reverts?: string;
}

function history(story: Readonly<Record<string, Told>>, runs: Readonly<Record<string, string>> = {}): History {
  const entries: Entry[] = [];
  const say = (f: number, at: string, event: JournalEvent): void => {
    entries.push({ schema: 'lastgreen/journal/1', fence: fence(f), n: entries.length + 1, at, by: 'ci', event });
  };
  for (const [text, { is = 'green', kind = 'deploy', back, reverts }] of Object.entries(story)) {
    const id = release(text);
    const n = releaseNumber(id);
    const at = `2026-11-21T10:${n}:00.000Z`;
    const to =
      back === undefined ? {} : { back: { to: release(back), from: release(reverts ?? back), strategy: 'swap' } };
    say(n, at, {
      is: 'started',
      release: id,
      kind: back === undefined ? kind : 'rollback',
      sha: sha(text),
      subject: '',
      command: 'deploy',
      ...to,
    });
    if (is === 'rejected') {
      say(n, at, { is: 'rejected', release: id, failed: [], because: 'x' });
      continue;
    }
    say(n, at, { is: 'cutting', release: id, back: false });
    say(n, at, { is: 'live', release: id, watchUntil: at, windowMs: 0, ms: 0 });
    if (is === 'green') say(n, at, { is: 'green', release: id, keptUntil: at });
    if (reverts !== undefined) say(n, at, { is: 'reverted', release: release(reverts), because: 'wrong', by: id });
  }
  for (const [number, at] of Object.entries(runs))
    say(Number(number), at, {
      is: 'run',
      number: fence(Number(number)),
      sha: sha('x'),
      nodes: 1,
      ok: true,
      ms: 1,
      arguments: [],
    });
  return fold(entries);
}

const live = (text: string, content = text, back = false): Mark => ({
  lineage: 'x',
  fence: fence(1),
  release: release(text),
  content: release(content),
  sha: sha('x'),
  back,
  previous: null,
  token: null,
  at: '',
});
const nothing: Asked = { to: null, at: null, strategy: null, acceptLoss: [] };
const choose = (of: History, mark: Mark, asked: Partial<Asked> = {}) =>
  chooseTarget({ asked: { ...nothing, ...asked }, history: of, mark });
const at = (minute: number) => ({ at: new Date(`2026-11-21T10:${minute}:30Z`) });
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('where a rollback goes', () => {
  it('goes to the newest green release before what is live, over rejected and unwatched ones', () => {
    const of = history({ r40: {}, r41: {}, r42: { is: 'rejected' }, r43: { is: 'watched' } });
    expect(choose(of, live('r43'))).toEqual({ target: 'r41', alreadyBack: false });
  });

  it('goes past a release that was reverted', () => {
    const of = history({ r40: {}, r41: {}, r42: { back: 'r40', reverts: 'r41' }, r43: {} });
    expect(choose(of, live('r43'))).toEqual({ target: 'r40', alreadyBack: false });
  });

  it('changes nothing when live is a rollback already', () => {
    const of = history({ r41: {}, r42: {}, r43: { back: 'r41', reverts: 'r42' } });
    expect(choose(of, live('r43', 'r41', true))).toEqual({ target: 'r41', alreadyBack: true });
  });

  it('goes further back, or forward again, when it is asked to', () => {
    const of = history({ r40: {}, r41: {}, r42: {}, r43: { back: 'r41', reverts: 'r42' } });
    const mark = live('r43', 'r41', true);
    expect(choose(of, mark, { to: release('r40') })).toEqual({ target: 'r40', alreadyBack: false });
    expect(choose(of, mark, { to: release('r42') })).toEqual({ target: 'r42', alreadyBack: false });
  });

  it('takes a rollback by its number for what it went back to', () => {
    const of = history({ r41: {}, r42: {}, r43: { back: 'r41', reverts: 'r42' }, r44: {} });
    expect(choose(of, live('r44'), { to: release('r43') }).target).toBe('r41');
    expect(choose(of, live('r44')).target).toBe('r41');
  });

  it('builds once more what is live when that is what was asked', () => {
    const of = history({ r41: {}, r42: {}, r43: { back: 'r41', reverts: 'r42' } });
    expect(choose(of, live('r43', 'r41', true), { strategy: 'rebuild' })).toEqual({
      target: 'r41',
      alreadyBack: false,
    });
  });

  it('goes to what was live at a time', () => {
    const of = history({ r40: {}, r41: {}, r42: {} });
    expect(choose(of, live('r42'), at(41)).target).toBe('r41');
    expect(choose(of, live('r42'), at(55))).toEqual({ target: 'r42', alreadyBack: true });
    expect(() => choose(of, live('r42'), at(39))).toThrowError(code('NO_WAY_BACK'));
  });

  it('does not pretend that rows can go back to before a refresh of what is live', () => {
    const of = history({ r41: {}, r42: {} }, { 43: '2026-11-21T10:43:00.000Z' });
    expect(() => choose(of, live('r42'), at(42))).toThrowError(
      expect.objectContaining({ code: 'NO_WAY_BACK', message: expect.stringContaining('run 43 wrote to it since') }),
    );
    expect(choose(of, live('r42'), at(44)).alreadyBack).toBe(true);
  });

  it('says so when there is nowhere to go', () => {
    expect(() => choose(history({ r42: {} }), live('r42'))).toThrowError(code('NO_WAY_BACK'));
    expect(() =>
      choose(history({ r41: { is: 'rejected' }, r42: {} }), live('r42'), { to: release('r41') }),
    ).toThrowError(code('NO_WAY_BACK'));
    expect(() => choose(history({ r42: {} }), live('r42'), { to: release('r9') })).toThrowError(
      code('RELEASE_UNKNOWN'),
    );
  });

  it('is known for status too', () => {
    const of = history({ r41: {}, r42: {} });
    expect(defaultTarget(of, release('r42'))?.id).toBe('r41');
    expect(defaultTarget(of, release('r41'))).toBeNull();
  });
});

it('knows what came between the target and what is live', () => {
  const since = (of: History, target: string): readonly ReleaseId[] =>
    releasesSince(release(target), of).map(({ id }) => id);
  const of = history({
    r40: {},
    r41: {},
    r42: { is: 'rejected' },
    r43: {},
    r44: { back: 'r41', reverts: 'r43' },
    r45: {},
  });
  expect(since(of, 'r40')).toEqual(['r45', 'r44', 'r43', 'r41']);
  // What r45 displaced is the content of r41 as r44 had brought it back.
  expect(since(of, 'r41')).toEqual(['r45']);
});
