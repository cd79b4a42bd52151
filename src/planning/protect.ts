import type { ManifestNode } from '../domain/manifest.ts';
import type { Settings } from '../domain/settings.ts';
import type { CatalogRelation } from '../warehouse/port.ts';
import { matches } from './patterns.ts';

/** Why a node's rows cannot be made again; null when they can. */
export function irreplaceable(node: ManifestNode, settings: Pick<Settings, 'irreplaceable'>): string | null {
  if (node.resource === 'snapshot') return 'a snapshot';
  if (node.config['full_refresh'] === false) return 'full_refresh: false';
  return settings.irreplaceable.some((pattern) => matches(pattern, node.name) || matches(pattern, node.id))
    ? 'irreplaceable'
    : null;
}

/**
 * Columns of what is gone back to that live's relation cannot serve: missing or of another type. Empty: live's rows
 * can stay. Columns that live has beside them do no harm.
 */
export function unservedColumns(live: CatalogRelation, kept: CatalogRelation): readonly string[] {
  const types = new Map(live.columns.map((column) => [column.name, column.type]));
  return kept.columns.filter((column) => types.get(column.name) !== column.type).map((column) => column.name);
}
