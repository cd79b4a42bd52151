import { describe, expect, test } from 'vitest';
import { checkId } from '../../../src/domain/ids.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import type { Container, Relation } from '../../../src/domain/relation.ts';
import { earlierRelations, withAsked } from '../../../src/engine/sides.ts';
import { makePlan } from '../../../src/planning/plan.ts';
import { catalog, facts, model, named, node, project, tableTraits } from '../planning/world.ts';

const schema = (name: string): Container => ({ location: '', database: 'shop', schema: name });
const here = (name: string, of: string): Relation => ({ ...named(name, of), location: '' });

const commit: Manifest = project([node('fact'), node('same'), node('raw', { relation: named('raw', 'raw') })]);
const plan: Plan = {
  ...makePlan(facts(null, commit, { catalog: catalog(), traits: tableTraits })),
  live: [schema('main')],
  announced: { replace: [here('fact', 'main')], add: [], remove: [] },
};

describe('what was live before a release that moved relations', () => {
  const before = earlierRelations(plan, commit, [schema('main__r41')]);

  test('is at rest where the release replaced it', () => {
    expect(before(model('fact'))).toMatchObject({ schema: 'main__r41', identifier: 'fact' });
  });

  test('is what is live where the release left it alone, also in schemas that it did not touch', () => {
    expect(before(model('same'))).toMatchObject({ schema: 'main', identifier: 'same' });
    expect(before(model('raw'))).toMatchObject({ schema: 'raw', identifier: 'raw' });
  });

  test('is nowhere where it was replaced and nothing was kept', () => {
    expect(earlierRelations(plan, commit, [])(model('fact'))).toBeNull();
  });
});

test('a side that is asked about a relation of another schema holds that schema too', () => {
  const check = {
    id: checkId('smoke:raw'),
    gate: 'smoke',
    at: 'live',
    severity: 'fail',
    timeoutMs: 1,
    title: '',
  } as const;
  const relationOf = (name: string) => here(name, name === 'raw' ? 'raw' : 'main');
  const asking = (...nodes: readonly string[]) =>
    withAsked(
      [schema('main')],
      nodes.map((name) => ({ ...check, node: name as ReturnType<typeof model> })),
      relationOf,
    );
  expect(asking('raw', 'raw', 'fact')).toEqual([schema('main'), schema('raw')]);
  expect(asking('fact')).toEqual([schema('main')]);
});
