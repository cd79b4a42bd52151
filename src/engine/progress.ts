import type { CutoverPlan, Mark } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { areApart, type Observation, observe } from '../domain/observe.ts';
import { type Container, containersOf, displayName } from '../domain/relation.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';

/** The containers that hold every name of a cutover. */
export function scopeOf(cutover: CutoverPlan): readonly Container[] {
  return containersOf(cutover.changes.flatMap((change) => [...change.before, ...change.after].map(([name]) => name)));
}

/**
 * How far a cutover has come by what is there now. All changed but not marked is not done yet: the mark is the last of
 * them; a cutover of the mark alone, or of what nobody can see, has then not begun.
 */
export async function progress(ports: Ports, cutover: CutoverPlan, mark: Mark | null): Promise<Observation> {
  const catalog = await retrying(ports, () => ports.warehouse.catalog(scopeOf(cutover), { bare: true }));
  const seen = observe(cutover.changes, (name) => catalog.state(name));
  if (seen.state !== 'done' || isMarkOf(cutover, mark)) return seen;
  return { ...seen, state: seen.todo.length === cutover.changes.length ? 'not-started' : 'partly' };
}

/** How many of a cutover's changes readers have for sure. */
export const changedOf = ({ state, todo, done }: Observation, { changes }: Pick<CutoverPlan, 'changes'>): number =>
  state === 'foreign' ? done.length : changes.length - todo.length;

/**
 * Throws where names are as neither before nor after the cutover: INDETERMINATE where it can be taken back as far as it came,
 * else FOREIGN_CHANGE.
 */
export function refuseForeign(cutover: CutoverPlan, observation: Observation): void {
  if (observation.state !== 'foreign') return;
  if (!areApart(cutover.changes)) fail('FOREIGN_CHANGE', { names: observation.foreign.map(displayName) });
  const names = observation.foreign.map(displayName).join(', ');
  const because = `somebody else changed ${names}, and lastgreen overwrites nothing it does not know.`;
  failBetween(cutover, observation, { because, foreign: true });
}

/** Throws INDETERMINATE for a cutover that was seen in the middle. */
export function failBetween(
  cutover: CutoverPlan,
  observation: Observation,
  why: { readonly because: string; readonly foreign?: boolean },
  o?: ErrorOptions,
): never {
  const { release, changes } = cutover;
  return fail('INDETERMINATE', { release, done: changedOf(observation, cutover), of: changes.length, ...why }, o);
}

const isMarkOf = (cutover: CutoverPlan, mark: Mark | null): boolean =>
  mark !== null && mark.release === cutover.release && mark.fence === cutover.mark.fence;
