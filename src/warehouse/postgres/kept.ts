import { z } from 'zod';
import { type Container, nameKey } from '../../domain/relation.ts';
import { keptSides, releaseText } from '../kept-sides.ts';
import type { KeptSide } from '../port.ts';
import { type Bound, followingSchemas, isKey, tiesIn } from './catalog.ts';
import { isControlled } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { identifier, literal, schemaOf, spoken } from './dialect.ts';
import { refused } from './errors.ts';
import { dropSchema } from './fill.ts';

const keptRows = z.array(
  z.object({
    schema_name: z.string(),
    release: releaseText,
    sha: z.string(),
    displaced_by: z.string(),
    bytes: z.coerce.number(),
  }),
);

/** Schemas in which relations rest that left live, together where they left together; those that are empty are none. */
export const kept = (ctx: Context): Promise<readonly KeptSide[]> =>
  ctx.open.with('kept', async (session) => {
    if (!(await isControlled(session))) return [];
    const rows = keptRows.parse(
      await session.run(
        `select k.schema_name, k.release, k.sha, k.displaced_by, coalesce(sum(pg_total_relation_size(c.oid)), 0) as bytes
         from lastgreen.kept k
         join pg_namespace n on n.nspname = k.schema_name
         left join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
         where k.environment = $1 and (c.oid is not null or exists (select from pg_proc p where p.pronamespace = n.oid))
         group by k.schema_name, k.release, k.sha, k.displaced_by, k.at order by k.at, k.schema_name`,
        [ctx.environment],
      ),
    );
    return keptSides(
      rows.map((row) => ({ ...row, container: containerOf(ctx, row.schema_name), displacedBy: row.displaced_by })),
    );
  });

/** How the name begins of what is about to be deleted. */
const TRASH = 'lastgreen_trash_';

const containerOf = ({ database }: Context, schema: string): Container => ({ location: '', database, schema });

/** Renamed first: who still reads them by name is told at once, and a name that is half gone is nobody's. */
export const remove = (ctx: Context, sides: readonly KeptSide[]): Promise<readonly string[]> =>
  ctx.open.with('prune', async (session) => {
    const removed: string[] = [];
    for (const schema of sides.flatMap(({ containers }) => containers.map(schemaOf)))
      if (await removeSchema(ctx, session, schema)) removed.push(schema);
    for (const row of await session.run(
      `select nspname::text as name from pg_namespace where nspname like 'lastgreen\\_trash\\_%'`,
    ))
      await dropSchema(ctx, session, String(row['name']));
    if (await isControlled(session))
      await session.run(
        'delete from lastgreen.writes w where not exists (select from pg_class c where c.oid = w.relation)',
      );
    return removed;
  });

async function removeSchema(ctx: Context, session: Session, schema: string): Promise<boolean> {
  const [row] = await session.run(
    `select n.oid::text as id, exists (select from lastgreen.kept k where k.schema_name = n.nspname and k.environment = $2) as known
     from pg_namespace n where n.nspname = $1`,
    [schema, ctx.environment],
  );
  if (row === undefined) return false;
  if (row['known'] !== true) throw refused(`${schema} holds nothing that left live: it is not removed`, { schema });
  const following = await followingSchemas(ctx, session);
  const uses = (tie: Bound): boolean => tie.schema !== null && tie.schema !== schema && !isKeyWithin(following, tie);
  const outside = (await tiesIn(ctx, session, [containerOf(ctx, schema)])).filter(uses);
  if (outside.length > 0)
    throw refused(`${schema} is still used: ${outside.map(({ to, what }) => `${spoken(to)} by ${what}`).join(', ')}`, {
      schema,
      relations: [...new Set(outside.map(({ to }) => nameKey(to)))],
    });
  const trash = `${TRASH}${String(row['id'])}`;
  await session.script(
    `begin; alter schema ${identifier(schema)} rename to ${identifier(trash)}; ${['kept', 'kept_view', 'idle'].map((table) => `delete from lastgreen.${table} where schema_name = ${literal(schema)};`).join(' ')}
     delete from lastgreen.kept_key where relation in (select oid from pg_class where relnamespace = ${literal(identifier(trash))}::regnamespace); commit;`,
  );
  await dropSchema(ctx, session, trash);
  return true;
}

/** Of what rests to what rests, and its own: such a key goes with either end. */
const isKeyWithin = (schemas: ReadonlySet<string>, tie: Bound): boolean =>
  tie.does === 'refers' ||
  (isKey(tie) && tie.schema !== null && (schemas.has(tie.schema) || tie.schema.startsWith(TRASH)));
