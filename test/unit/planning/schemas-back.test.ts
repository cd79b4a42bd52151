import { describe, expect, it } from 'vitest';
import { fence, sha } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { displayName } from '../../../src/domain/relation.ts';
import { definitionsOf } from '../../../src/planning/definition.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { planCutoverBack, planRollback, type RollbackFacts, type SwapBack } from '../../../src/planning/rollback.ts';
import type { Traits } from '../../../src/warehouse/port.ts';
import { says, schema } from './by-name.ts';
import { now, previous } from './cutting.ts';
import { record } from './record.ts';
import { catalog, facts, named, node, project, release, settings, tableTraits } from './world.ts';

const [r41, r42, r43] = [release('r41'), release('r42'), release('r43')];
const traits: Traits = { ...tableTraits, exchange: 'schema', viewsBind: 'name' };
const at = (name: string) => ({ ...schema(name), database: 'shop' });

/** `r42` changed what is in `main`, and `r43` what is in `bi`; each put a copy of the schema in its place. */
const commit = (main: string, bi: string, ...more: readonly ReturnType<typeof node>[]): Manifest =>
  project([
    node('orders', { body: main }),
    node('kept', { materialized: 'snapshot', body: 'kept' }),
    node('report', { body: bi, relation: named('report', 'bi') }),
    ...more,
  ]);

interface World {
  readonly more?: readonly ReturnType<typeof node>[];
  /** Whether rows were written to what is live since. */
  readonly written?: readonly string[];
  /** What lies beside, that no release built. */
  readonly beside?: readonly ReturnType<typeof named>[];
}

function world({ more = [], written = [], beside = [] }: World = {}): RollbackFacts {
  const [was, is] = [commit('good', 'good'), commit('bad', 'bad', ...more)];
  const live = [
    named('orders'),
    named('kept'),
    named('report', 'bi'),
    ...more.flatMap(({ relation }) => relation ?? []),
  ];
  const resting = [named('orders', 'main__r41'), named('kept', 'main__r41'), named('report', 'bi__r42')];
  const there = catalog({ tables: [...live, ...resting, ...beside] });
  const first = { ...makePlan(facts(null, was, { catalog: catalog(), traits })), live: [at('main'), at('bi')] };
  const print = (name: string): string => (written.includes(name) ? 'written' : 'sealed');
  const prints = live.map((relation) => [relation, print(relation.identifier)] as const);
  const seal = (...sides: ReturnType<typeof at>[]) => ({
    release: r42,
    fence: fence(42),
    sides,
    fingerprints: live.map((relation) => [{ ...relation, schema: `${relation.schema}__green` }, 'sealed'] as const),
    token: '',
  });
  const order = [r41, r42, r43];
  return {
    asked: { to: r41, at: null, strategy: 'swap', acceptLoss: [] },
    history: {
      order,
      releases: new Map([
        [r41, record(r41)],
        [r42, record(r42, { seal: seal(at('main__green')) })],
        [r43, record(r43, { seal: seal(at('bi__green')) })],
      ]),
      runs: [],
      lastGreen: null,
    },
    mark: { ...previous, release: r43, content: r43, fence: fence(43) },
    target: r41,
    from: { plan: { ...first, definitions: definitionsOf(is), live: [at('bi')] }, manifest: is },
    to: { plan: { ...first, definitions: definitionsOf(was) }, manifest: was },
    kept: [
      { release: r41, sha: sha('a'.repeat(40)), containers: [at('main__r41')], bytes: null },
      { release: r42, sha: sha('b'.repeat(40)), containers: [at('bi__r42')], bytes: null },
    ],
    sides: { live: [{ ...at(''), schema: null }], idle: [{ ...at(''), schema: null }] },
    settings,
    traits,
    catalog: there,
    look: { fingerprints: prints, token: '' },
    ledger: null,
    now,
    travel: null,
  };
}

const swapBack = (facts_: RollbackFacts): SwapBack => {
  const plan = planRollback(facts_);
  if (plan.is !== 'swap') throw new RangeError(plan.is);
  return plan;
};
const names = (containers: readonly Parameters<typeof displayName>[0][]) =>
  containers.map((one) => displayName(one).replace('shop.', ''));

describe('the way back where schemas change places', () => {
  it('takes each from the oldest side that was kept of it since, over several releases', () => {
    const plan = swapBack(world());
    expect(names(plan.live)).toEqual(['main', 'bi']);
    expect(names(plan.side.containers)).toEqual(['main__r41', 'bi__r42']);
    expect(plan.fills).toEqual([]);
    const { changes, kept } = planCutoverBack({
      ...world(),
      release: release('r44'),
      content: r41,
      sha: plan.sha,
      target: plan.side.containers,
      seal: null,
      live: plan.live,
      moves: plan.moves,
      previous: { ...previous, release: r43, content: r43 },
      fence: fence(44),
      lineage: 'abc',
    });
    expect(changes.map((change) => says(change).replaceAll('shop.', ''))).toEqual([
      'main <-> main__r41',
      'bi <-> bi__r42',
      'main__r41 -> main__r43',
      'bi__r42 -> bi__r43',
    ]);
    expect(names(kept)).toEqual(['main__r43', 'bi__r43']);
  });

  it('keeps rows that cannot be made again, in a copy of the kept schema', () => {
    const plan = swapBack(world({ written: ['kept'] }));
    expect(plan.staying).toMatchObject([{ name: 'kept' }]);
    expect(plan.fills).toMatchObject([
      { do: 'copy', from: at('main__r41'), to: at('main__green') },
      { do: 'copy', from: at('bi__r42'), to: at('bi__green') },
      { do: 'copy', from: named('kept'), to: named('kept', 'main__green') },
    ]);
    expect(names(plan.filled)).toEqual(['main__green', 'bi__green']);
  });

  it('takes a schema away that only what is live has, unless something else lies in it', () => {
    const fresh = node('fresh', { relation: named('fresh', 'news') });
    expect(names(swapBack(world({ more: [fresh] })).live)).toEqual(['main', 'bi', 'news']);
    const beside = [named('by hand', 'news')];
    expect(() => swapBack(world({ more: [fresh], beside }))).toThrow(
      /"by hand" \(no release builds it\): it would leave live with all that is in news/,
    );
  });

  it('is none where a schema that changed since was not kept', () => {
    const { kept, ...rest } = world();
    expect(() => swapBack({ ...rest, kept: kept.slice(1) })).toThrow(/no kept side holds orders of r41; there are r42/);
  });
});
