import type { Fingerprints, LiveLook } from '../../domain/cutover.ts';
import { type Container, nameKey, type Relation } from '../../domain/relation.ts';
import { tellsOf, tokenOf } from '../token.ts';
import { isControlled } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { scopeOf } from './dialect.ts';

/** What is in each relation of some schemas, as far as the engine tells it (sql/postgres/control/writes.sql, fingerprints). */
export const look = (ctx: Context, scope: readonly Container[], relations?: readonly Relation[]): Promise<LiveLook> =>
  ctx.open.with('look', async (session) => {
    const all = (await isControlled(session)) ? await fingerprintsIn(ctx, session, scope) : [];
    const asked = relations && new Set(relations.map(nameKey));
    const fingerprints = asked ? all.filter(([relation]) => asked.has(nameKey(relation))) : all;
    return { fingerprints, token: tokenOf(fingerprints) };
  });

/** As cheap as the look itself: nothing here reads rows. What moved to another schema is still what it was. */
export async function unchanged(ctx: Context, scope: readonly Container[], { token }: LiveLook): Promise<boolean> {
  return tellsOf(token, (await look(ctx, scope)).fingerprints);
}

export async function fingerprintsIn(
  ctx: Context,
  session: Session,
  scope: readonly Container[],
): Promise<Fingerprints> {
  const schemas = scopeOf(scope) ?? (await ownSchemas(session));
  const rows = await session.run(
    'select schema_name, name, fingerprint from lastgreen.fingerprints($1) order by schema_name, name',
    [schemas],
  );
  return rows.map((row) => [
    { location: '', database: ctx.database, schema: String(row['schema_name']), identifier: String(row['name']) },
    String(row['fingerprint']),
  ]);
}

/** All but the engine's and lastgreen's. */
async function ownSchemas(session: Session): Promise<readonly string[]> {
  const rows = await session.run(
    "select nspname::text as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'lastgreen')",
  );
  return rows.map((row) => String(row['name']));
}
