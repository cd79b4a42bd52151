import { nameKey, type Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { foundIn } from './found.ts';

/** Compressed, without time travel (Snowflake documentation, "TABLES View", BYTES). */
export const sizes = (
  ctx: Context,
  relations: readonly Relation[],
): Promise<readonly (readonly [Relation, number])[]> =>
  ctx.open.with('sizes', async (session) => {
    const scope = relations.map(({ database, schema }) => ({ location: '', database, schema }));
    const found = new Map((await foundIn(session, scope, { bare: true })).map((one) => [nameKey(one.relation), one]));
    return relations.flatMap((relation) => {
      const one = found.get(nameKey(relation));
      return one && !one.kind.includes('view') ? [[relation, one.bytes] as const] : [];
    });
  });
