import type { Lack } from '../../domain/lack.ts';
import { nameKey } from '../../domain/relation.ts';
import type { ProjectNames } from '../port.ts';
import { followingSchemas, tiesIn } from './catalog.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { type ServerFacts, serverFacts } from './facts.ts';
import { type Holding, lacksOf } from './lacks.ts';
import { sqlFile } from './sql.ts';

/** Rights, settings of the server, and what holds on to live names; read in one session, in the role that releases have. */
export const examine = (ctx: Context, names: ProjectNames): Promise<readonly Lack[]> =>
  ctx.open.with('doctor', async (session) => {
    const live = names.live.map(({ schema, identifier: name }) => ({ schema, name }));
    const idle = [...new Set(names.idle.map(({ schema }) => schema))];
    const [row] = await session.run(await sqlFile('examine'), [JSON.stringify(live), idle, ctx.environment]);
    const facts = serverFacts.parse(row?.['facts']);
    return lacksOf({ facts, pid: session.pid, holding: await holdingOn(ctx, session, names, facts) });
  });

/** By what is neither the project's own, which changes with it, nor what a release can bind anew. */
async function holdingOn(
  ctx: Context,
  session: Session,
  { live }: ProjectNames,
  facts: ServerFacts,
): Promise<readonly Holding[]> {
  // What cannot be looked into yet is told of already.
  if (facts.standby || facts.foreignSchemas.length > 0) return [];
  const schemas = [...new Set(live.map(({ schema }) => schema))];
  const scope = schemas.map((schema) => ({ location: '', database: ctx.database, schema }));
  const [own, following] = [new Set(live.map(nameKey)), await followingSchemas(ctx, session)];
  return (await tiesIn(ctx, session, scope))
    .filter(({ to }) => own.has(nameKey(to)))
    .filter(({ by, schema, does }) => {
      const isOurs = (by !== null && own.has(nameKey(by))) || (schema !== null && following.has(schema));
      return does === 'holds' && !isOurs;
    })
    .map(({ to, what }) => ({ to, what }));
}
