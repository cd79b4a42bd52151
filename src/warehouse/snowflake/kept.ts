import { z } from 'zod';
import { byRelease, parseReleaseId, type ReleaseId, sha } from '../../domain/ids.ts';
import type { Container } from '../../domain/relation.ts';
import type { KeptSide } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { type Context, control } from './context.ts';
import { identifier, literal, schemaName, schemaOf } from './dialect.ts';
import { refused } from './errors.ts';

const keptRows = z.array(
  z.object({
    SCHEMA_NAME: z.string(),
    RELEASE: z.string().transform((text, check): ReleaseId => {
      const release = parseReleaseId(text);
      if (release !== null) return release;
      check.addIssue(`${text} is no release`);
      return z.NEVER;
    }),
    SHA: z.string(),
    DISPLACED_BY: z.string(),
    BYTES: z.coerce.number(),
  }),
);

const containerOf = ({ database }: Context, schema: string): Container => ({ location: '', database, schema });

/** Schemas in which rests what left live, together where they left together; those that are gone are none. */
export const kept = (ctx: Context): Promise<readonly KeptSide[]> =>
  ctx.open.with('kept', async (session) => {
    const information = `${identifier(ctx.database)}.INFORMATION_SCHEMA`;
    const ask = `select k.SCHEMA_NAME, k.RELEASE, k.SHA, k.DISPLACED_BY, coalesce(sum(t.BYTES), 0) as BYTES
      from ${control(ctx, 'KEPT')} k
      join ${information}.SCHEMATA s on s.SCHEMA_NAME = k.SCHEMA_NAME
      left join ${information}.TABLES t on t.TABLE_SCHEMA = k.SCHEMA_NAME
      where k.ENVIRONMENT = ?
      group by k.SCHEMA_NAME, k.RELEASE, k.SHA, k.DISPLACED_BY, k.LEFT_AT order by k.LEFT_AT, k.SCHEMA_NAME`;
    const rows = keptRows.parse(await orNothing(() => session.run(ask, [ctx.environment])));
    const together = Map.groupBy(rows, (row) => JSON.stringify([row.RELEASE, row.DISPLACED_BY]));
    return [...together.values()]
      .flatMap((group): readonly KeptSide[] => {
        const [first] = group;
        if (first === undefined) return [];
        const bytes = group.reduce((sum, row) => sum + row.BYTES, 0);
        const containers = group.map((row) => containerOf(ctx, row.SCHEMA_NAME));
        return [{ release: first.RELEASE, sha: sha(first.SHA), containers, bytes }];
      })
      .toSorted((a, b) => byRelease(a.release, b.release));
  });

/** How the name begins of what is about to be deleted. */
const TRASH = 'LASTGREEN_TRASH_';

/** Renamed first: who still reads them by name is told at once, and a name that is half gone is nobody's. */
export const remove = (ctx: Context, sides: readonly KeptSide[]): Promise<readonly string[]> =>
  ctx.open.with('prune', async (session) => {
    const removed: string[] = [];
    for (const schema of sides.flatMap(({ containers }) => containers.map(schemaOf)))
      if (await removeSchema(ctx, session, schema)) removed.push(schema);
    // Also what an earlier prune had renamed when it was stopped.
    const trash = await session.run(
      `select SCHEMA_NAME from ${identifier(ctx.database)}.INFORMATION_SCHEMA.SCHEMATA where startswith(SCHEMA_NAME, ${literal(TRASH)})`,
    );
    for (const row of trash)
      await session.run(
        `drop schema if exists ${schemaName({ database: ctx.database, schema: String(row['SCHEMA_NAME']) })}`,
      );
    return removed;
  });

async function removeSchema(ctx: Context, session: Session, schema: string): Promise<boolean> {
  const [there] = await session.run(
    `select count(*) as N from ${identifier(ctx.database)}.INFORMATION_SCHEMA.SCHEMATA where SCHEMA_NAME = ?`,
    [schema],
  );
  if (Number(there?.['N']) === 0) return false;
  const [known] = await session.run(
    `select count(*) as N from ${control(ctx, 'KEPT')} where ENVIRONMENT = ? and SCHEMA_NAME = ?`,
    [ctx.environment, schema],
  );
  if (Number(known?.['N']) === 0)
    throw refused(`${schema} holds nothing that left live: it is not removed`, { schema });
  const at = (name: string): string => schemaName({ database: ctx.database, schema: name });
  await session.run(`alter schema ${at(schema)} rename to ${at(`${TRASH}${schema}`)}`);
  await session.run(`delete from ${control(ctx, 'RESTING')} where SCHEMA_NAME = ?`, [schema]);
  await session.run(`delete from ${control(ctx, 'KEPT')} where ENVIRONMENT = ? and SCHEMA_NAME = ?`, [
    ctx.environment,
    schema,
  ]);
  return true;
}
