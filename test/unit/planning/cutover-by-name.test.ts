import { describe, expect, it } from 'vitest';
import { type Change, reverseChanges } from '../../../src/domain/change.ts';
import { observe } from '../../../src/domain/observe.ts';
import { nameKey, type Relation } from '../../../src/domain/relation.ts';
import { exchangeRelations } from '../../../src/planning/strategies/exchange.ts';
import type { Comes } from '../../../src/planning/strategies/strategy.ts';
import type { Catalog } from '../../../src/warehouse/port.ts';
import {
  at,
  catalogOf,
  relationOf,
  says,
  schema,
  short,
  statesOf,
  textHash,
  textsIn,
  textsOf,
  type World,
} from './by-name.ts';
import { carry } from './cutting.ts';
import { release, tableTraits } from './world.ts';

const traits = { ...tableTraits, viewsBind: 'name' } as const;
const [live, green, kept] = [at('MAIN'), at('MAIN__GREEN'), at('MAIN__R41')];

const before: World = {
  'MAIN.orders': { table: 'old orders' },
  'MAIN.totals': { view: 'from MAIN.orders' },
  'MAIN.top': { view: 'from MAIN.totals' },
  'MAIN.was_table': { table: 'old was_table' },
  'MAIN.was_view': { view: 'from MAIN.orders' },
  'MAIN.gone': { view: 'from MAIN.orders' },
  'MAIN.other': { table: 'other' },
};
const built: World = {
  'MAIN__GREEN.top': { view: 'from MAIN__GREEN.totals' },
  'MAIN__GREEN.totals': { view: 'new from MAIN__GREEN.orders and MAIN.other' },
  'MAIN__GREEN.orders': { table: 'new orders' },
  'MAIN__GREEN.was_table': { view: 'from MAIN__GREEN.fresh' },
  'MAIN__GREEN.was_view': { table: 'new was_view' },
  'MAIN__GREEN.fresh': { table: 'fresh' },
  'MAIN__GREEN.news': { view: 'from MAIN__GREEN.fresh' },
};
const changed = ['top', 'totals', 'orders', 'was_table', 'was_view', 'fresh', 'news'];
const names: readonly Comes[] = [
  ...changed.map((name) => ({ live: live(name), from: green(name) })),
  { live: live('gone'), from: null },
];
const start = statesOf({ ...before, ...built }, schema('MAIN'), schema('MAIN__GREEN'));
const texts = textsOf({ ...before, ...built });

const cutOver = (there: Catalog, o: Partial<Parameters<typeof exchangeRelations>[1]> = {}) =>
  exchangeRelations(names, {
    live: [schema('MAIN')],
    own: [schema('MAIN__GREEN')],
    catalog: there,
    leaves: release('r41'),
    release: release('r42'),
    traits,
    ...o,
  });

/** Every text that changes give to a view, so that a catalog can tell it again. */
const withTexts = (changes: readonly Change[]): ReadonlyMap<string, string> => new Map([...texts, ...textsIn(changes)]);

