import { displayName, type Relation } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';

/** `*` stands for any characters. */
export function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

/**
 * What `state:` in lastgreen.yml says of a relation: it belongs to the environment, not to a release, and is neither
 * built, compared nor taken back. `elementary.*` means a schema's relations; the database may stand before it.
 */
export function stateRule(relation: Relation, { state }: Pick<Settings, 'state'>): 'merge' | 'drop' | null {
  const names = [`${relation.schema}.${relation.identifier}`, displayName(relation)];
  return state.find((rule) => names.some((name) => matches(rule.relation, name)))?.onCutover ?? null;
}
