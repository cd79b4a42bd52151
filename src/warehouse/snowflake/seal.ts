import type { Seal } from '../../domain/cutover.ts';
import { type Fence, type ReleaseId } from '../../domain/ids.ts';
import type { Container } from '../../domain/relation.ts';
import { tokenOf } from '../token.ts';
import { relationsIn } from './catalog.ts';
import { assertFence } from './claim.ts';
import { idleContainers } from './containers.ts';
import type { Context } from './context.ts';
import { dropIdle } from './fill-containers.ts';
import { grantsOfNew } from './future.ts';
import { fingerprintsOf } from './look.ts';

/**
 * Relations keep their place until the cutover, and the engine tells every write to them. What live does not have gets its
 * rights before, as nobody's is there to take them from. Also how live is adopted.
 */
export const seal = (ctx: Context, release: ReleaseId, sides: readonly Container[], fence: Fence): Promise<Seal> =>
  ctx.open.with(
    'seal',
    async (session) => {
      await assertFence(ctx, session, fence);
      for (const statement of await grantsOfNew(ctx, session, sides)) await session.run(statement);
      const fingerprints = await fingerprintsOf(session, await relationsIn(ctx, session, sides));
      return { release, fence, sides, fingerprints, token: tokenOf(fingerprints) };
    },
    { release },
  );

/** Gives up idle schemas with all that is in them. */
export const discard = (ctx: Context, sides: readonly Container[]): Promise<void> =>
  ctx.open.with('discard', async (session) => {
    const idle = await idleContainers(ctx, session);
    for (const container of sides) await dropIdle({ ctx, session, idle }, container);
  });
