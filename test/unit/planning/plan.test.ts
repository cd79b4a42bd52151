import { describe, expect, it } from 'vitest';
import type { Fill } from '../../../src/domain/change.ts';
import { nodeId } from '../../../src/domain/ids.ts';
import type { Ledger } from '../../../src/domain/ledger.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { displayName, isRelation, type Name } from '../../../src/domain/relation.ts';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import {
  catalog,
  facts,
  fileSides,
  model,
  named,
  node,
  onLive,
  project,
  release,
  settings,
  tableTraits,
} from './world.ts';

const place = (name: Name): string => {
  const side = name.location === '' ? '' : name.location === fileSides.live[0].location ? 'live:' : 'idle:';
  return `${side}${isRelation(name) ? displayName(name).replace('shop.', '') : '*'}`;
};
const says = (fill: Fill): string => {
  if (fill.do === 'create') return `create ${place(fill.container)}`;
  if (fill.do === 'drop') return `drop ${place(fill.what)}`;
  return fill.do === 'copy' ? `copy ${place(fill.from)} to ${place(fill.to)}` : `define ${place(fill.view)}`;
};
const prepared = (plan: Plan): readonly string[] => plan.prepare.map(says);
const ids = (some: readonly { readonly id: string }[]): readonly string[] =>
  some.map(({ id }) => id.split('.').at(-1) ?? '');

const code = (expected: string, message?: string) =>
  expect.objectContaining({
    code: expected,
    ...(message === undefined ? {} : { message: expect.stringContaining(message) }),
  });

const shop = (o: { readonly body?: string } = {}) =>
  project(
    [
      node('stg', { materialized: 'view', ...(o.body === undefined ? {} : { body: o.body }) }),
      node('fact', { materialized: 'incremental', reads: ['stg'], config: { full_refresh: false } }),
      node('mart', { reads: ['fact'] }),
      node('other'),
      node('inlined', { materialized: 'ephemeral' }),
    ],
    { sources: { orders: named('orders', 'raw') } },
  );

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
    ).toThrowError(code('ADOPT_NEEDED', 'shop.main.b'));
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

describe('the plan of a release whose relations change places one by one', () => {
  const green = (of: ReturnType<typeof shop>) => ({
    ...of,
    nodes: new Map(
      [...of.nodes].map(([id, one]) => [
        id,
        { ...one, relation: one.relation && { ...one.relation, schema: `${one.relation.schema}__green` } },
      ]),
    ),
  });
  const given = (was: ReturnType<typeof shop> | null, is: ReturnType<typeof shop>): PlanFacts => {
    const made = facts(was, is, { traits: tableTraits, locate: (relation) => relation });
    const tables = [...(was?.nodes.values() ?? [])].flatMap((one) =>
      one.relation && one.materialized !== 'view' ? [one.relation] : [],
    );
    const views = [...(was?.nodes.values() ?? [])].flatMap((one) =>
      one.relation && one.materialized === 'view' ? [one.relation] : [],
    );
    return { ...made, manifests: { live: is, idle: green(is), baseline: was }, catalog: catalog({ tables, views }) };
  };

  it('holds only the change set, seeded where there is history, and defers the rest to live', () => {
    const plan = makePlan(given(shop(), shop({ body: 'new' })));
    expect(prepared(plan)).toEqual([
      'create *',
      'drop main__green.mart',
      'drop main__green.stg',
      'copy main.fact to main__green.fact',
    ]);
    expect(ids(plan.deferred)).toEqual(['other']);
    expect(plan).toMatchObject({ carried: [], live: [{ schema: 'main' }], idle: [{ schema: 'main__green' }] });
  });

  it('lists a schema that only loses relations after those that have an idle side', () => {
    const of = (more: boolean) =>
      project([
        node('a', { body: more ? 'old' : 'new' }),
        ...(more ? [node('b', { relation: named('b', 'aside') })] : []),
      ]);
    const plan = makePlan(given(of(true), of(false)));
    expect(plan.live.map(({ schema }) => schema)).toEqual(['main', 'aside']);
    expect(plan.idle.map(({ schema }) => schema)).toEqual(['main__green']);
    expect(plan.announced.remove).toEqual([named('b', 'aside')]);
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
