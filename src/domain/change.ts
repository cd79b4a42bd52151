import type { ObjectId } from './ids.ts';
import { type Container, type Name, nameKey, type Relation } from './relation.ts';

/** What must hold of one name. Observation compares these with a catalog: data, not code for each step. */
export type State =
  | { readonly is: 'absent' }
  | { readonly is: 'object'; readonly id: ObjectId }
  /** sha256 of the text as the engine stores it */
  | { readonly is: 'view'; readonly text: string };

/** Writes to what readers do not have. Always repeatable: each replaces what is there. */
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
    }
  | { readonly do: 'define'; readonly view: Relation; readonly sql: string }
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

export type Claims = readonly (readonly [Name, State])[];

/** What readers see. Reversing is swapping before and after, from and to. */
export type Change = { readonly before: Claims; readonly after: Claims } & (
  | { readonly do: 'exchange'; readonly a: Name; readonly b: Name }
  /** What readers open is a pointer to a container, such as a symlink to a file. */
  | { readonly do: 'point'; readonly name: Container; readonly to: Container; readonly was: Container | null }
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

export interface Observation {
  readonly state: 'done' | 'not-started' | 'partly' | 'foreign';
  /** Changes that are not done yet, in order. */
  readonly todo: readonly Change[];
  /** Names that are as no change of the list knows them. */
  readonly foreign: readonly Name[];
}

/**
 * How far a list of changes has come, for any number of them, from one catalog read. A change is done when each of its
 * names is as the change, or a later one of the list, left it; `foreign` when a name is as none of them knows it.
 */
export function observe(changes: readonly Change[], stateOf: (name: Name) => State): Observation {
  const stages = stagesOf(changes);
  const seen = new Map<Stages, number>();
  for (const stage of stages.values())
    seen.set(
      stage,
      stage.states.findLastIndex((state) => sameState(state, stateOf(stage.name))),
    );
  const todo = changes.filter((change) =>
    change.after.some(([name]) => {
      const stage = stages.get(nameKey(name));
      return stage !== undefined && (seen.get(stage) ?? -1) < (stage.after.get(change) ?? 0);
    }),
  );
  if (todo.length === 0) return { state: 'done', todo, foreign: [] };
  const foreign = [...seen].filter(([, at]) => at === -1).map(([stage]) => stage.name);
  if (foreign.length > 0) return { state: 'foreign', todo, foreign };
  const undone = new Set(todo);
  const isUntouched = changes.every((change) => undone.has(change) || !tells(change));
  return { state: isUntouched ? 'not-started' : 'partly', todo, foreign: [] };
}

/** Whether one can see that it was done: not of a view that is defined anew with the text that it had. */
const tells = ({ before, after }: Change): boolean =>
  after.some(([name, state]) => {
    const was = before.find(([other]) => nameKey(other) === nameKey(name));
    return was === undefined || !sameState(was[1], state);
  });

/** What one name is before the first change, and after each that claims it, in order. */
interface Stages {
  readonly name: Name;
  readonly states: State[];
  /** Which of them each change leaves. */
  readonly after: Map<Change, number>;
}

function stagesOf(changes: readonly Change[]): ReadonlyMap<string, Stages> {
  const stages = new Map<string, Stages>();
  const of = (name: Name): Stages => {
    const found = stages.get(nameKey(name)) ?? { name, states: [], after: new Map() };
    stages.set(nameKey(name), found);
    return found;
  };
  for (const change of changes) {
    for (const [name, state] of change.before) if (of(name).states.length === 0) of(name).states.push(state);
    for (const [name, state] of change.after) of(name).after.set(change, of(name).states.push(state) - 1);
  }
  return stages;
}
