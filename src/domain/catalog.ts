import type { State } from './change.ts';
import type { Name, Relation } from './relation.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

export interface CatalogRelation {
  readonly relation: Relation;
  /**
   * `table`, `view`, `materialized view`, `external`, ...: the engine's own word in lower case. `function` changes places
   * like a relation; what else can be called does not.
   */
  readonly kind: string;
  /** Of a function: what it takes, and what it gives. */
  readonly columns: readonly Column[];
  /** The view's text as the engine stores it; null for others. */
  readonly definition: string | null;
  /** null where the engine has no rights of its own. */
  readonly protection: Protection | null;
}

/** Who may do what with a relation, each as a text that is equal on both sides when what it says is. */
export interface Protection {
  readonly owner: string;
  readonly grants: readonly Grant[];
  /** What keeps rows or columns from readers: row security, policies, security options of views. */
  readonly rules: readonly string[];
  /** What its rows refer to, which the engine sees to. */
  readonly keys: readonly string[];
}

export interface Grant {
  /** `SELECT to reader`, `UPDATE (amount) to loader`. */
  readonly what: string;
  /** null: of the whole relation. */
  readonly column: string | null;
}

/** What holds on to a relation's identity, and would stay with the old one when another takes its name. */
export interface Tie {
  /** `view bi.totals`, `foreign key lines_fk of shop.lines`. */
  readonly what: string;
  /** The relation at the other end; null: it is none. */
  readonly by: Relation | null;
  /**
   * `holds`: it stays with the old one. `follows`: the cutover binds it to the new one. `refers`: it is the relation itself
   * that refers to the other; leaving live it lets go of it, and it has it again when it comes back.
   */
  readonly does: 'holds' | 'follows' | 'refers';
}

/** One read of what is there: O(containers) round trips, not O(relations). */
export interface Catalog {
  readonly relations: readonly CatalogRelation[];
  state(name: Name): State;
  /**
   * Where a live pointer (a symlink, a view that readers use) leads; null when it is none or absent. Its relation and its
   * state are those of what it leads to.
   */
  pointsTo(name: Name): Name | null;
  find(relation: Relation): CatalogRelation | null;
  /** What a view reads, from the engine or its text; `unreadable` fails gates. */
  readsOf(view: Relation): readonly Relation[] | 'unreadable';
  /**
   * The definition that a view needs under the name `to`, with each of `names` that it reads called by the other name; null:
   * nobody can tell. Only where views are bound by name and relations change places one by one.
   */
  rewritten?(view: Relation, to: Relation, names: readonly (readonly [from: Relation, to: Relation])[]): string | null;
  /** Also of what lies outside of what was read; none where everything is bound by name. */
  tiesOf(relation: Relation): readonly Tie[];
}
