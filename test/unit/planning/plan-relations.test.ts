import { describe, expect, it } from 'vitest';
import { makePlan, type PlanFacts } from '../../../src/planning/plan.ts';
import { ids, prepared, shop } from './telling.ts';
import { catalog, facts, named, node, project, tableTraits } from './world.ts';

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
