import type { Relation } from '../../../domain/relation.ts';
import { completed, type Home, type Part } from './names.ts';
import type { Tokens } from './tokens.ts';
import { giveUp } from './unreadable.ts';

/** A relation that a query reads, where it is named. */
export interface Reading {
  readonly relation: Relation;
  readonly parts: readonly Part[];
  /** In a string: `identifier('db.schema.name')`. */
  readonly inString: boolean;
}

/** One entry of a FROM clause. `reading`: of a relation without an alias, which is called by its own name. */
export interface Item {
  readonly alias: string | null;
  readonly reading: Reading | null;
}

/** What stands in one FROM clause, for names that columns are qualified with. */
export interface Scope {
  readonly outer: Scope | null;
  readonly items: Item[];
}

/** A dotted name elsewhere than in FROM. */
export interface Mention {
  /** `column`: qualifies one, or names a sequence; `call`: is called; `other`: a stage, a model, ... */
  readonly as: 'column' | 'call' | 'other';
  /** Without the column. */
  readonly parts: readonly Part[];
  /** The column, where there is one. */
  readonly last: string;
  readonly scope: Scope;
}

/** A name that WITH gives to a query, and those that are visible where it is given. */
export interface Named {
  readonly name: string;
  readonly outer: Names;
  /** While its own query is being read; null afterwards. */
  own: { readonly mayRecur: boolean; branch: 'anchor' | 'recursive' | 'unclear' } | null;
}

export type Names = Named | null;

/** Where in a query something stands. */
export interface Place {
  readonly names: Names;
  readonly scope: Scope;
}

/** One reading of one query: its tokens, and what was found. */
export interface Walk extends Tokens {
  readonly home: Home;
  readonly readings: Reading[];
  readonly mentions: Mention[];
  /** Reads the query that is all there is between two tokens; for what stands inside of it. */
  readonly query: (from: number, to: number, place: Place) => void;
}

/**
 * Whether a name without a schema is that of a WITH. Its own query sees itself only where it recurs, which Snowflake lets
 * it do with and without RECURSIVE; else it sees what the name meant outside (documentation, "WITH": earlier ones and
 * itself, never later ones, and the anchor never itself).
 */
function isNamed(name: string, names: Names): boolean {
  for (let one = names; one !== null; one = one.outer) {
    if (one.name !== name) continue;
    if (one.own === null || one.own.branch === 'recursive') return true;
    if (one.own.mayRecur || one.own.branch === 'unclear') return giveUp(`${name} may be itself or what is outside`);
  }
  return false;
}

/** `from dual` reads nothing (documentation, "SELECT"). */
export const none = 'DUAL';

/** Takes down that a query reads a relation, unless WITH made the name. */
export function read(walk: Walk, parts: readonly Part[], place: Place, inString: boolean): Reading | null {
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && (isNamed(only.value, place.names) || only.value === none))
    return null;
  const reading = { relation: completed(parts, walk.home), parts, inString };
  walk.readings.push(reading);
  return reading;
}
