import { type Change, type Claims, type State, sameState } from './change.ts';
import { type Name, nameKey } from './relation.ts';

export interface Observation {
  readonly state: 'done' | 'not-started' | 'partly' | 'foreign';
  /** Changes that are not done yet, in order; first those of which nobody can tell, such as of a view that keeps its text. */
  readonly todo: readonly Change[];
  /** Changes that are done, or of which nobody can tell; none where names are foreign and changes are made in order. */
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
  if (areApart(changes)) return observeEach(changes, stateOf);
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

/** Whether each tells by itself whether it is done. */
export const areApart = (changes: readonly Change[]): boolean => changes.every((change) => change.do === 'repoint');

/** Changes of one name each, that are made side by side: any of them may be done while others are not. */
function observeEach(changes: readonly Change[], stateOf: (name: Name) => State): Observation {
  const holds = (claims: Claims): boolean => claims.every(([name, state]) => sameState(state, stateOf(name)));
  const done = changes.filter(({ after }) => holds(after));
  const todo = changes.filter(({ after }) => !holds(after));
  const odd = todo.filter(({ before }) => !holds(before));
  const foreign = odd.flatMap(({ after }) => after.map(([name]) => name));
  if (foreign.length > 0) return { state: 'foreign', todo: todo.filter((one) => !odd.includes(one)), done, foreign };
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
