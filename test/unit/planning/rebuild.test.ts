import { describe, expect, it } from 'vitest';
import { nameKey } from '../../../src/domain/relation.ts';
import { planRebuild } from '../../../src/planning/rebuild.ts';
import { commit, kept, plan, r42, rebuild, type World, wouldLose } from './bad-release.ts';
import { facts, model, node, onIdle, onLive } from './world.ts';

describe('rebuild', () => {
  const sources = (o: World = {}) =>
    Object.fromEntries(
      [...rebuild(o).history].map(([id, source]) => [
        id.split('.').at(-1),
        source.is === 'copy' ? source.from : source.is,
      ]),
    );

  it("takes history from the kept side, and live's rows of what cannot be made again", () => {
    expect(sources()).toEqual({ fact: kept('fact'), kept: onLive('kept') });
  });

  it('builds in full what no side holds as the commit makes it', () => {
    expect(sources({ keptSide: false })).toMatchObject({ fact: 'full' });
  });

  it('refuses by name what can neither be copied nor made again, until its loss is accepted', () => {
    const changed = (body: string) =>
      commit('same', new Map([[model('kept'), node('kept', { materialized: 'snapshot', body })]]));
    const o: World = { keptSide: false, was: changed('good'), is: changed('bad') };
    expect(sources(o)).toEqual({ kept: 'refuse' });
    const { history, changed: nodes, again } = rebuild(o);
    const given = facts(changed('bad'), changed('good'));
    expect(() => planRebuild(given, { history, changed: nodes, again })).toThrowError(
      expect.objectContaining({
        code: 'PLAN_REFUSED',
        message: expect.stringContaining('kept has no history to go back to'),
      }),
    );
    expect(sources({ ...o, acceptLoss: ['kept'] })).toEqual({ kept: 'full' });
  });

  it('becomes a plan that copies history from where it was found and builds what differs', () => {
    const { history, changed, again } = rebuild();
    const made = planRebuild(facts(commit('bad'), commit('good')), { history, changed, again });
    expect(made.nodes.map(({ name, history: kind }) => [name, kind])).toEqual([
      ['stg', 'none'],
      ['fact', 'seed'],
      ['table', 'none'],
      ['kept', 'seed'],
    ]);
    expect(made.prepare).toContainEqual({ do: 'copy', from: kept('fact'), id: null, to: onIdle('fact') });
    expect(made.prepare.filter((fill) => 'to' in fill && nameKey(fill.to) === nameKey(onIdle('kept')))).toEqual([]);
  });

  it("builds everything once more, from live's own history, when live has that content", () => {
    const again = rebuild({ target: r42, was: commit('bad') });
    expect(again.again).toBe(true);
    const made = planRebuild(facts(commit('bad'), commit('bad')), again);
    expect(made.nodes.map(({ name, history }) => [name, history])).toEqual([
      ['stg', 'none'],
      ['fact', 'seed'],
      ['table', 'none'],
      ['kept', 'seed'],
      ['aside', 'none'],
      ['aside_fact', 'seed'],
      ['aside_kept', 'seed'],
    ]);
  });

  it('asks a person before rows go that only live has', () => {
    const added = new Map([[model('log'), node('log', { materialized: 'snapshot' })]]);
    const o: World = { is: commit('bad', added), more: ['log'], written: ['log'], strategy: 'rebuild' };
    expect(() => plan(o)).toThrowError(wouldLose('log (a snapshot): only what is live has it'));
  });
});
