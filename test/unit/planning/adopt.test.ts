import { describe, expect, it } from 'vitest';
import { adoptDifferences } from '../../../src/planning/adopt.ts';
import { catalog, named, node, project } from './world.ts';

describe('what live has instead of what a commit builds', () => {
  const commit = project([node('orders'), node('priced', { resource: 'function', materialized: 'function' })]);
  const differences = (o: Parameters<typeof catalog>[0]) =>
    adoptDifferences(commit, catalog({ tables: [named('orders')], ...o }), (relation) => relation);

  it.each(['function', 'macro', 'table macro'])('is nothing where functions are there, as a %s', (kind) => {
    expect(differences({ functions: [[named('priced'), kind]] })).toEqual([]);
  });

  it('is told by name where a function is missing, or is of another kind', () => {
    expect(differences({})).toEqual(['shop.main.priced (model.shop.priced) is not there']);
    expect(differences({ functions: [[named('priced'), 'aggregate']] })).toEqual([
      'shop.main.priced is an aggregate; this commit builds a function',
    ]);
  });
});
