import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, told } from './comparing.ts';
import { column, model, named, node, project } from './world.ts';

describe('why a node is in a release', () => {
  it('is in as new on a first release, with everything', () => {
    expect(told(compare(null, project([node('a'), node('b', { reads: ['a'] })])))).toEqual([
      'a: new',
      'b: new; upstream a',
    ]);
  });

  it('has nothing to do when nothing changed', () => {
    const is = project([node('a'), node('b', { reads: ['a'] })]);
    expect(told(compare(is, is))).toEqual([]);
  });

  it('builds what reads a changed model, and names the parent that changed', () => {
    const of = (body: string) =>
      project([
        node('a', { body }),
        node('b', { reads: ['a'], materialized: 'ephemeral' }),
        node('c', { reads: ['b', 'd'] }),
        node('d'),
      ]);
    expect(told(compare(of('old'), of('new')))).toEqual(['a: body', 'b: upstream a', 'c: upstream b']);
  });

  it.each<[string, Parameters<typeof node>[1], Parameters<typeof node>[1], string]>([
    [
      'a seed file',
      { resource: 'seed', materialized: 'seed' },
      { resource: 'seed', materialized: 'seed', body: 'x' },
      'seed file',
    ],
    ['its materialization', {}, { materialized: 'view' }, 'config materialized'],
    ['config', { config: { sort: 'a' } }, { config: { sort: 'b', dist: 'c' } }, 'config dist, sort'],
    ['a contract', {}, { contract: { enforced: true } }, 'contract enforced now'],
    [
      'a promised type',
      { contract: { enforced: true }, columns: [column('id', { type: 'int' })] },
      { contract: { enforced: true }, columns: [column('id', { type: 'text' })] },
      'contract id',
    ],
    [
      'a constraint',
      { contract: { enforced: true } },
      { contract: { enforced: true }, constraints: [{ type: 'check' }] },
      'contract',
    ],
    [
      'the meta of a column',
      { columns: [column('id')] },
      { columns: [column('id', { meta: { pii: true } })] },
      'columns id',
    ],
    ['tags', {}, { tags: ['daily'] }, 'tags'],
    ['meta', {}, { config: { meta: { owner: 'x' } } }, 'tags'],
    ['a hook', {}, { config: { 'post-hook': [{ sql: 'grant' }] } }, 'hooks'],
    ['a grant', {}, { config: { grants: { select: ['bi'] } } }, 'config grants'],
  ])('says so when %s changed', (_, was, is, why) => {
    expect(told(compare(project([node('a', was)]), project([node('a', is)])))).toEqual([`a: ${why}`]);
  });

  it('does not take a description, a default of a newer dbt, or where it lies for a change of config', () => {
    const was = node('a', { config: { schema: 'x' } });
    const is = node('a', {
      description: 'words',
      config: { schema: 'y', event_time: null, freshness: {}, packages: [] },
    });
    expect(told(compare(project([was]), project([is])))).toEqual([]);
  });

  it('leaves readers of a node alone that only got a tag, unless dbt says otherwise', () => {
    const of = (tags: readonly string[]) => project([node('a', { tags }), node('b', { reads: ['a'] })]);
    expect(told(compare(of([]), of(['daily'])))).toEqual(['a: tags']);
    expect(told(compare(of([]), of(['daily']), { selectedByDbt: [model('a'), model('b')] }))).toEqual([
      'a: tags',
      'b: upstream a',
    ]);
  });

  it("always takes dbt's answer, and says so where it knows no reason of its own", () => {
    const is = project([node('a'), node('b')]);
    expect(told(compare(is, is, { selectedByDbt: [model('b')] }))).toEqual(['b: dbt state']);
    expect(told(compare(is, is, { selectedByDbt: [model('b')], asked: true }))).toEqual(['b: asked for']);
  });

  it('builds again what nobody ever built green, and what is gone from live', () => {
    const is = project([node('a'), node('b'), node('c')]);
    const facts = { baselineDefinitions: { [model('a')]: 'x', [model('b')]: 'y' }, missing: [model('a')] };
    expect(told(compare(is, is, facts))).toEqual(['a: never built green', 'c: never built green']);
  });
});

describe('what goes, and what is only called otherwise', () => {
  it('knows a rename by the relation, keeps it and removes nothing', () => {
    const was = project([node('orders_old', { relation: named('orders') })]);
    const is = project([node('orders')]);
    const changes = compare(was, is);
    expect(told(changes)).toEqual(['orders: body; renamed was orders_old']);
    expect(changes.removed).toEqual([]);
    expect(changes.renamed).toEqual([{ from: model('orders_old'), to: model('orders'), live: named('orders') }]);
  });

  it('removes the relation of a node that is gone, and that of one that moved', () => {
    const was = project([node('a'), node('b')]);
    const is = project([node('b', { relation: named('b', 'marts') }), node('c', { reads: ['b'] })]);
    const changes = compare(was, is);
    expect(told(changes)).toEqual(['b: relation moved was shop.main.b', 'c: new; upstream b']);
    expect(changes.removed.map(({ live }) => live)).toEqual([named('a'), named('b')]);
  });

  it('removes nothing when two nodes change names with each other', () => {
    const was = project([node('a'), node('b')]);
    const is = project([node('a', { relation: named('b') }), node('b', { relation: named('a') })]);
    expect(compare(was, is).removed).toEqual([]);
    expect(compare(was, is).renamed).toEqual([]);
  });

  it('leaves a relation alone that is a source from now on', () => {
    const is = project([], { sources: { a: named('a') } });
    expect(compare(project([node('a')]), is).removed).toEqual([]);
  });

  it('builds again what reads a source that is elsewhere now', () => {
    const of = (schema: string) =>
      project([node('a', { reads: ['source.shop.raw.orders'] })], { sources: { orders: named('orders', schema) } });
    expect(told(compare(of('raw'), of('lake')))).toEqual(['a: relation moved source orders']);
  });

  it('lists hooks that differ without building anything for them', () => {
    const of = (sql: string) =>
      project([node('a')], { hooks: [{ id: 'operation.shop.end', when: 'on-run-end', sql }] });
    const changes = compare(of('old'), of('new'));
    expect(changes.hooks).toEqual(['on-run-end operation.shop.end (changed)']);
    expect(told(changes)).toEqual([]);
  });
});

it('includes everything below a changed node, whatever the project looks like', () => {
  const size = 12;
  const graph = fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size });
  fc.assert(
    fc.property(graph, fc.nat(size - 1), (edges, changed) => {
      const of = (body: string) =>
        project(
          edges.map((parents, i) =>
            node(`n${i}`, {
              reads: parents.filter((parent) => parent < i).map((parent) => `n${parent}`),
              ...(i === changed ? { body } : {}),
            }),
          ),
        );
      const reasons = compare(of('old'), of('new')).reasons;
      const below = new Set([changed]);
      edges.forEach((parents, i) => {
        if (parents.some((parent) => parent < i && below.has(parent))) below.add(i);
      });
      expect([...reasons.keys()].toSorted()).toEqual([...below].map((i) => model(`n${i}`)).toSorted());
    }),
  );
});
