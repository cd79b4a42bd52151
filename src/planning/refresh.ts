import type { Fill } from '../domain/change.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Container } from '../domain/relation.ts';
import type { Catalog, Traits } from '../warehouse/port.ts';

/** Where dbt writes in a plain refresh. */
export type RefreshPlan =
  /** A writer would exclude readers: dbt works on a copy, which takes live's place. */
  | { readonly on: 'idle'; readonly fills: readonly Fill[] }
  /** dbt writes to live itself, beside its readers. */
  | { readonly on: 'live' };

export function planRefresh(facts: {
  readonly traits: Pick<Traits, 'writesBesideReaders'>;
  readonly sides: { readonly live: readonly Container[]; readonly idle: readonly Container[] };
  readonly catalog: Catalog;
}): RefreshPlan {
  if (facts.traits.writesBesideReaders) return { on: 'live' };
  const { live, idle } = facts.sides;
  return {
    on: 'idle',
    fills: live.flatMap((from, index): Fill[] => {
      const to = idle[index];
      return to ? [{ do: 'copy', from, id: idOf(facts.catalog, from), to }] : [];
    }),
  };
}

function idOf(catalog: Catalog, container: Container): ObjectId | null {
  const state = catalog.state(container);
  return state.is === 'object' ? state.id : null;
}
