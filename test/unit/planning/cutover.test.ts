import { describe, expect, it } from 'vitest';
import { fence } from '../../../src/domain/ids.ts';
import type { Relation } from '../../../src/domain/relation.ts';
import { planCutoverBack } from '../../../src/planning/cutover-back.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import type { Catalog } from '../../../src/warehouse/port.ts';
import { at, cut, file, moved, now, previous } from './cutting.ts';
import { catalog, facts, fileTraits, node, onLive, project, release } from './world.ts';

describe('the cutover to a file', () => {
  const [was, is] = [project([node('a'), node('b')]), project([node('a', { body: 'new' }), node('b')])];
  const inside = (folder: string, ...names: readonly string[]): readonly Relation[] =>
    names.map((name) => ({ ...onLive(name), location: at(folder).location }));
  const plan = makePlan(facts(was, is));
  const there = (...sealed: readonly string[]): Catalog =>
    catalog({
      tables: [onLive('a'), onLive('b'), ...inside('r42', ...sealed)],
      containers: [at('r42')],
      points: [[file, at('r41')]],
    });

  it('turns one pointer, from what is live to what was sealed, and keeps the old file', () => {
    const { changes, visible, kept } = cut(plan, { catalog: there('a', 'b') });
    expect(changes).toMatchObject([{ do: 'point', name: file, to: at('r42'), was: at('r41') }]);
    expect(visible).toBe(1);
    expect(kept).toEqual([at('r41')]);
    expect(changes[0]?.before).toEqual([[file, { is: 'object', id: expect.stringContaining('/r41/') }]]);
    expect(changes[0]?.after).toEqual([[file, { is: 'object', id: expect.stringContaining('/r42/') }]]);
  });

  it('marks the release with what it displaced', () => {
    expect(cut(plan, { catalog: there('a', 'b') }).mark).toEqual({
      lineage: 'abc',
      fence: 42,
      release: 'r42',
      content: 'r42',
      sha: 'b'.repeat(40),
      back: false,
      previous: { release: 'r41', content: 'r41', sha: 'a'.repeat(40) },
      token: 'sealed',
      at: now.toISOString(),
    });
  });

  it('creates the pointer on a first release, and keeps nothing', () => {
    const first = makePlan(facts(null, is, { catalog: catalog() }));
    const { changes, kept, mark } = cut(first, {
      catalog: catalog({ tables: inside('r42', 'a', 'b') }),
      previous: null,
    });
    expect(changes).toMatchObject([{ do: 'point', was: null, before: [[file, { is: 'absent' }]] }]);
    expect([kept, mark.previous]).toEqual([[], null]);
  });

  it('refuses to let vanish what the plan carries', () => {
    expect(() => cut(plan, { catalog: there('a') })).toThrowError(moved('shop.main.b would vanish from live'));
  });

  it('changes the mark alone for a commit that changes nothing', () => {
    const nothing = makePlan(facts(was, was));
    const { changes, visible, mark } = cut(nothing, { catalog: there(), seal: null, content: release('r41') });
    expect([changes, visible]).toEqual([[], 0]);
    expect(mark).toMatchObject({ release: 'r42', content: 'r41', sha: 'b'.repeat(40), token: 'old' });
  });
});

describe('the cutover back to a file', () => {
  const back = (there: Catalog) =>
    planCutoverBack({
      release: release('r43'),
      content: release('r41'),
      sha: previous.sha,
      target: [at('r41')],
      seal: null,
      live: [file],
      catalog: there,
      moves: null,
      traits: fileTraits,
      previous: { ...previous, release: release('r42'), content: release('r42') },
      fence: fence(43),
      lineage: 'abc',
      now,
    });

  it('turns the pointer to the kept file and keeps what it leaves', () => {
    const plan = back(catalog({ containers: [at('r41'), at('r42')], points: [[file, at('r42')]] }));
    expect(plan.changes).toMatchObject([{ do: 'point', name: file, to: at('r41'), was: at('r42') }]);
    expect(plan).toMatchObject({ visible: 1, kept: [at('r42')], mark: { release: 'r43', content: 'r41', back: true } });
  });

  it('says so when the kept file is gone', () => {
    expect(() => back(catalog({ points: [[file, at('r42')]] }))).toThrowError(
      expect.objectContaining({ code: 'NO_WAY_BACK' }),
    );
  });
});
