import { describe, expect, it } from 'vitest';
import type { LiveLook } from '../../../src/domain/cutover.ts';
import type { Ledger } from '../../../src/domain/ledger.ts';
import type { Relation } from '../../../src/domain/relation.ts';
import { type DriftFacts, planDriftRound } from '../../../src/planning/drift.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { facts, model, named, node, onIdle, onLive, project, release, settings } from './world.ts';

const of = (body: string) =>
  project(
    [
      node('stg', { materialized: 'view', body, reads: ['source.shop.raw.orders'] }),
      node('fact', { materialized: 'incremental', reads: ['stg'], config: { full_refresh: false } }),
      node('mart', { reads: ['fact', 'dim'] }),
      node('report', { materialized: 'view', reads: ['mart'] }),
      node('table', { reads: ['stg'] }),
      node('dim'),
    ],
    { sources: { orders: named('orders', 'raw') } },
  );
const plan = makePlan(facts(of('old'), of('new')));
const names: readonly Relation[] = [
  ...['stg', 'fact', 'mart', 'report', 'table', 'dim', 'handmade'].map((name) => onLive(name)),
  onLive('orders', 'raw'),
];
const look = (changed: Readonly<Record<string, string | null>> = {}, more: readonly Relation[] = []): LiveLook => ({
  fingerprints: [...names, ...more].flatMap((name) => {
    const text = changed[name.identifier];
    return text === null ? [] : [[name, text ?? 'same'] as const];
  }),
  token: 't',
});
const round = (
  changed: Parameters<typeof look>[0],
  o: Partial<DriftFacts> & { readonly more?: readonly Relation[] } = {},
) => {
  const { more = [], ...rest } = o;
  return planDriftRound({
    plan,
    manifest: of('new'),
    before: look(),
    now: look(changed, more),
    settings,
    ledger: null,
    ...rest,
  });
};
const nothing = { fills: [], select: [], warnings: [], refused: [] };

describe('live moved on while a release was built', () => {
  it('asks for nothing when it did not', () => {
    expect(round({})).toEqual(nothing);
    expect(round({ fact: 'new' }, { before: null })).toEqual(nothing);
  });

  it('warns when a table moved on that the release built anew, and leaves it', () => {
    const { warnings, ...rest } = round({ table: 'new' });
    expect(rest).toEqual({ fills: [], select: [], refused: [] });
    expect(warnings).toEqual([
      'shop.main.table was written to since the release was built: it goes live with the rows that it was built with.',
    ]);
  });

  it('says which run wrote, where the ledger knows', () => {
    const ledger: Ledger = {
      schema: 'lastgreen/ledger/1',
      release: release('r41'),
      content: release('r41'),
      entries: [
        {
          node: model('table'),
          relation: onLive('table'),
          kind: 'table',
          producedBy: 'run 43',
          definition: 'x',
          fingerprint: '',
        },
      ],
    };
    expect(round({ table: 'new' }, { ledger }).warnings).toEqual([
      expect.stringContaining('written to by run 43 since'),
    ]);
  });

  it('seeds history again that moved on, and builds it and what reads it once more', () => {
    const { fills, select } = round({ fact: 'new' });
    expect(select).toEqual([model('fact'), model('mart'), model('report')]);
    expect(fills).toEqual([
      { do: 'copy', from: onLive('fact'), id: null, to: onIdle('fact') },
      { do: 'drop', what: onIdle('mart') },
      { do: 'drop', what: onIdle('report') },
    ]);
  });

  it('lets what is seeded again refer to what it did', () => {
    const refer = {
      do: 'refer',
      live: onLive('fact'),
      idle: onIdle('fact'),
      ends: [{ was: onLive('dim'), now: onLive('dim') }],
    } as const;
    const { fills } = round({ fact: 'new' }, { plan: { ...plan, prepare: [...plan.prepare, refer] } });
    expect(fills.slice(0, 2)).toEqual([{ do: 'copy', from: onLive('fact'), id: null, to: onIdle('fact') }, refer]);
    expect(fills.filter((fill) => fill.do === 'refer')).toEqual([refer]);
  });

  it('carries a relation again that moved on, and warns of what was built from it', () => {
    const { fills, select, warnings } = round({ dim: 'new' });
    expect(fills).toEqual([{ do: 'copy', from: onLive('dim'), id: null, to: onIdle('dim') }]);
    expect(select).toEqual([]);
    expect(warnings).toEqual([
      'shop.main.dim was written to since the release was built: mart goes live with what was read before.',
    ]);
  });

  it('carries a source again, and what nobody owns, also when it is new or gone', () => {
    expect(round({ orders: 'new' }).fills).toEqual([
      { do: 'copy', from: onLive('orders', 'raw'), id: null, to: onIdle('orders', 'raw') },
    ]);
    expect(round({}, { more: [onLive('loaded')] }).fills).toEqual([
      { do: 'copy', from: onLive('loaded'), id: null, to: onIdle('loaded') },
    ]);
    expect(round({ handmade: null }).fills).toEqual([{ do: 'drop', what: onIdle('handmade') }]);
  });

  it('does not bring back what the release takes away', () => {
    const without = makePlan(
      facts(
        of('new'),
        project(
          [...of('new').nodes.values()].filter((one) => one.name !== 'dim'),
          { sources: { orders: named('orders', 'raw') } },
        ),
      ),
    );
    expect(round({ dim: 'new' }, { plan: without }).fills).toEqual([]);
  });

  it('follows history that is seeded from another name', () => {
    const moved = (schema: string) =>
      project([node('fact', { materialized: 'incremental', relation: named('fact', schema) })]);
    const { fills, select } = round(
      { fact: 'new' },
      { plan: makePlan(facts(moved('main'), moved('marts'))), manifest: moved('marts') },
    );
    expect(select).toEqual([model('fact')]);
    expect(fills).toEqual([{ do: 'copy', from: onLive('fact'), id: null, to: onIdle('fact', 'marts') }]);
  });

  it('copies state that belongs to the environment anew, and refuses where two writers would have to become one', () => {
    const declared = (onCutover: 'merge' | 'drop') => ({
      settings: { ...settings, state: [{ relation: 'main.handmade', onCutover }] },
    });
    expect(round({ handmade: 'new' }, declared('drop')).refused).toEqual([]);
    expect(round({ handmade: 'new' }, declared('merge')).refused).toEqual(['shop.main.handmade']);
  });

  it('refuses where the config lets nothing pass, and where history is gone', () => {
    expect(
      round({ table: 'new' }, { settings: { state: [], drift: { ...settings.drift, tables: 'fail' } } }).refused,
    ).toEqual(['shop.main.table']);
    expect(
      round({ fact: 'new' }, { settings: { state: [], drift: { ...settings.drift, history: 'fail' } } }).refused,
    ).toEqual(['shop.main.fact']);
    expect(round({ fact: null }).refused).toEqual(['shop.main.fact']);
  });
});
