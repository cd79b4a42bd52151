import type { Change } from '../domain/change.ts';
import type { CutoverPlan, Mark, Seal } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { Fence, ReleaseId, Sha } from '../domain/ids.ts';
import { exchangesRelations } from '../domain/plan.ts';
import { type Container, contains, inContainer, nameKey, type Relation } from '../domain/relation.ts';
import type { Catalog, Traits } from '../warehouse/port.ts';
import { liveOf } from './containers-back.ts';
import { markOf } from './cutover.ts';
import type { MoveBack } from './rollback-facts.ts';
import { exchangeRelations } from './strategies/exchange.ts';
import { exchangeContainers } from './strategies/exchange-containers.ts';
import { schemasOf } from './strategies/strategy.ts';

export interface CutoverBackFacts {
  /** The rollback's own number. */
  readonly release: ReleaseId;
  readonly content: ReleaseId;
  readonly sha: Sha;
  /** What becomes live: the kept side, or a levelled copy of it. */
  readonly target: readonly Container[];
  /** Of the levelled copy. */
  readonly seal: Seal | null;
  /** What it takes the place of; where containers do, in step, or as the connection fixes it where nobody knows. */
  readonly live: readonly Container[];
  /** Of live and of the target, read just now. */
  readonly catalog: Catalog;
  /** Where relations change places one by one; null: all that rests in the target, or containers do. */
  readonly moves: readonly MoveBack[] | null;
  /** Live names that readers can tell from what they have now, where names change one by one; left out: all. */
  readonly seen?: readonly Relation[];
  readonly traits: Traits;
  readonly previous: Mark;
  readonly fence: Fence;
  readonly lineage: string;
  readonly now: Date;
}

/** The way back as changes of what readers get, from fresh facts. Throws NO_WAY_BACK when there is nothing to go to. */
export function planCutoverBack(facts: CutoverBackFacts): CutoverPlan {
  const isByRelation = exchangesRelations(facts.traits.exchange);
  const { changes, visible, kept } = isByRelation ? relationsBack(facts) : containersBack(facts);
  const mark = markOf({ ...facts, back: true, token: facts.seal?.token ?? null });
  return { release: facts.release, changes, visible, kept, mark };
}

interface Back {
  readonly changes: readonly Change[];
  readonly visible: number;
  readonly kept: readonly Container[];
}

function containersBack(facts: CutoverBackFacts): Back {
  const { live, target, catalog, content, release, previous, traits, seen } = facts;
  // Without the store only the names tell what belongs where.
  const isTold = target.length === 0 || traits.exchange !== 'schema' || live.every((side) => side.schema !== null);
  const names = isTold ? live : target.map(liveOf);
  const gone = traits.exchange === 'schema' ? [] : names.slice(target.length);
  if (gone.length > 0 || target.some((to) => catalog.state(to).is === 'absent'))
    fail('NO_WAY_BACK', { asked: content, because: [`what was kept of ${content} is not there any more`] });
  const pairs = names.map((name, i) => ({ live: name, to: target[i] ?? null }));
  return exchangeContainers(pairs, {
    catalog,
    leaves: previous.content,
    release,
    traits,
    seen: seen && new Set(seen.map(nameKey)),
  });
}

function relationsBack({ moves, target, live, catalog, release, previous, traits }: CutoverBackFacts): Back {
  const names = moves ?? restingIn(target, catalog);
  const sides = live.some((side) => side.schema === null) ? schemasOf(names.map((move) => move.live)) : live;
  return exchangeRelations(names, { live: sides, own: [], catalog, leaves: previous.content, release, traits });
}

/** Without the store only the names tell what belongs where: a kept container is named for the live one. */
export const restingIn = (target: readonly Container[], catalog: Catalog): readonly MoveBack[] =>
  target.flatMap((container) =>
    catalog.relations
      .filter(({ relation }) => contains(container, relation))
      .map(({ relation: from }) => ({ live: inContainer(from, liveOf(container)), from })),
  );
