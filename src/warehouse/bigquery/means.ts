import { hash } from 'node:crypto';
import type { Found } from './found.ts';

/** What is known of something that was carried: told by what it was right afterwards, so that any later write voids it. */
export interface Carried {
  readonly print: string;
  /** Of what the content is first, over all that it was carried by. */
  readonly origin: string;
  /** How many clones lie between it and what is none. */
  readonly depth: number;
  /** Hash of who might do what with it. */
  readonly guards: string;
}

/** `nothing`: the content is there already. `make`: it has no rows of its own. */
export type Means = 'nothing' | 'clone' | 'copy' | 'make';

/** How deep clones of clones may be (BigQuery documentation, "Quotas and limits", "Table clones"). */
const DEEPEST = 3;

/** How many clones and snapshots a table may have (same place); some are left to others. */
const MOST = 900;

export type Records = ReadonlyMap<string, Carried>;

/** Changes with what is in it, and with whatever else the engine keeps of it; a materialized view is written to by itself. */
export const printOf = ({ kind, object, modified, rows, text }: Found): string =>
  kind === 'materialized view' ? `${object} ${hash('sha256', text ?? '', 'hex')}` : `${object} ${modified} ${rows}`;

export const originOf = (found: Found, records: Records): string => {
  const print = printOf(found);
  return records.get(print)?.origin ?? print;
};

/** How deep a clone is; as deep as can be where nobody can tell. */
export function depthOf(found: Found, { records, known }: Pick<Facts, 'records' | 'known'>): number {
  const recorded = records.get(printOf(found));
  if (recorded !== undefined) return recorded.depth;
  const { base } = found;
  if (base === null) return 0;
  const there = known.find(
    ({ id }) => id.project === base.project && id.dataset === base.dataset && id.table === base.table,
  );
  // What has the base's name may be another table by now.
  return there === undefined || there.created > base.at ? DEEPEST : 1 + depthOf(there, { records, known });
}

export interface Facts {
  readonly records: Records;
  /** All that is there of what may be cloned. */
  readonly known: readonly Found[];
}

/** The cheapest way to have the content of one under the name of another. */
export function meansOf(source: Found, target: Found | null, facts: Facts): Means {
  const isThere = target !== null && target.kind === source.kind;
  if (isThere && originOf(target, facts.records) === originOf(source, facts.records)) return 'nothing';
  if (source.kind !== 'table') return 'make';
  const clones = facts.known.filter(({ base }) => base !== null && isBase(source, base)).length;
  return depthOf(source, facts) < DEEPEST && clones < MOST ? 'clone' : 'copy';
}

const isBase = ({ id }: Found, base: NonNullable<Found['base']>): boolean =>
  id.project === base.project && id.dataset === base.dataset && id.table === base.table;
