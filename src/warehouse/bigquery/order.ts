import { displayName, nameKey, type Relation } from '../../domain/relation.ts';
import { refused } from './errors.ts';

/** What is made, with what it reads where it is made. */
export interface Made {
  readonly relation: Relation;
  readonly reads: readonly Relation[];
}

/** In groups: all that one reads is in groups before its own. What is not made here is there, or is not. */
export function inOrder<T extends Made>(all: readonly T[]): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let left = [...all];
  while (left.length > 0) {
    const waiting = new Set(left.map(({ relation }) => nameKey(relation)));
    const isFree = (one: T): boolean => one.reads.every((read) => !waiting.has(nameKey(read)));
    const group = left.filter(isFree);
    if (group.length === 0)
      throw refused(`${left.map(({ relation }) => displayName(relation)).join(', ')} read one another`);
    groups.push(group);
    left = left.filter((one) => !group.includes(one));
  }
  return groups;
}

/** Throws `refused` for what reads something that is not there before dbt has built it. */
export function refuseReading(all: readonly Made[], absent: readonly Relation[]): void {
  const without = new Set(absent.map(nameKey));
  const waiting = all.flatMap(({ relation, reads }) =>
    reads
      .filter((read) => without.has(nameKey(read)))
      .map((read) => `${displayName(relation)} reads ${displayName(read)}`),
  );
  if (waiting.length > 0)
    throw refused(
      `${waiting.join(', ')}, which is only built afterwards: whatever reads what is built anew is built anew too`,
      { relations: waiting },
    );
}
