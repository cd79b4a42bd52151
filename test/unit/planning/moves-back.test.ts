import { describe, expect, it } from 'vitest';
import { fence, sha } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import type { Relation } from '../../../src/domain/relation.ts';
import { definitionsOf } from '../../../src/planning/definition.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { planRollback, type RollbackFacts } from '../../../src/planning/rollback.ts';
import { record } from './record.ts';
import { catalog, facts, model, named, node, project, release, settings, tableTraits } from './world.ts';

const [r41, r42, r43, r44] = [release('r41'), release('r42'), release('r43'), release('r44')];
const schema = (name: string) => ({ location: '', database: 'shop', schema: name });
const resting = (name: string): Relation => named(name, 'main__r41');

/** The bad release changed `fact` and the snapshot `kept`, which the view `report` reads; `same` was never touched. */
const commit = (body: string, readers: readonly string[], ...more: readonly ReturnType<typeof node>[]): Manifest =>
  project([
    node('fact', { materialized: 'incremental', body, config: { grants: { select: readers } } }),
    node('kept', { materialized: 'snapshot', body }),
    node('report', { materialized: 'view', reads: ['kept'] }),
    node('same'),
    ...more,
  ]);

interface World {
  readonly bindsBy?: 'name' | 'object';
  readonly acceptLoss?: readonly string[];
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  readonly resting?: readonly string[];
  /** What the bad release put others in the place of, by its plan. */
  readonly replaced?: readonly string[];
  /** The owner of what is live and of what rests, where the engine has rights. */
  readonly owners?: Readonly<Record<string, readonly [live: string, resting: string]>>;
  /** Whom `fact` lets in: by either commit's config, and by what is live and what rests. */
  readonly readers?: Readonly<Record<'was' | 'is' | 'live' | 'resting', readonly string[]>>;
  /** A third release changed `same`, and a fourth went back to the second: what the third had rests. */
  readonly detour?: boolean;
  /** The target was live and left it once before: older rows of it still rest. */
  readonly twice?: boolean;
  /** A model that only the bad release has. */
  readonly added?: ReturnType<typeof node>;
}

function world({
  bindsBy = 'name',
  acceptLoss = [],
  columns = {},
  resting: kept = ['fact', 'kept'],
  replaced = ['fact', 'kept', 'report'],
  owners = {},
  readers = { was: [], is: [], live: [], resting: [] },
  detour = false,
  twice = false,
  added,
}: World): RollbackFacts {
  const [was, is] = [commit('good', readers.was), commit('bad', readers.is, ...(added ? [added] : []))];
  const names = ['fact', 'kept', 'same', ...(added ? [added.name] : [])];
  const live = names.map((name) => named(name));
  const wrong = detour ? [named('same', 'main__r43')] : twice ? [named('fact', 'main__r41_r40')] : [];
  const there = catalog({
    tables: [...live, ...kept.map(resting), ...wrong],
    views: [named('report'), resting('report')],
  });
  const relations = there.relations.map((one) => {
    const own = one.relation.schema === 'main' ? columns[one.relation.identifier] : undefined;
    const [live, resting] = owners[one.relation.identifier] ?? [];
    const owner = one.relation.schema === 'main' ? live : resting;
    const names =
      one.relation.identifier === 'fact' ? readers[one.relation.schema === 'main' ? 'live' : 'resting'] : [];
    const grants = names.map((name) => ({ what: `SELECT to ${name}`, column: null }));
    return {
      ...one,
      ...(own ? { columns: own.map((name) => ({ name, type: 'INTEGER', nullable: true })) } : {}),
      ...(owner === undefined ? {} : { protection: { owner, grants, rules: [], keys: [] } }),
    };
  });
  const first = { ...makePlan(facts(null, was, { catalog: catalog() })), live: [schema('main')] };
  const announced = { ...first.announced, replace: replaced.map((name) => named(name)) };
  return {
    asked: { to: null, at: null, strategy: 'swap', acceptLoss },
    history: {
      releases: new Map([
        [r41, record(r41)],
        [r42, record(r42)],
        ...(detour
          ? ([
              [r43, record(r43)],
              [r44, record(r44, { kind: 'rollback', content: r42 })],
            ] as const)
          : []),
      ]),
      order: detour ? [r41, r42, r43, r44] : [r41, r42],
      lastGreen: null,
      runs: [],
    },
    mark: {
      lineage: 'x',
      fence: fence(detour ? 44 : 42),
      release: detour ? r44 : r42,
      content: r42,
      sha: sha('r42'),
      back: detour,
      previous: null,
      token: null,
      at: '',
    },
    target: r41,
    from: { plan: { ...first, definitions: definitionsOf(is), announced }, manifest: is },
    to: { plan: { ...first, definitions: definitionsOf(was) }, manifest: was },
    kept: [...(twice ? ['r41_r40'] : []), 'r41', ...(detour ? ['r43'] : [])].map((name) => ({
      release: release(name.slice(0, 3)),
      sha: sha(name),
      containers: [schema(`main__${name}`)],
      bytes: null,
    })),
    sides: { live: [schema('main')], idle: [schema('main__green')] },
    settings,
    traits: { ...tableTraits, viewsBind: bindsBy },
    catalog: {
      ...there,
      find: (relation) =>
        relations.find(
          (one) => one.relation.schema === relation.schema && one.relation.identifier === relation.identifier,
        ) ?? null,
    },
    look: { fingerprints: live.map((one) => [one, 'now']), token: 't' },
    ledger: null,
    now: new Date('2026-11-21T11:00:00Z'),
    travel: null,
  };
}

