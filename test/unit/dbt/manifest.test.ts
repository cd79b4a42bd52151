import { describe, expect, test } from 'vitest';
import { readRecorded } from '../../../src/dbt/read.ts';
import { nodeId } from '../../../src/domain/ids.ts';
import type { Relation } from '../../../src/domain/relation.ts';
import { changed, recorded } from './fixture.ts';

const at = (location: string) => (relation: Relation) => ({ ...relation, location });
const places = { live: at('/data/live.duckdb'), idle: at('/data/green.duckdb') };
const read = (raw: Uint8Array) => readRecorded(raw, places, null);
const manifest = read(recorded('manifest.json'));
const orders = nodeId('model.tiny.orders');

describe("dbt's manifest", () => {
  test('gives each node its relation on the side that it was recorded for', () => {
    expect(manifest.nodes.get(nodeId('model.tiny.renamed'))?.relation).toEqual({
      location: '/data/green.duckdb',
      database: 'tiny',
      schema: 'main',
      identifier: "Kund.en & 'Co' 🎉",
    });
    const live = changed(({ metadata }) => Object.assign(metadata ?? {}, { env: { LASTGREEN_SIDE: 'live' } }));
    expect(read(live).nodes.get(orders)?.relation?.location).toBe('/data/live.duckdb');
  });

  test('has the names that an engine keeps which folds what has no quotes', () => {
    const named = (rendered: string) =>
      readRecorded(
        changed(({ nodes }) =>
          Object.assign(nodes?.['model.tiny.orders'] ?? {}, {
            database: 'shop',
            schema: 'Main',
            alias: 'Orders',
            relation_name: rendered,
          }),
        ),
        places,
        'upper',
      ).nodes.get(orders)?.relation;
    expect(named('shop.Main.Orders')).toMatchObject({ database: 'SHOP', schema: 'MAIN', identifier: 'ORDERS' });
    expect(named('shop.Main."Orders"')).toMatchObject({ database: 'SHOP', schema: 'MAIN', identifier: 'Orders' });
  });

  test('has no relation for what dbt inlines', () => {
    expect(manifest.nodes.get(nodeId('model.tiny.nowhere_by_itself'))).toMatchObject({
      materialized: 'ephemeral',
      relation: null,
    });
  });

  test('tells what a node is, reads and promises', () => {
    expect(manifest).toMatchObject({ dbtVersion: '1.11.16', adapter: 'duckdb', project: 'tiny' });
    expect(manifest.nodes.get(orders)).toMatchObject({
      name: 'orders',
      resource: 'model',
      path: 'models/orders.sql',
      materialized: 'table',
      description: 'All orders',
      tags: ['core'],
      meta: { owner: 'ann' },
      contract: { enforced: false },
      columns: [{ name: 'id', type: null }],
      dependsOn: { nodes: ['seed.tiny.customers'], macros: ['macro.tiny.rate'] },
    });
    expect([...manifest.nodes.values()].map((node) => node.resource).toSorted()).toEqual([
      'model',
      'model',
      'model',
      'model',
      'model',
      'seed',
    ]);
  });

  test('notices another body of a model, and another file of a seed that dbt compares by path only', () => {
    const edited = read(changed(({ nodes }) => Object.assign(nodes?.[orders] ?? {}, { raw_code: 'select 2' })));
    expect(edited.nodes.get(orders)?.body).not.toBe(manifest.nodes.get(orders)?.body);
    const seed = nodeId('seed.tiny.customers');
    const large = read(
      changed(({ nodes, metadata }) => {
        Object.assign(nodes?.[seed] ?? {}, { checksum: { name: 'path', checksum: 'seeds/customers.csv' } });
        Object.assign(metadata ?? {}, { env: { [`LASTGREEN_SEED ${seed}`]: 'abc' } });
      }),
    );
    expect(large.nodes.get(seed)?.body).toBe('abc');
  });

  test('lists data tests and unit tests with what they read', () => {
    const tests = [...manifest.tests.values()];
    expect(tests.filter((one) => one.kind === 'unit')).toMatchObject([{ name: 'keeps_the_country', reads: [orders] }]);
    const data = tests.filter((one) => one.kind === 'data').toSorted((a, b) => a.reads.length - b.reads.length);
    expect(data).toMatchObject([
      { severity: 'warn', reads: [orders] },
      { severity: 'error', reads: ['seed.tiny.customers', orders] },
    ]);
  });

  test('notices a test that asks for something else', () => {
    const id = [...manifest.tests.keys()].find((one) => one.startsWith('test.tiny.relationships')) ?? nodeId('');
    const stricter = read(
      changed(({ nodes }) => Object.assign(nodes?.[id]?.['test_metadata'] ?? {}, { name: 'unique' })),
    );
    expect(stricter.tests.get(id)?.definition).not.toBe(manifest.tests.get(id)?.definition);
  });

  test('keeps hooks in the order in which dbt runs them', () => {
    expect(manifest.hooks).toMatchObject([
      { when: 'on-run-start', sql: "select 'start'" },
      { when: 'on-run-end', sql: "select 'first'" },
      { when: 'on-run-end', sql: 'select {{ rate() }}' },
    ]);
  });

  test('names sources as they lie in the warehouse', () => {
    const sources = [...manifest.sources.values()];
    expect(sources.find((source) => source.name === 'shop.payments')).toMatchObject({
      hasFreshness: true,
      relation: { schema: 'loaded', identifier: 'Pay ments' },
    });
    expect(sources.find((source) => source.name === 'shop.users')?.hasFreshness).toBe(false);
  });

  test('may hold what nobody has heard of yet', () => {
    const newer = changed((json) => {
      json['wonders'] = {};
      Object.assign(json['nodes']?.[orders] ?? {}, { wonder: [1] });
    });
    expect(read(newer).nodes.get(orders)).toEqual(manifest.nodes.get(orders));
  });
});

describe('a manifest that cannot be read', () => {
  const cases = [
    ['is cut off', recorded('manifest.json').subarray(0, 500), /manifest\.json is damaged: /],
    ['is something else', new TextEncoder().encode('[]'), /is no JSON object/],
    ['does not say its version', new TextEncoder().encode('{}'), /does not say which version it is/],
    [
      'is of another version',
      changed(({ metadata }) =>
        Object.assign(metadata ?? {}, { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v11.json' }),
      ),
      /has version v11, and lastgreen reads v12/,
    ],
    [
      'lacks what it must have',
      changed(({ nodes }) => Object.assign(nodes?.[orders] ?? {}, { name: null })),
      /nodes\.model\.tiny\.orders\.name: /,
    ],
  ] as const;

  test.each(cases)('because it %s is refused in one sentence', (_, raw, message) => {
    expect(() => read(raw)).toThrow(
      expect.objectContaining({ code: 'DBT_BROKEN', exit: 5, message: expect.stringMatching(message) }),
    );
  });
});
