import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CompatibilityAllowance } from '../../../src/domain/settings.ts';
import { columnLosses, compatibility } from '../../../src/gates/compatibility.ts';
import type { Column } from '../../../src/warehouse/port.ts';
import { answersOf } from './asking.ts';
import {
  catalog,
  column,
  id,
  manifest,
  model,
  onIdle,
  onLive,
  planned,
  settings,
  side,
  table,
  type World,
  world,
} from './world.ts';

const customers = model('customers');
const before = [column('id', 'BIGINT'), column('name', 'VARCHAR'), column('fax', 'VARCHAR')];

const changing = (after: readonly Column[], o: World = {}): World => ({
  liveManifest: manifest([customers]),
  plan: { nodes: [planned(customers)] },
  current: side(catalog([table(onLive('customers'), before)])),
  candidate: side(catalog([table(onIdle('customers'), after)])),
  ...o,
});

const removing = (node = customers, o: World = {}): World => ({
  at: 'built',
  baseline: manifest([node]),
  plan: { removed: [{ id: node.id, live: onLive(node.name) }] },
  ...o,
});

const allowed = (o: Partial<CompatibilityAllowance> = {}) =>
  settings({
    allow: [{ node: 'customers', column: 'fax', change: 'dropped', reason: 'DATA-211', until: '2026-12-31', ...o }],
  });

const verdict = async (o: World) => (await answersOf(compatibility, o))['compatibility:customers'];

