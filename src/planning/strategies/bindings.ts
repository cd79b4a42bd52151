import { type Container, contains, inContainer, type Relation } from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';
import { inReadingOrder, textFor, textOf } from './texts.ts';

/** A view whose text names the idle side, and what it has to say once it is live. */
export interface Binding {
  readonly live: Relation;
  readonly from: Relation;
  readonly was: string;
  /** Right where the view is and where it goes: it may be defined before the two sides change places. */
  readonly before: string | null;
  /** Else what it says under its live name. */
  readonly after: string | null;
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
      .map(({ relation: from }) => ({ from, live: inContainer(from, live) })),
  );
  const views = coming.filter(({ from }) => catalog.find(from)?.kind === 'view');
  return inReadingOrder(views, catalog).flatMap(({ from, live }): readonly Binding[] => {
    const was = textOf(from, catalog);
    const after = textFor({ from, live }, { catalog, coming });
    if (after === was) return [];
    const isSame = readsTheSame(from, { catalog, coming });
    return [
      {
        live,
        from,
        was,
        ...(isSame
          ? { before: textFor({ from, live: from }, { catalog, coming }), after: null }
          : { before: null, after }),
      },
    ];
  });
}

interface Coming {
  readonly catalog: Catalog;
  readonly coming: readonly { readonly from: Relation; readonly live: Relation }[];
}

/** Whether all that a view reads of what comes has the columns that live has under that name. */
function readsTheSame(view: Relation, { catalog, coming }: Coming): boolean {
  const reads = catalog.readsOf(view);
  if (reads === 'unreadable') return false;
  const columns = (relation: Relation): string | null => {
    const found = catalog.find(relation);
    return found && found.columns.length > 0
      ? JSON.stringify(found.columns.map(({ name, type }) => [name, type]))
      : null;
  };
  return coming
    .filter(({ from }) => reads.some((read) => JSON.stringify(read) === JSON.stringify(from)))
    .every(({ from, live }) => columns(live) !== null && columns(live) === columns(from));
}
