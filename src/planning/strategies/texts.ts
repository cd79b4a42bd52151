import { fail } from '../../domain/errors.ts';
import { displayName, nameKey, type Relation } from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';

/** What comes under a live name. */
export interface Pair {
  readonly live: Relation;
  readonly from: Relation;
}

/** Throws PLAN_MOVED where the text may not be read. */
export function textOf(view: Relation, catalog: Catalog): string {
  return (
    catalog.find(view)?.definition ??
    fail('PLAN_MOVED', { what: `the text of ${displayName(view)} cannot be read, so that it could not come back` })
  );
}

/** What the view says under the name `live`, with what comes called by its live names. Throws PLAN_MOVED where nobody can tell. */
export function textFor(
  { live, from }: Pair,
  { catalog, coming }: { readonly catalog: Catalog; readonly coming: readonly Pair[] },
): string {
  const names = coming.map((pair) => [pair.from, pair.live] as const);
  return (
    catalog.rewritten?.(from, live, names) ??
    fail('PLAN_MOVED', {
      what: `nobody can tell what ${displayName(from)} would read under the name ${displayName(live)}`,
    })
  );
}

/** What another reads comes before it. */
export function inReadingOrder(views: readonly Pair[], catalog: Catalog): readonly Pair[] {
  const by = new Map(views.flatMap((pair) => [pair.from, pair.live].map((name) => [nameKey(name), pair])));
  const ordered = new Set<Pair>();
  const visit = (pair: Pair, above: ReadonlySet<Pair>): void => {
    if (ordered.has(pair) || above.has(pair)) return;
    const reads = catalog.readsOf(pair.from);
    for (const read of reads === 'unreadable' ? [] : reads) {
      const parent = by.get(nameKey(read));
      if (parent) visit(parent, new Set([...above, pair]));
    }
    ordered.add(pair);
  };
  for (const pair of views) visit(pair, new Set());
  return [...ordered];
}
