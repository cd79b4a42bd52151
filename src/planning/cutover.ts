import type { CutoverPlan, Mark, Seal } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { Fence, ReleaseId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import { displayName, nameKey, type Relation } from '../domain/relation.ts';
import type { Catalog, Traits } from '../warehouse/port.ts';
import { strategyFor } from './strategies/registry.ts';
import type { Cut } from './strategies/strategy.ts';

export interface CutoverFacts {
  readonly plan: Plan;
  readonly release: ReleaseId;
  /** Whose definitions are live after it: the release's own, except where it went back or changed nothing. */
  readonly content: ReleaseId;
  /** What the gates looked at; null only for a no-op. */
  readonly seal: Seal | null;
  /** Of live and of the sealed side, read just now. */
  readonly catalog: Catalog;
  readonly traits: Traits;
  /** What is live now, by the warehouse. */
  readonly previous: Mark | null;
  readonly fence: Fence;
  readonly lineage: string;
  /** A rollback that was built again. */
  readonly back: boolean;
  readonly now: Date;
}

/**
 * Every change of a cutover with what must hold before and after it, from fresh facts. A no-op changes the mark only.
 * Throws PLAN_MOVED when it would change more than the plan announced.
 */
export function planCutover(facts: CutoverFacts): CutoverPlan {
  const { plan, release, seal, previous } = facts;
  const cut =
    plan.kind === 'no-op'
      ? nothing
      : cutOf(
          facts,
          seal ?? fail('WRONG_STATE', { release, state: 'not sealed', verb: 'be cut over', next: 'lastgreen build' }),
        );
  refuseMore(plan, cut);
  const { changes, visible, kept } = cut;
  return {
    release,
    changes,
    visible,
    kept,
    mark: markOf({ ...facts, sha: plan.sha, token: seal?.token ?? previous?.token ?? null }),
  };
}

const nothing: Cut = { changes: [], visible: 0, kept: [], touched: { replace: [], add: [], remove: [] } };

function cutOf({ plan, release, catalog, previous, traits }: CutoverFacts, seal: Seal): Cut {
  if (plan.exchange !== traits.exchange)
    fail('PLAN_MOVED', {
      what: `it was built for a cutover by ${plan.exchange}, and the settings have one by ${traits.exchange} now`,
    });
  return strategyFor(plan.exchange).cut({ plan, release, seal, catalog, leaves: previous?.content ?? null, traits });
}

export type MarkFacts = Pick<CutoverFacts, 'release' | 'content' | 'lineage' | 'fence' | 'previous' | 'now'> &
  Pick<Mark, 'sha' | 'token' | 'back'>;

/** The mark that goes with a cutover. */
export function markOf({ lineage, fence, release, content, sha, back, previous, token, now }: MarkFacts): Mark {
  const before = previous && { release: previous.release, content: previous.content, sha: previous.sha };
  return { lineage, fence, release, content, sha, back, previous: before, token, at: now.toISOString() };
}

function refuseMore({ announced }: Plan, { touched }: Cut): void {
  const allowed = {
    replace: keys([...announced.replace]),
    // What was to be replaced and is gone meanwhile is simply put there.
    add: keys([...announced.add, ...announced.replace]),
    remove: keys([...announced.remove]),
  };
  const more = (['replace', 'add', 'remove'] as const).flatMap((what) =>
    touched[what]
      .filter((name) => !allowed[what].has(nameKey(name)))
      .map((name) => `${displayName(name)} would be ${past[what]}`),
  );
  if (more.length > 0) fail('PLAN_MOVED', { what: `${more.join(', ')}, which the plan does not say` });
}

const past = { replace: 'replaced', add: 'added', remove: 'removed' } as const;
const keys = (relations: readonly Relation[]): ReadonlySet<string> => new Set(relations.map(nameKey));
