import type { ObjectId } from './ids.ts';
import type { Container, Name, Relation } from './relation.ts';

/** What must hold of one name. Observation compares these with a catalog: data, not code for each step. */
export type State =
  | { readonly is: 'absent' }
  | { readonly is: 'object'; readonly id: ObjectId }
  /** sha256 of the text as the engine stores it */
  | { readonly is: 'view'; readonly text: string };

/** Writes to what readers do not have. Repeatable: each replaces what is there. */
export type Fill =
  /** `like`: the container of live that it stands for: what is new in it gets the same rights by default. */
  | { readonly do: 'create'; readonly container: Container; readonly like?: Container }
  | { readonly do: 'drop'; readonly what: Name; readonly kind?: 'function' }
  /** `id`: the object that was decided on, so that a name that moved on meanwhile is noticed; `at`: ISO time of that object. */
  | {
      readonly do: 'copy';
      readonly from: Name;
      readonly id: ObjectId | null;
      readonly at?: string;
      readonly to: Name;
      /** What the copy does not give, although `from` does. */
      readonly revoked?: readonly Right[];
      /** Of a container: what is not copied, and does not stay where the copy is made. */
      readonly without?: readonly Relation[];
      /** Of a container: what stays as it is where the copy is made. */
      readonly spared?: readonly Relation[];
    }
  /** `beside`: where the text is from; what lay beside it there is what lies beside it here. */
  | { readonly do: 'define'; readonly view: Relation; readonly sql: string; readonly beside?: Container }
  /**
   * Every view of the container reads what lies beside it, wherever the container goes: its text names none of these any
   * more. Where views are bound by name and containers change places.
   */
  | { readonly do: 'bind'; readonly container: Container; readonly away: readonly Container[] }
  /**
   * What will replace `live`, on the idle side or where it rests, gets at least its owner, grants and policies; not what
   * is `revoked`. What rests, or is a copy of that, keeps of its own grants those that live has, and those that are
   * `restored`.
   */
  | {
      readonly do: 'protect';
      readonly live: Relation;
      readonly idle: Relation;
      readonly kind?: 'function';
      readonly revoked?: readonly Right[];
      readonly restored?: readonly Right[];
    }
  /** What was copied refers to others as `live` does: to each `now` where that refers to the same of `was`. */
  | { readonly do: 'refer'; readonly live: Relation; readonly idle: Relation; readonly ends: readonly Reference[] };

export type Protect = Extract<Fill, { do: 'protect' }>;

/** What a project lets a role do with a relation, by names as the engine keeps them: `SELECT`, `reader`. */
export interface Right {
  readonly privilege: string;
  readonly grantee: string;
}

/** The other end of a reference: what `live` refers to, and what its copy will. */
export interface Reference {
  readonly was: Relation;
  readonly now: Relation;
}

/** The name that a fill writes to. */
export function filled(fill: Fill): Name {
  switch (fill.do) {
    case 'create':
    case 'bind':
      return fill.container;
    case 'drop':
      return fill.what;
    case 'copy':
      return fill.to;
    case 'define':
      return fill.view;
    case 'protect':
    case 'refer':
      return fill.idle;
  }
}

/** The names that a fill reads or writes. */
export const namesIn = (fill: Fill): readonly Name[] => [
  filled(fill),
  ...(fill.do === 'copy' ? [fill.from] : fill.do === 'protect' ? [fill.live] : []),
];

export type Claims = readonly (readonly [Name, State])[];

/** What readers see. Reversing is swapping before and after, from and to. */
export type Change = { readonly before: Claims; readonly after: Claims } & (
  | { readonly do: 'exchange'; readonly a: Name; readonly b: Name }
  /** What readers open is a pointer to a container, such as a symlink to a file. */
  | { readonly do: 'point'; readonly name: Container; readonly to: Container; readonly was: Container | null }
  /** What readers use is a view of another relation; null: there is none. `said`: the text of `was`, where that is a view that goes. */
  | {
      readonly do: 'repoint';
      readonly name: Relation;
      readonly to: Relation | null;
      readonly was: Relation | null;
      readonly said?: string;
    }
  /** Closed under dependents; also sets the old side aside. */
  | {
      readonly do: 'move';
      readonly what: 'relation' | 'function' | 'container';
      readonly from: Name;
      readonly to: Name;
    }
  /** `like`: the view that has the rights which this one gets; without it they stay what they are. */
  | {
      readonly do: 'define';
      readonly view: Relation;
      readonly sql: string;
      readonly was: string | null;
      readonly like?: Relation;
    }
);

/** Throws RangeError for a first `point` or `define`: there is nothing to go back to. */
function reverseChange(change: Change): Change {
  const claims = { before: change.after, after: change.before };
  switch (change.do) {
    case 'exchange':
      return { ...claims, do: 'exchange', a: change.a, b: change.b };
    case 'move':
      return { ...claims, do: 'move', what: change.what, from: change.to, to: change.from };
    case 'point':
      if (change.was === null) throw new RangeError('nothing was live before this change');
      return { ...claims, do: 'point', name: change.name, to: change.was, was: change.to };
    case 'repoint':
      return { ...claims, do: 'repoint', name: change.name, to: change.was, was: change.to };
    case 'define':
      if (change.was === null) throw new RangeError('no view was there before this change');
      return { ...claims, do: 'define', view: change.view, sql: change.was, was: change.sql };
  }
}

/** The same changes backwards, in the opposite order. */
export const reverseChanges = (changes: readonly Change[]): readonly Change[] =>
  changes.toReversed().map(reverseChange);

export const sameState = (a: State, b: State): boolean =>
  a.is === 'object' && b.is === 'object'
    ? a.id === b.id
    : a.is === 'view' && b.is === 'view'
      ? a.text === b.text
      : a.is === b.is;
