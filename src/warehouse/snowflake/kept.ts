import { z } from 'zod';
import type { Container } from '../../domain/relation.ts';
import { keptSides, releaseText } from '../kept-sides.ts';
import type { KeptSide } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { containerName, containerOf, madeContainers, ownName, wordOf } from './containers.ts';
import { type Context, control } from './context.ts';
import { identifier, literal, TRASH } from './dialect.ts';
import { refused } from './errors.ts';
import { forgetRemoved, recordsTo, trashOf } from './removed.ts';
import { keptContainers } from './resting.ts';

const keptRows = z.array(
  z.object({
    NAME: z.string(),
    RELEASE: releaseText,
    SHA: z.string(),
    DISPLACED_BY: z.string(),
    BYTES: z.coerce.number().nullable(),
  }),
);

/** Containers in which rests what left live, together where they left together; those that are gone are none. */
export const kept = (ctx: Context): Promise<readonly KeptSide[]> =>
  ctx.open.with('kept', async (session) => {
    const rows = keptRows.parse(await orNothing(() => session.run(keptQuery(ctx), [ctx.environment])));
    return keptSides(
      rows.map((row) => ({
        container: containerOf(ctx, row.NAME),
        release: row.RELEASE,
        sha: row.SHA,
        displacedBy: row.DISPLACED_BY,
        bytes: row.BYTES,
      })),
    );
  });

/**
 * What whole databases take would have to be asked of each of them. A schema that holds what was displaced one by one has a
 * list of it, and one that left as a whole has none: neither stands for the other.
 */
function keptQuery(ctx: Context): string {
  const information = `${identifier(ctx.database)}.INFORMATION_SCHEMA`;
  const there = ctx.whole
    ? `join ${identifier(ctx.controlDatabase)}.INFORMATION_SCHEMA.DATABASES s on s.DATABASE_NAME = k.NAME`
    : `join ${information}.SCHEMATA s on s.SCHEMA_NAME = k.NAME left join ${information}.TABLES t on t.TABLE_SCHEMA = k.NAME`;
  const listed = `exists (select 1 from ${control(ctx, 'RESTING')} r where r.SCHEMA_NAME = k.NAME)`;
  const manner = ctx.whole ? '' : ` and ${ctx.scope === 'table' ? '' : 'not '}${listed}`;
  return `select k.NAME, k.RELEASE, k.SHA, k.DISPLACED_BY, ${ctx.whole ? 'null' : 'coalesce(sum(t.BYTES), 0)'} as BYTES
    from ${control(ctx, 'KEPT')} k ${there}
    where k.ENVIRONMENT = ?${manner} and not startswith(k.NAME, ${literal(TRASH)})
    group by k.NAME, k.RELEASE, k.SHA, k.DISPLACED_BY, k.LEFT_AT order by k.LEFT_AT, k.NAME`;
}

/**
 * Renamed first: who still reads them by name is told at once, and a name that is half gone is nobody's (documentation,
 * "DROP SCHEMA", "DROP DATABASE").
 */
export const remove = (ctx: Context, sides: readonly KeptSide[]): Promise<readonly string[]> =>
  ctx.open.with('prune', async (session) => {
    const removed: string[] = [];
    const there = async () => [...(await madeContainers(ctx, session)).keys()];
    const known = await keptContainers(ctx, session);
    const before = new Set(await there());
    for (const container of sides.flatMap(({ containers }) => containers)) {
      if (!before.has(containerName(container))) continue;
      if (!known.has(ownName(container)))
        throw refused(`${ownName(container)} holds nothing that left live: it is not removed`);
      await removeContainer(ctx, session, container);
      removed.push(ownName(container));
    }
    // Also what an earlier prune had renamed when it was stopped.
    const trash = containerName(containerOf(ctx, trashOf(ctx))).slice(0, -1);
    for (const name of (await there()).filter((one) => one.startsWith(trash)))
      await session.run(`drop ${ctx.whole ? 'database' : 'schema'} if exists ${name}`);
    await forgetRemoved(ctx, session);
    return removed;
  });

/** Documentation, "ALTER SCHEMA", "ALTER DATABASE". */
async function removeContainer(ctx: Context, session: Session, container: Container): Promise<void> {
  const trash = containerName(containerOf(ctx, `${TRASH}${ownName(container)}`));
  await session.run(`alter ${wordOf(container)} ${containerName(container)} rename to ${trash}`);
  const name = ownName(container);
  // The engine holds it for a while yet, and these say what is in it.
  for (const statement of recordsTo(ctx, name, `${TRASH}${name}`)) await session.run(statement);
  await session.run(`delete from ${control(ctx, 'KEPT')} where ENVIRONMENT = ? and NAME = ?`, [ctx.environment, name]);
}
