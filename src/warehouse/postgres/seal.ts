import type { Seal } from '../../domain/cutover.ts';
import type { Fence, ReleaseId } from '../../domain/ids.ts';
import type { Container } from '../../domain/relation.ts';
import { tokenOf } from '../token.ts';
import { assertFence } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { identifier, schemaOf } from './dialect.ts';
import { refused } from './errors.ts';
import { dropSchema, idleSchemas } from './fill.ts';
import { fingerprintsIn } from './look.ts';

/**
 * Relations keep their place until the cutover. Writes to them are counted from here on: what the engine's statistics
 * know comes late, and is gone after a crash of the server.
 */
export const seal = (ctx: Context, release: ReleaseId, sides: readonly Container[], fence: Fence): Promise<Seal> =>
  ctx.open.with(`seal ${fence}`, async (session) => {
    await assertFence(ctx, session, fence);
    await session.run(
      `select lastgreen.count_writes(array(
         select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = any ($1) and c.relkind in ('r', 'p')))`,
      [sides.map(schemaOf)],
    );
    return sealed(ctx, session, { release, sides, fence });
  });

/** Live, as it is found: nothing is added to tables that somebody else made. */
export const adopt = (ctx: Context, release: ReleaseId, sides: readonly Container[], fence: Fence): Promise<Seal> =>
  ctx.open.with(`adopt ${fence}`, async (session) => {
    await assertFence(ctx, session, fence);
    return sealed(ctx, session, { release, sides, fence });
  });

async function sealed(
  ctx: Context,
  session: Session,
  { release, sides, fence }: Pick<Seal, 'release' | 'sides' | 'fence'>,
): Promise<Seal> {
  const fingerprints = await fingerprintsIn(ctx, session, sides);
  return { release, fence, sides, fingerprints, token: tokenOf(fingerprints) };
}

/** Gives up idle schemas with all that is in them. */
export const discard = (ctx: Context, sides: readonly Container[]): Promise<void> =>
  ctx.open.with('discard', async (session) => {
    const idle = await idleSchemas(ctx, session);
    for (const schema of sides.map(schemaOf)) {
      if (idle.has(schema)) await dropSchema(ctx, session, schema);
      else if (await isThere(session, schema))
        throw refused(`${schema} is no idle side: readers have, or had, what is in it`, { schema });
    }
  });

async function isThere(session: Session, schema: string): Promise<boolean> {
  const [row] = await session.run('select to_regnamespace($1) is not null as yes', [identifier(schema)]);
  return row?.['yes'] === true;
}
