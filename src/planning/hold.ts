import type { Hold } from '../domain/head.ts';
import type { NodeId } from '../domain/ids.ts';
import { shortNodeName } from './names.ts';

type Definitions = Readonly<Record<NodeId, string>>;

/** Stands for a node that is not there: taking one away is a change that can be held too. */
const ABSENT = '';

/** The reverted release's definition of each node whose own definition it had changed, added or taken away. */
export function heldDefinitions(reverted: Definitions, before: Definitions): Definitions {
  // Keys of such a record are node ids by its type; Object.keys forgets that.
  const ids = [...new Set([...Object.keys(reverted), ...Object.keys(before)])] as NodeId[];
  const changed = ids.filter((id) => reverted[id] !== before[id]).toSorted();
  return Object.fromEntries(changed.map((id) => [id, reverted[id] ?? ABSENT]));
}

/** Names of the nodes that a hold waits to see changed; none when it ends only by hand. */
export const heldNames = (hold: Pick<Hold, 'reverted'>): readonly string[] =>
  holdEnds(hold, hold.reverted?.definitions ?? {}).equal;

export interface HoldVerdict {
  readonly ended: boolean;
  /** Names of the nodes that are still as in the reverted release. */
  readonly equal: readonly string[];
}

/**
 * Whether a commit ends a hold: each node that the reverted release had changed is another one now (a whole revert or
 * a whole fix). A hold set by hand, or after a release that changed no definition, ends only by hand.
 */
export function holdEnds(hold: Pick<Hold, 'reverted'>, definitions: Definitions): HoldVerdict {
  // As above: the record's keys are node ids.
  const held = Object.entries(hold.reverted?.definitions ?? {}) as [NodeId, string][];
  const equal = held.filter(([id, hash]) => (definitions[id] ?? ABSENT) === hash).map(([id]) => shortNodeName(id));
  return { ended: held.length > 0 && equal.length === 0, equal };
}
