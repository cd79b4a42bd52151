import { describe, expect, it } from 'vitest';
import type { ManifestNode } from '../../../src/domain/manifest.ts';
import { isOf } from '../../../src/planning/grants.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import type { Catalog } from '../../../src/warehouse/port.ts';
import { catalog, facts, type NodeText, named, node, project, tableTraits } from './world.ts';

const green = (one: ManifestNode): ManifestNode => ({
  ...one,
  relation: one.relation && { ...one.relation, schema: 'main__green' },
});

/** Live lets in whom it says. */
const letting = (grants: readonly string[]): Catalog => {
  const there = catalog({ tables: [named('orders')] });
  const protection = { owner: 'dbt', grants: grants.map((what) => ({ what, column: null })), rules: [], keys: [] };
  return {
    ...there,
    find: (name) => {
      const found = there.find(name);
      return found && { ...found, protection };
    },
  };
};

/** A release of a commit that gives something else. */
function released(was: unknown, is: unknown, grants: readonly string[], o: NodeText = {}) {
  const orders = (gives: unknown) => node('orders', { ...o, config: { ...o.config, grants: gives } });
  const [before, after] = [orders(was), orders(is)];
  const made = facts(project([before]), project([after]), { traits: tableTraits, locate: (relation) => relation });
  const manifests = { ...made.manifests, idle: project([green(after)]) };
  return makePlan({ ...made, manifests, catalog: letting(grants) });
}

const b = { privilege: 'SELECT', grantee: 'b' };

it('knows a role by its name, however a config writes it', () => {
  const viewer = { privilege: 'ROLES/BIGQUERY.DATAVIEWER', grantee: 'user:ann@example.com' };
  expect(isOf([viewer], 'roles/bigquery.dataViewer to user:ann@example.com')).toBe(true);
  expect(isOf([viewer], 'roles/bigquery.dataEditor to user:ann@example.com')).toBe(false);
});

describe('a commit that gives less', () => {
  it('does not carry over what it took away, and says so', () => {
    const plan = released({ select: ['a', 'b'] }, { select: ['a'] }, ['SELECT to a', 'SELECT to b']);
    expect(plan.settle).toEqual([
      { do: 'protect', live: named('orders'), idle: named('orders', 'main__green'), revoked: [b] },
    ]);
    expect(plan.warnings).toEqual([
      'Revoked by this commit: SELECT on shop.main.orders from b, also where it was granted by hand.',
    ]);
  });

  it('takes it from history that is copied, too', () => {
    const plan = released({ select: 'b' }, {}, ['SELECT to b'], { materialized: 'incremental' });
    expect(plan.prepare).toContainEqual(expect.objectContaining({ do: 'copy', from: named('orders'), revoked: [b] }));
  });

  it('says nothing of a role that live does not let in, such as one that is gone', () => {
    const plan = released({ select: ['a', 'b'] }, { select: ['a'] }, ['SELECT to a']);
    expect(plan.settle).toMatchObject([{ revoked: [b] }]);
    expect(plan.warnings).toEqual([]);
  });

  it('is one that names a role otherwise, not one that writes it otherwise', () => {
    const plan = released({ select: ['B', '"A b"'] }, { SELECT: ['"b"', '"a B"'] }, ['SELECT to "A b"']);
    expect(plan.settle).toMatchObject([{ revoked: [{ privilege: 'SELECT', grantee: 'A b' }] }]);
    expect(plan.warnings).toEqual([expect.stringContaining('from A b')]);
  });
});

it('carries everything over where a commit gives more, or the same', () => {
  for (const is of [{ select: ['a', 'b'] }, { select: ['b'], insert: ['a'] }]) {
    const plan = released({ select: ['b'] }, is, ['SELECT to b'], { body: String(is.select) });
    expect(plan.settle.map((fill) => 'revoked' in fill)).not.toContain(true);
    expect(plan.warnings).toEqual([]);
  }
});

it.each([
  ['SELECT to b', true],
  ['SELECT to b with grant option', true],
  ['SELECT to bb', false],
  ['INSERT to b', false],
  ['SELECT (id) to b', false],
])('tells whether %s is one of the rights: %s', (what, yes) => {
  expect(isOf([b], what)).toBe(yes);
});

it('knows that all privileges are each of them', () => {
  const all = { privilege: 'ALL', grantee: 'a "b' };
  expect([isOf([all], 'INSERT to "a ""b"'), isOf([all], 'UPDATE (id) to "a ""b"')]).toEqual([true, false]);
});
