import { describe, expect, it } from 'vitest';
import { nodeId } from '../../../src/domain/ids.ts';
import type { Ledger } from '../../../src/domain/ledger.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { ids, place, prepared, shop } from './telling.ts';
import { catalog, facts, fileSides, model, named, node, onLive, project, release } from './world.ts';

describe('the plan of a release whose side is a file', () => {
  it('creates the side and builds everything when nothing is live', () => {
    const plan = makePlan(facts(null, shop(), { catalog: catalog() }));
    expect(prepared(plan)).toEqual(['create idle:*']);
    expect(plan).toMatchObject({ kind: 'deploy', baseline: null, carried: [], deferred: [] });
    expect(ids(plan.nodes)).toEqual(['stg', 'fact', 'mart', 'other', 'inlined']);
    expect(plan.announced.add.map(place)).toEqual([
      'live:main.stg',
      'live:main.fact',
      'live:main.mart',
      'live:main.other',
    ]);
  });

  it('starts from a copy of live, empties what is built anew, children first, and carries the rest', () => {
    const plan = makePlan(facts(shop(), shop({ body: 'new' })));
    expect(prepared(plan)).toEqual(['copy live:* to idle:*', 'drop idle:main.mart', 'drop idle:main.stg']);
    expect(ids(plan.nodes)).toEqual(['stg', 'fact', 'mart']);
    expect(ids(plan.carried)).toEqual(['other', 'orders']);
    expect(plan.announced).toMatchObject({
      add: [],
      remove: [],
      replace: [onLive('stg'), onLive('fact'), onLive('mart')],
    });
    expect(plan.warnings).toEqual([expect.stringContaining('fact keeps its rows')]);
  });

  it('names the copied file by the object that was decided on', () => {
    const [copy] = makePlan(facts(shop(), shop({ body: 'new' }))).prepare;
    expect(copy).toMatchObject({ do: 'copy', id: expect.stringContaining('/r41/') });
  });

  it('copies history under its new name when an incremental moved, and takes the old relation away', () => {
    const of = (schema: string) =>
      project([node('fact', { materialized: 'incremental', relation: named('fact', schema) })]);
    const plan = makePlan(facts(of('main'), of('marts')));
    expect(prepared(plan)).toEqual([
      'copy live:* to idle:*',
      'drop idle:marts.fact',
      'drop idle:main.fact',
      'copy live:main.fact to idle:marts.fact',
    ]);
    expect(plan.announced).toEqual({ replace: [], add: [onLive('fact', 'marts')], remove: [onLive('fact')] });
  });

  it('leaves the history of a renamed model where it is', () => {
    const was = project([node('old', { materialized: 'incremental', relation: named('fact'), body: 'same' })]);
    const plan = makePlan(facts(was, project([node('fact', { materialized: 'incremental', body: 'same' })])));
    expect(prepared(plan)).toEqual(['copy live:* to idle:*']);
    expect(plan).toMatchObject({
      removed: [],
      renamed: [{ from: model('old'), to: model('fact'), live: onLive('fact') }],
      announced: { remove: [] },
    });
  });

  it('takes away what the commit removes although it builds nothing', () => {
    const plan = makePlan(facts(project([node('a'), node('b')]), project([node('a')])));
    expect(plan).toMatchObject({ kind: 'deploy', nodes: [], removed: [{ id: model('b'), live: onLive('b') }] });
    expect(prepared(plan)).toEqual(['copy live:* to idle:*', 'drop idle:main.b']);
  });

  it('drops what a past release built and no node has any more, and nothing that nobody released', () => {
    const ledger: Ledger = {
      schema: 'lastgreen/ledger/1',
      release: release('r41'),
      content: release('r41'),
      entries: [
        {
          node: model('orphan'),
          relation: onLive('orphan'),
          kind: 'table',
          producedBy: 'r9',
          definition: 'x',
          fingerprint: 'x',
        },
      ],
    };
    const live = catalog({
      tables: [onLive('a'), onLive('orphan'), onLive('handmade')],
      points: [[fileSides.live[0], fileSides.idle[0]]],
    });
    const plan = makePlan(
      facts(project([node('a')]), project([node('a', { body: 'new' })]), { ledger, catalog: live }),
    );
    expect(prepared(plan)).toEqual(['copy live:* to idle:*', 'drop idle:main.a', 'drop idle:main.orphan']);
    expect(plan.announced.remove).toEqual([onLive('orphan')]);
  });

  it('builds again what somebody took away from live', () => {
    const live = catalog({ tables: [onLive('a')], points: [[fileSides.live[0], fileSides.idle[0]]] });
    const is = project([node('a'), node('b')]);
    const plan = makePlan(facts(is, is, { catalog: live }));
    expect(plan.nodes).toMatchObject([{ id: model('b'), reasons: [{ why: 'never built green' }] }]);
    expect(plan.announced.add).toEqual([onLive('b')]);
  });

  it('has nothing to do for a commit that changes nothing', () => {
    const plan = makePlan(facts(shop(), shop()));
    expect(plan).toMatchObject({
      kind: 'no-op',
      nodes: [],
      prepare: [],
      announced: { replace: [], add: [], remove: [] },
    });
    expect(ids(plan.carried)).toEqual(['stg', 'fact', 'mart', 'other']);
  });

  it('has nothing to do either when only an ephemeral model changed that nobody reads', () => {
    const of = (body: string) => project([node('a'), node('b', { materialized: 'ephemeral', body })]);
    expect(makePlan(facts(of('old'), of('new'))).kind).toBe('no-op');
  });

  it('builds what a person selected', () => {
    const plan = makePlan(
      facts(shop(), shop(), { asked: true, selectedByDbt: [model('mart'), nodeId('test.shop.not_null_mart')] }),
    );
    expect(plan.nodes).toMatchObject([{ id: model('mart'), reasons: [{ why: 'asked for' }] }]);
  });

  it('asks the gates what they will check, and is named by all that it says', () => {
    const check = {
      id: 'smoke:x',
      gate: 'smoke',
      at: 'sealed',
      severity: 'fail',
      timeoutMs: 1,
      title: 'x',
      node: null,
    } as unknown as Plan['checks'][number];
    const o = { expect: (): Plan['checks'] => [check] };
    const plan = makePlan(facts(shop(), shop({ body: 'new' }), o));
    expect(plan.checks).toEqual([check]);
    expect(makePlan(facts(shop(), shop({ body: 'new' }), o)).hash).toBe(plan.hash);
    expect(makePlan(facts(shop(), shop({ body: 'newer' }), o)).hash).not.toBe(plan.hash);
  });

  it('lists hooks that changed', () => {
    const of = (sql: string) =>
      project([node('a', { body: sql })], { hooks: [{ id: 'operation.shop.end', when: 'on-run-end', sql }] });
    expect(makePlan(facts(of('old'), of('new'))).hooks).toEqual(['on-run-end operation.shop.end (changed)']);
  });
});

it('plans a chain of thousands of models, each reading the one before', () => {
  const of = (body: string) =>
    project(
      Array.from({ length: 3_000 }, (_, i) =>
        node(`n${i}`, { reads: i === 0 ? [] : [`n${i - 1}`], ...(i === 1_000 ? { body } : {}) }),
      ),
    );
  expect(makePlan(facts(of('old'), of('new'))).nodes).toHaveLength(2_000);
});
