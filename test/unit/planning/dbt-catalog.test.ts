import { describe, expect, it } from 'vitest';
import { dbtCatalog } from '../../../src/planning/dbt-catalog.ts';
import { facts, model, node, onLive, project } from './world.ts';

describe('the catalog that a release leaves for docs', () => {
  it('has each relation that is there, in dbt’s form, and leaves out what is not', () => {
    const manifest = project([node('orders'), node('gone')]);
    const { catalog } = facts(manifest, manifest);
    const relation = catalog.relations.find((one) => one.relation.identifier === 'orders');
    const said = dbtCatalog(
      manifest,
      catalog,
      (id) => (id === model('orders') ? onLive('orders') : null),
      new Date('2026-11-21T10:00:00Z'),
    );
    expect(said).toMatchObject({
      metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/catalog/v1.json' },
      nodes: {
        'model.shop.orders': {
          metadata: { type: 'TABLE', database: 'shop', schema: 'main', name: 'orders' },
          columns: Object.fromEntries((relation?.columns ?? []).map(({ name, type }) => [name, { name, type }])),
        },
      },
    });
    expect(said).not.toHaveProperty(['nodes', 'model.shop.gone']);
  });
});
