import { describe, expect, it } from 'vitest';
import { makePlan } from '../../../src/planning/plan.ts';
import { code, ids, prepared, shop } from './telling.ts';
import { catalog, facts, fileSides, named, node, onLive, project, settings } from './world.ts';

describe('what a plan refuses', () => {
  it('asks for adopt when something nobody released holds the live names', () => {
    const live = catalog({ tables: [onLive('stg')] });
    expect(() => makePlan(facts(null, shop(), { catalog: live }))).toThrowError(code('ADOPT_NEEDED', 'shop.main.stg'));
  });

  it('asks for adopt when readers open a file that no release made, whatever is in it', () => {
    const live = catalog({ tables: [onLive('orders', 'raw')] });
    expect(() => makePlan(facts(null, shop(), { catalog: live }))).toThrowError(code('ADOPT_NEEDED', '/data/shop.db'));
  });

  it('does not overwrite a hand-made table with a new model', () => {
    const live = catalog({ tables: [onLive('a'), onLive('b')], points: [[fileSides.live[0], fileSides.idle[0]]] });
    expect(() =>
      makePlan(facts(project([node('a')]), project([node('a'), node('b')]), { catalog: live })),
    ).toThrowError(
      // What is released already cannot be adopted.
      expect.objectContaining({
        message: expect.stringContaining('shop.main.b'),
        next: 'drop or rename what is there, then lastgreen plan',
      }),
    );
  });

  it('does not build a snapshot in full', () => {
    const of = (body: string) => project([node('kept', { materialized: 'snapshot', body })]);
    const live = catalog({ views: [onLive('kept')], points: [[fileSides.live[0], fileSides.idle[0]]] });
    expect(() => makePlan(facts(of('old'), of('new'), { catalog: live }))).toThrowError(
      code('PLAN_REFUSED', 'Snapshot kept cannot be seeded'),
    );
  });

  it('does not build a shared node, except in place where the config says so', () => {
    const attached = { location: '', database: 'archive', schema: 'main', identifier: 'b' };
    const of = (body: string) => project([node('a'), node('b', { relation: attached, body })]);
    expect(() => makePlan(facts(of('old'), of('new')))).toThrowError(
      code('PLAN_REFUSED', 'b is the same relation on all sides and changed'),
    );
    const plan = makePlan(facts(of('old'), of('new'), { settings: { ...settings, shared: { inPlace: ['b'] } } }));
    expect(prepared(plan)).toEqual(['copy live:* to idle:*']);
    expect(plan.warnings).toEqual([expect.stringContaining('b is built in place')]);
    expect(
      ids(
        makePlan(
          facts(of('old'), project([node('a', { body: 'new' }), node('b', { relation: attached, body: 'old' })])),
        ).deferred,
      ),
    ).toEqual(['b']);
  });

  it('does not take a name that would be another one after the cutover', () => {
    const live = project([node('a'), node('b')]);
    const idle = project([node('a', { relation: named('a', 'main__green') }), node('b')]);
    const given = facts(null, live, { catalog: catalog(), manifests: { live, idle, baseline: null } });
    expect(() => makePlan(given)).toThrowError(
      code('PLAN_REFUSED', 'a would be called shop.main__green.a after the cutover instead of shop.main.a'),
    );
  });
});