function swap(o: World = {}) {
  const made = planRollback(world(o));
  if (made.is !== 'swap') throw new Error(`${made.is} instead of swap`);
  return made;
}
const moving = (o: World) => swap(o).moves?.map(({ live, from }) => [live.identifier, from?.schema ?? null]);
const wouldLose = (text: string) =>
  expect.objectContaining({ code: 'WOULD_LOSE', message: expect.stringContaining(text) });

describe('what moves back where relations change places one by one', () => {
  it('moves only what the release had displaced, and copies nothing', () => {
    const made = swap({ acceptLoss: ['kept'] });
    expect(made.moves).toEqual([
      { live: named('fact'), from: resting('fact') },
      { live: named('kept'), from: resting('kept') },
      { live: named('report'), from: resting('report') },
    ]);
    expect([made.fills, made.side.containers]).toEqual([[], [schema('main__r41')]]);
    expect(made.goingBack.map(({ name }) => name)).toEqual(['fact', 'kept']);
  });

  it('gives what comes back the rights that live has by now, where they are others', () => {
    const owners = { fact: ['analyst', 'dbt'], report: ['dbt', 'dbt'] } as const;
    expect(swap({ owners }).protect).toEqual([{ do: 'protect', live: named('fact'), idle: resting('fact') }]);
    expect(swap().protect).toEqual([]);
  });

  describe('where commits between changed whom the project lets in', () => {
    const back = (readers: NonNullable<World['readers']>) => {
      const { protect, warnings } = swap({ readers, owners: { fact: ['dbt', 'dbt'] } });
      return { protect: protect.map(({ revoked, restored }) => ({ revoked, restored })), warnings };
    };
    const select = (grantee: string) => ({ privilege: 'SELECT', grantee });

    it('lets in again whom they shut out, and not whom they let in', () => {
      expect(back({ was: ['a', 'b'], is: ['a', 'c'], live: ['a', 'c'], resting: ['a', 'b'] })).toEqual({
        protect: [{ revoked: [select('c')], restored: [select('b')] }],
        warnings: [],
      });
    });

    it('does not let in whom somebody had shut out by hand before, and says so', () => {
      expect(back({ was: ['a', 'b'], is: ['a'], live: ['a', 'd'], resting: ['a'] })).toEqual({
        protect: [{ revoked: undefined, restored: undefined }],
        warnings: [expect.stringContaining('SELECT on shop.main.fact is not given to b again, although r41 gives it')],
      });
    });
  });

  it('leaves the rows of a snapshot in front of readers', () => {
    expect(moving({})).toEqual([
      ['fact', 'main__r41'],
      ['report', 'main__r41'],
    ]);
    expect(swap().staying).toEqual([{ name: 'kept', live: named('kept'), because: 'a snapshot' }]);
  });

  it('asks a person when a view that goes back would read the snapshot as it was', () => {
    expect(() => swap({ bindsBy: 'object' })).toThrowError(
      wouldLose('kept (a snapshot): report would go back with it'),
    );
    expect(moving({ bindsBy: 'object', acceptLoss: ['kept'] })).toHaveLength(3);
  });

  it('asks a person when the columns do not let the rows stay', () => {
    expect(() => swap({ columns: { kept: ['other'] } })).toThrowError(wouldLose('needs id as live does not have it'));
  });

  it('takes away what only the release has, and asks a person before its rows go', () => {
    expect(moving({ added: node('extra') })).toContainEqual(['extra', null]);
    const log = node('log', { config: { full_refresh: false } });
    expect(() => swap({ added: log })).toThrowError(wouldLose('log (full_refresh: false): only what is live has it'));
    expect(moving({ added: log, acceptLoss: [model('log')] })).toContainEqual(['log', null]);
  });

  it('takes nothing from a release that came after the target and was taken back again', () => {
    expect(moving({ detour: true })).toEqual(moving({}));
  });

  it('takes what left live last of a target that was live before', () => {
    expect(moving({ twice: true })).toEqual(moving({}));
  });

  it('is no way back when something that the release changed rests nowhere', () => {
    expect(() => swap({ resting: ['kept'] })).toThrowError(
      expect.objectContaining({
        code: 'NO_WAY_BACK',
        message: expect.stringContaining('no kept side holds fact of r41'),
      }),
    );
  });

  it('is no way back when something rests nowhere that was only built again', () => {
    expect(() => swap({ replaced: ['fact', 'kept', 'same'] })).toThrowError(
      expect.objectContaining({
        code: 'NO_WAY_BACK',
        message: expect.stringContaining('no kept side holds same of r41'),
      }),
    );
  });
});
