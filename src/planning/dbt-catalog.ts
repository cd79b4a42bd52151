import type { NodeId } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Relation } from '../domain/relation.ts';
import type { Catalog } from '../warehouse/port.ts';

/** dbt's catalog v1 (schemas.getdbt.com), from what lastgreen read itself: docs need no run of dbt. */
export function dbtCatalog(
  manifest: Manifest,
  catalog: Catalog,
  relationOf: (node: NodeId) => Relation | null,
  at: Date,
): unknown {
  const entries = (ids: Iterable<NodeId>) =>
    Object.fromEntries(
      [...ids].flatMap((id) => {
        const relation = relationOf(id);
        const found = relation && catalog.find(relation);
        return found ? [[id, entryOf(id, found)]] : [];
      }),
    );
  return {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/catalog/v1.json',
      dbt_version: manifest.dbtVersion,
      generated_at: at.toISOString(),
      invocation_id: null,
      env: {},
    },
    nodes: entries([...manifest.nodes.values()].flatMap(({ id, resource }) => (resource === 'function' ? [] : [id]))),
    sources: entries(manifest.sources.keys()),
    errors: null,
  };
}

function entryOf(id: NodeId, { relation, kind, columns }: Catalog['relations'][number]): unknown {
  const { database, schema, identifier } = relation;
  return {
    unique_id: id,
    metadata: { type: kind.toUpperCase(), database, schema, name: identifier, comment: null, owner: null },
    columns: Object.fromEntries(
      columns.map(({ name, type }, i) => [name, { name, type, index: i + 1, comment: null }]),
    ),
    stats: {},
  };
}
