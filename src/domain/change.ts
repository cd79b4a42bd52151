import type { ObjectId } from './ids.ts';
import { type Container, type Name, nameKey, type Relation } from './relation.ts';

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

export interface Observation {
  readonly state: 'done' | 'not-started' | 'partly' | 'foreign';
  /** Changes that are not done yet, in order; first those of which nobody can tell, such as of a view that keeps its text. */
  readonly todo: readonly Change[];
  /** Changes that are done, or of which nobody can tell. */
  readonly done: readonly Change[];
  /** Names that are as no change of the list knows them. */
  readonly foreign: readonly Name[];
}

/**
 * How far a list of changes has come, for any number of them, from one catalog read. Where views are repointed, each tells by
 * itself. Others are made in order, so that there is a number of them after which every name is as it is now, or two between
 * whose statements it stopped.
 */
export function observe(changes: readonly Change[], stateOf: (name: Name) => State): Observation {
  if (changes.every(({ do: what }) => what === 'repoint')) return observeEach(changes, stateOf);
  const stages = [...stagesOf(changes).values()].map((stage) => ({
    ...stage,
    fits: fitting(stage, stateOf(stage.name)),
  }));
  // How many names fit after each number of changes.
  const fits = sums(
    stages.flatMap((stage) => stage.fits),
    changes.length,
  );
  const [first, last] = [fits.indexOf(stages.length), fits.lastIndexOf(stages.length)];
  const foreign = stages.filter((stage) => stage.fits.length === 0).map(({ name }) => name);
  if (foreign.length > 0) return { state: 'foreign', todo: changes, done: [], foreign };
  if (first === -1) return betweenStatements(changes, stages);
  const state = last === changes.length ? 'done' : first === 0 ? 'not-started' : 'partly';
  return { state, todo: changes.slice(first), done: changes.slice(0, last), foreign: [] };
}

/** Changes of one name each, that are made side by side: any of them may be done while others are not. */
function observeEach(changes: readonly Change[], stateOf: (name: Name) => State): Observation {
  const holds = (claims: Claims): boolean => claims.every(([name, state]) => sameState(state, stateOf(name)));
  const done = changes.filter(({ after }) => holds(after));
  const todo = changes.filter(({ after }) => !holds(after));
  const foreign = todo.filter(({ before }) => !holds(before)).flatMap(({ after }) => after.map(([name]) => name));
  if (foreign.length > 0) return { state: 'foreign', todo: changes, done: [], foreign };
  return { state: todo.length === 0 ? 'done' : done.length === 0 ? 'not-started' : 'partly', todo, done, foreign };
}

/** A change that takes several statements, of which some are done: some of its names are as before it, and some as after. */
function betweenStatements(
  changes: readonly Change[],
  stages: readonly { readonly fits: readonly Span[] }[],
): Observation {
  const reached = Math.min(...stages.map(({ fits }) => Math.max(...fits.map(([, to]) => to))));
  const begun = Math.max(...stages.map(({ fits }) => Math.min(...fits.map(([from]) => from))));
  return { state: 'partly', todo: changes.slice(reached), done: changes.slice(0, begun), foreign: [] };
}

/** What one name is before the first change, and after each that claims it, with how many changes are done by then. */
interface Stages {
  readonly name: Name;
  readonly states: { readonly after: number; readonly state: State }[];
}

function stagesOf(changes: readonly Change[]): ReadonlyMap<string, Stages> {
  const stages = new Map<string, Stages>();
  const of = (name: Name): Stages => {
    const found = stages.get(nameKey(name)) ?? { name, states: [] };
    stages.set(nameKey(name), found);
    return found;
  };
  for (const [i, change] of changes.entries()) {
    for (const [name, state] of change.before)
      if (of(name).states.length === 0) of(name).states.push({ after: 0, state });
    for (const [name, state] of change.after) of(name).states.push({ after: i + 1, state });
  }
  return stages;
}

type Span = readonly [from: number, to: number];

/** From and up to how many changes a name is so. */
const fitting = ({ states }: Stages, is: State): readonly Span[] =>
  states.flatMap(({ after, state }, i): readonly Span[] => {
    const next = states[i + 1]?.after ?? Number.POSITIVE_INFINITY;
    return next > after && sameState(state, is) ? [[after, next - 1]] : [];
  });

/** In how many spans each number up to `n` lies. */
function sums(spans: readonly Span[], n: number): readonly number[] {
  const steps = Array.from({ length: n + 2 }, () => 0);
  const add = (at: number, by: number): void => {
    steps[at] = (steps[at] ?? 0) + by;
  };
  for (const [from, to] of spans) {
    add(from, 1);
    add(Math.min(to, n) + 1, -1);
  }
  let sum = 0;
  return steps.slice(0, n + 1).map((step) => (sum += step));
}