describe('the cutover of relations where views read what their texts name', () => {
  const cut = cutOver(catalogOf(start, texts));

  it('exchanges tables, then defines views with live names, parents first, and sets the rest aside with one change', () => {
    expect(cut.changes.map(says)).toEqual([
      'MAIN.orders <-> MAIN__GREEN.orders',
      'MAIN.was_view -> MAIN__GREEN.was_view__r41',
      'MAIN__GREEN.was_view -> MAIN.was_view',
      'MAIN__GREEN.was_view__r41 -> MAIN__GREEN.was_view',
      'MAIN__GREEN.fresh -> MAIN.fresh',
      'MAIN.totals = new from MAIN.orders and MAIN.other',
      'MAIN.top = from MAIN.totals',
      'MAIN__GREEN.was_table = from MAIN.fresh',
      'MAIN.was_table -> MAIN__GREEN.was_table__r41',
      'MAIN__GREEN.was_table -> MAIN.was_table',
      'MAIN__GREEN.was_table__r41 -> MAIN__GREEN.was_table',
      'MAIN__GREEN.news = from MAIN.fresh',
      'MAIN__GREEN.news -> MAIN.news',
      'MAIN.gone -> MAIN__GREEN.gone',
      'MAIN__GREEN -> MAIN__R41',
      'MAIN__R41.totals = from MAIN.orders',
      'MAIN__R41.top = from MAIN.totals',
    ]);
    expect(says(cut.changes[cut.visible - 1] ?? cut.changes[0] ?? never())).toBe('MAIN.gone -> MAIN__GREEN.gone');
    expect(cut.kept.map(short)).toEqual(['MAIN__R41']);
  });

  it('leaves no view under a live name that reads the idle or the kept side', () => {
    const after = carry(start, cut.changes);
    const there = catalogOf(after, withTexts(cut.changes));
    const onLive = there.relations.filter(({ relation, kind }) => relation.schema === 'MAIN' && kind === 'view');
    expect(onLive.map(({ relation }) => relation.identifier).toSorted()).toEqual([
      'news',
      'top',
      'totals',
      'was_table',
    ]);
    for (const { relation } of onLive)
      expect(there.readsOf(relation)).toSatisfy((reads: readonly Relation[]) =>
        reads.every((one) => one.schema === 'MAIN'),
      );
  });

  it('gives each view that stays a view the rights of the one that was built', () => {
    const defines = cut.changes.flatMap((one) => (one.do === 'define' && one.view.schema === 'MAIN' ? [one] : []));
    expect(defines.map(({ like }) => like && short(like))).toEqual(['MAIN__GREEN.totals', 'MAIN__GREEN.top']);
  });

  it('claims for every change what the ones before it leave, and can be taken back from wherever it stopped', () => {
    for (let done = 1; done <= cut.changes.length; done++) {
      const some = cut.changes.slice(0, done);
      for (const [name, state] of some.at(-1)?.before ?? [])
        expect(carry(start, some.slice(0, -1)).get(nameKey(name)) ?? { is: 'absent' }).toEqual(state);
      const there = carry(start, some);
      const seen = observe(cut.changes, (name) => there.get(nameKey(name)) ?? { is: 'absent' });
      // Nobody can tell whether a view was defined anew with the text that it had.
      const told = cut.changes.slice(0, done).findLastIndex((one) => one.do !== 'define' || one.sql !== one.was);
      expect(seen.todo).toEqual(cut.changes.slice(told + 1));
      const back = carry(there, reverseChanges(some));
      for (const [name, state] of start) expect(back.get(name)).toEqual(state);
    }
  });

  it('goes back to exactly what readers had, and keeps what left live in its turn', () => {
    const after = carry(start, cut.changes);
    const there = catalogOf(after, withTexts(cut.changes));
    const resting = there.relations.filter(({ relation }) => relation.schema === 'MAIN__R41');
    const back = exchangeRelations(
      [
        ...resting.map(({ relation }) => ({ live: live(relation.identifier), from: relation })),
        ...['fresh', 'news'].map((name) => ({ live: live(name), from: null })),
      ],
      { live: [schema('MAIN')], own: [], catalog: there, leaves: release('r42'), release: release('r43'), traits },
    );
    const then = carry(after, back.changes);
    for (const name of Object.keys(before))
      expect([name, then.get(nameKey(relationOf(name)))]).toEqual([name, start.get(nameKey(relationOf(name)))]);
    for (const name of ['fresh', 'news']) expect(then.get(nameKey(live(name)))).toEqual({ is: 'absent' });
    expect(back.kept.map(short)).toEqual(['MAIN__R42']);
    expect(then.get(nameKey(schema('MAIN__R41')))).toEqual({ is: 'absent' });
    expect(then.get(nameKey(at('MAIN__R42')('totals')))).toEqual({
      is: 'view',
      text: textHash('new from MAIN.orders and MAIN.other'),
    });
  });

  it('takes only what goes back out of a kept side in which more rests', () => {
    const after = carry(start, cut.changes);
    const there = catalogOf(after, withTexts(cut.changes));
    const back = exchangeRelations(
      ['orders', 'totals'].map((name) => ({ live: live(name), from: kept(name) })),
      { live: [schema('MAIN')], own: [], catalog: there, leaves: release('r42'), release: release('r43'), traits },
    );
    expect(back.changes.map(says)).toEqual([
      'MAIN.orders <-> MAIN__R41.orders',
      'MAIN.totals = from MAIN.orders',
      'MAIN__R41.orders -> MAIN__R42.orders',
      'MAIN__R41.totals -> MAIN__R42.totals',
      'MAIN__R42.totals = new from MAIN.orders and MAIN.other',
    ]);
  });

  it('does not begin where nobody can tell what a view reads', () => {
    const there = { ...catalogOf(start, texts), rewritten: () => null };
    expect(() => cutOver(there)).toThrowError(/nobody can tell what SHOP.MAIN__GREEN.totals would read/);
  });

  it('keeps nothing where only new names come', () => {
    const fresh = names.filter(({ live: { identifier } }) => ['fresh', 'news'].includes(identifier));
    const { changes, kept: rests } = exchangeRelations(fresh, {
      live: [schema('MAIN')],
      own: [schema('MAIN__GREEN')],
      catalog: catalogOf(start, texts),
      leaves: release('r41'),
      release: release('r42'),
      traits,
    });
    expect(changes.map(says)).toEqual([
      'MAIN__GREEN.fresh -> MAIN.fresh',
      'MAIN__GREEN.news = from MAIN.fresh',
      'MAIN__GREEN.news -> MAIN.news',
    ]);
    expect(rests).toEqual([]);
  });

  const never = (): never => {
    throw new RangeError('a cutover changes something');
  };
});