describe('a release that changes columns', () => {
  test('passes when readers keep all of theirs, wider ones and new ones too', async () => {
    const wider = [column('id', 'HUGEINT'), ...before.slice(1), column('email', 'VARCHAR')];
    expect(await verdict(changing(wider))).toMatchObject({ verdict: 'pass', observed: 'all columns are there' });
  });

  test.each([
    ['drops a column', before.slice(0, 2), 'fax (VARCHAR) is dropped'],
    ['narrows one', [column('id', 'INTEGER'), ...before.slice(1)], 'id is narrowed from BIGINT to INTEGER'],
    ['gives one another type', [column('id', 'VARCHAR'), ...before.slice(1)], 'id is retyped from BIGINT to VARCHAR'],
    [
      'does several',
      [column('id', 'INTEGER')],
      'id is narrowed from BIGINT to INTEGER; name (VARCHAR) is dropped; fax (VARCHAR) is dropped',
    ],
  ])('fails when it %s', async (_, after, observed) => {
    expect(await verdict(changing(after))).toMatchObject({ verdict: 'fail', observed });
  });

  test('passes with an allowance, and says for whom and until when', async () => {
    expect(await verdict(changing(before.slice(0, 2), { settings: allowed() }))).toMatchObject({
      verdict: 'pass',
      observed: 'fax (VARCHAR) is dropped, allowed until 2026-12-31 (DATA-211)',
    });
  });

  test.each([
    ['on its last day', '2026-11-21', 'pass', 'fax (VARCHAR) is dropped, allowed until 2026-11-21 (DATA-211)'],
    [
      'once it has expired',
      '2026-11-20',
      'fail',
      'fax (VARCHAR) is dropped, and its allowance (DATA-211) expired on 2026-11-20',
    ],
  ])('takes an allowance %s for what it is', async (_, until, is, observed) => {
    expect(await verdict(changing(before.slice(0, 2), { settings: allowed({ until }) }))).toMatchObject({
      verdict: is,
      observed,
    });
  });

  test.each([
    ['another node', { node: 'orders' }],
    ['another column', { column: 'name' }],
    ['another change', { change: 'retyped' as const }],
  ])('is not helped by an allowance for %s', async (_, o) => {
    expect(await verdict(changing(before.slice(0, 2), { settings: allowed(o) }))).toMatchObject({ verdict: 'fail' });
  });

  test('is helped by an allowance for the whole model', async () => {
    expect(await verdict(changing([column('id', 'BIGINT')], { settings: allowed({ column: null }) }))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('compares a renamed node with the relation that it takes over', async () => {
    const renamed = model('clients', { relation: onLive('customers') });
    const answers = await answersOf(compatibility, {
      liveManifest: manifest([renamed]),
      baseline: manifest([customers]),
      plan: { nodes: [planned(renamed)], renamed: [{ from: customers.id, to: renamed.id, live: onLive('customers') }] },
      current: side(catalog([table(onLive('customers'), before)])),
      candidate: side(catalog([table(onIdle('customers'), before.slice(1))]), undefined, {
        relationOf: () => onIdle('customers'),
      }),
    });
    expect(answers['compatibility:clients']).toMatchObject({ verdict: 'fail', observed: 'id (BIGINT) is dropped' });
  });

  test('fails when the relation moves away from the name that readers use', async () => {
    const moved = model('customers', { relation: onLive('customers', 'marts') });
    const moving = changing(before, {
      liveManifest: manifest([moved]),
      baseline: manifest([customers]),
      plan: { nodes: [planned(moved)], announced: { replace: [], add: [], remove: [onLive('customers')] } },
    });
    expect(await verdict(moving)).toMatchObject({ verdict: 'fail', observed: 'shop.main.customers goes away' });
    const allow = allowed({ change: 'removed', column: null });
    expect(await verdict({ ...moving, settings: allow })).toMatchObject({ verdict: 'pass' });
  });

  test('asks nothing about a node that is new, nor in a first release', () => {
    expect(compatibility.expect(world(changing([], { baseline: manifest([]) })))).toEqual([]);
    expect(compatibility.expect(world(changing([], { baseline: null })))).toEqual([]);
  });

  test('warns when live lacks the relation, and fails when the release does', async () => {
    expect(await verdict(changing(before, { current: side(catalog([])) }))).toMatchObject({ verdict: 'warn' });
    expect(await verdict(changing(before, { candidate: side(catalog([])) }))).toMatchObject({ verdict: 'fail' });
  });

  test('only informs on the way back', async () => {
    expect(await verdict(changing(before.slice(0, 2), { direction: 'back' }))).toMatchObject({ verdict: 'warn' });
  });
});

describe('a release that removes a model', () => {
  test('fails', async () => {
    expect(await verdict(removing())).toMatchObject({ verdict: 'fail', observed: 'customers goes away' });
  });

  test('passes with an allowance for the model, and not with one for a column', async () => {
    expect(
      await verdict(removing(customers, { settings: allowed({ change: 'removed', column: null }) })),
    ).toMatchObject({ verdict: 'pass' });
    expect(
      await verdict(removing(customers, { settings: allowed({ change: 'removed', column: 'fax' }) })),
    ).toMatchObject({ verdict: 'fail' });
  });

  test.each([
    ['2026-11-20T00:00:00Z', 'pass'],
    ['2026-11-22T00:00:00Z', 'fail'],
  ])('with the deprecation date %s: %s', async (deprecationDate, is) => {
    expect(await verdict(removing(model('customers', { deprecationDate })))).toMatchObject({ verdict: is });
  });

  test('names a node that no manifest has by its id', () => {
    const checks = compatibility.expect(world(removing(customers, { baseline: manifest([]) })));
    expect(checks.map(({ id: check }) => check)).toEqual([`compatibility:${id('customers')}`]);
  });
});

describe('columns of live and of a release', () => {
  const columns = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'D', 'weird "name"', '__proto__'),
      type: fc.constantFrom('INTEGER', 'BIGINT', 'VARCHAR', 'VARCHAR(10)', 'DECIMAL(10,2)', 'DATE', 'JSON'),
      nullable: fc.boolean(),
    }),
    { selector: ({ name }) => name },
  );

  test('lose nothing when they are the same, in any order', () => {
    fc.assert(
      fc.property(columns, (all) => {
        expect(columnLosses(all, all.toReversed())).toEqual([]);
      }),
    );
  });

  test('lose nothing by columns that come', () => {
    fc.assert(
      fc.property(columns, (all) => {
        expect(columnLosses(all, [...all, column('new', 'DATE')])).toEqual([]);
      }),
    );
  });

  test('lose each column at most once, and exactly those that are gone are dropped', () => {
    fc.assert(
      fc.property(columns, columns, (live, after) => {
        const losses = columnLosses(live, after);
        expect(new Set(losses.map((loss) => loss.column)).size).toBe(losses.length);
        const gone = live.filter(({ name }) => !after.some((one) => one.name === name)).map(({ name }) => name);
        expect(losses.filter(({ change }) => change === 'dropped').map((loss) => loss.column)).toEqual(gone);
      }),
    );
  });
});
