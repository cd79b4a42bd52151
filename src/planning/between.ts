import { homed } from '../domain/relation.ts';
import type { KeptSide } from '../warehouse/port.ts';
import type { Locate } from './names.ts';
import type { RollbackFacts } from './rollback-facts.ts';
import { releasesSince } from './target.ts';

/** Whether what is live came right after the target. */
export function isDirect({ target, history, mark }: RollbackFacts): boolean {
  const since = releasesSince(target, history).filter((record) => record.kind !== 'no-op');
  return since.length === 1 && since[0]?.id === mark.content;
}

/** A relation as dbt has it, in the place that a side's connection gives it. */
export const locating =
  ({ sides }: RollbackFacts): Locate =>
  (relation, side) =>
    homed(relation, sides[side]);

/** What was kept of the target when it left live last. */
export const sideOf = ({ kept, target }: RollbackFacts): KeptSide | undefined =>
  kept.findLast((side) => side.release === target);
