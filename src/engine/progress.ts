import { type Observation, observe } from '../domain/change.ts';
import type { CutoverPlan, Mark } from '../domain/cutover.ts';
import { type Container, containersOf } from '../domain/relation.ts';
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

const isMarkOf = (cutover: CutoverPlan, mark: Mark | null): boolean =>
  mark !== null && mark.release === cutover.release && mark.fence === cutover.mark.fence;
