import { type Container, contains, inContainer, nameKey, type Relation } from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';
import { inReadingOrder, type Pair, textFor, textOf } from './texts.ts';

/** A view whose text names the idle side, and what it has to say once it is live. */
export interface Binding extends Pair {
  readonly was: string;
  readonly sql: string;
  /** Defined where it is, before the two sides change places, with a text that is right there too; else under its live name. */
  readonly isBefore: boolean;
}

/**
 * The views of what comes that name any of it, parents first. A text is only checked against what has the names when it is
 * given: beforehand that is what is live, which has to have the same columns.
 */
export function bindings(
  pairs: readonly { readonly live: Container; readonly to: Container }[],
  catalog: Catalog,
): readonly Binding[] {
  const coming = pairs.flatMap(({ live, to }) =>
    catalog.relations
      .filter(({ relation }) => contains(to, relation))
      .map(({ relation: from, kind }) => ({ from, live: inContainer(from, live), kind })),
  );
  const views = coming.filter(({ kind }) => kind === 'view');
  return inReadingOrder(views, catalog).flatMap(({ from, live }): readonly Binding[] => {
    const was = textOf(from, catalog);
    const sql = textFor({ from, live }, { catalog, coming });
    if (sql === was) return [];
    if (!readsTheSame(from, { catalog, coming })) return [{ live, from, was, sql, isBefore: false }];
    return [{ live, from, was, sql: textFor({ from, live: from }, { catalog, coming }), isBefore: true }];
  });
}

/** Whether all that a view reads of what comes has the columns that live has under that name. */
function readsTheSame(
  view: Relation,
  { catalog, coming }: { readonly catalog: Catalog; readonly coming: readonly Pair[] },
): boolean {
  const reads = catalog.readsOf(view);
  if (reads === 'unreadable') return false;
  const names = new Set(reads.map(nameKey));
  const columns = (relation: Relation): string | null => {
    const found = catalog.find(relation);
    return found && found.columns.length > 0
      ? JSON.stringify(found.columns.map(({ name, type }) => [name, type]))
      : null;
  };
  return coming
    .filter(({ from }) => names.has(nameKey(from)))
    .every(({ from, live }) => columns(live) !== null && columns(live) === columns(from));
}
