import type { NodeResult } from '../dbt/port.ts';
import type { LiveLook, Seal } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { type Answer, outcome } from '../domain/verdict.ts';
import type { Catalog } from '../warehouse/port.ts';
import { ask, objections } from './gating.ts';
import { phase } from './phase.ts';
import type { Session } from './session.ts';
import { idleRelations, liveRelations, openSide, withAsked } from './sides.ts';
import type { Work } from './work.ts';

export interface Asked {
  readonly at: 'built' | 'sealed';
  readonly seal: Seal | null;
  /** Of the sealed side, where it was read just now. */
  readonly catalog: Catalog | null;
  readonly look: LiveLook | null;
  readonly lookedAt: Date;
  readonly results: readonly NodeResult[];
}

/** Throws REJECTED on any fail or error; an inconclusive answer is returned for a person. */
export async function gateSide(s: Session, work: Work, release: ReleaseId, asked: Asked): Promise<readonly Answer[]> {
  const { ports, held } = s;
  const { plan, manifests } = work;
  if (!plan.checks.some((check) => check.at === asked.at)) return [];
  const answers = await phase(ports, 'gates', asked.at, async () => {
    const candidate = await openSide(ports, {
      containers: asked.seal?.sides ?? plan.idle,
      relationOf: idleRelations(plan, manifests.idle, asked.seal),
      catalog: asked.catalog,
      look: null,
      signal: held.signal,
    });
    const currentOf = manifests.baseline && liveRelations(manifests.baseline, plan.live);
    const current =
      currentOf &&
      (await openSide(ports, {
        containers: withAsked(plan.live, plan.checks, currentOf),
        relationOf: currentOf,
        look: asked.look,
        lookedAt: asked.lookedAt,
        signal: held.signal,
      }));
    const direction = work.back ? 'back' : 'forward';
    return ask(ports, {
      plan,
      manifests,
      at: asked.at,
      candidate,
      current,
      results: asked.results,
      direction,
      signal: held.signal,
    });
  });
  held.assert();
  await s.append({ is: 'gated', release, at: asked.at, answers });
  if (outcome(answers) === 'fail') fail('REJECTED', { release, failed: objections(answers) });
  return answers;
}
