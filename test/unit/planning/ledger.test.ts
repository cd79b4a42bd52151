import { describe, expect, it } from 'vitest';
import type { Seal } from '../../../src/domain/cutover.ts';
import { fence } from '../../../src/domain/ids.ts';
import { ledgerAfter } from '../../../src/planning/ledger.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { facts, fileSides, model, named, node, onLive, project, release } from './world.ts';

const of = (body: string) => project([node('a', { body }), node('b')], { sources: { raw: named('raw') } });
const [r41, r42, r43] = [release('r41'), release('r42'), release('r43')];
const first = makePlan(facts(null, of('old')));
const second = makePlan(facts(of('old'), of('new')));
const sealed = (number: typeof r41, ...names: readonly (readonly [string, string])[]): Seal => {
  const side = { ...fileSides.live[0], location: `/${number}` };
  return {
    release: number,
    fence: fence(1),
    sides: [side],
    fingerprints: names.map(([name, text]) => [{ ...named(name), location: side.location }, text]),
    token: 't',
  };
};

const initial = ledgerAfter({
  plan: first,
  release: r41,
  content: r41,
  producer: 'r41',
  seal: sealed(r41, ['a', 'a1'], ['b', 'b1']),
  before: null,
});
const next = ledgerAfter({
  plan: second,
  release: r42,
  content: r42,
  producer: 'r42',
  seal: sealed(r42, ['a', 'a2'], ['b', 'b1']),
  before: initial,
});
const told = (of: typeof initial) =>
  Object.fromEntries(of.entries.map((entry) => [entry.node, [entry.producedBy, entry.fingerprint]]));

describe('the ledger', () => {
  it('tells after a first release what it built, under the live names', () => {
    expect(told(initial)).toEqual({ [model('a')]: ['r41', 'a1'], [model('b')]: ['r41', 'b1'] });
    expect(initial.entries[0]?.relation).toEqual(onLive('a'));
  });

  it('remembers who produced what a later release only carried', () => {
    expect(told(next)).toEqual({ [model('a')]: ['r42', 'a2'], [model('b')]: ['r41', 'b1'] });
  });

  it('owns no source', () => {
    expect(next.entries.map((entry) => entry.node)).not.toContain('source.shop.raw.raw');
  });

  it('gives a rolled back relation back to the release that is live again', () => {
    const back = ledgerAfter({ plan: first, release: r43, content: r41, producer: 'r43', seal: null, before: next });
    expect(back).toMatchObject({ release: 'r43', content: 'r41' });
    expect(told(back)).toMatchObject({ [model('a')]: ['r41', expect.anything()], [model('b')]: ['r41', 'b1'] });
  });

  it('names the run that refreshed a relation, and does not call its old fingerprint its own', () => {
    const run = ledgerAfter({
      plan: second,
      release: r42,
      content: r42,
      producer: 'run 43',
      seal: sealed(r42, ['a', 'a2']),
      before: next,
      built: [model('a')],
    });
    expect(told(run)).toEqual({ [model('a')]: ['run 43', ''], [model('b')]: ['r41', 'b1'] });
  });
});
