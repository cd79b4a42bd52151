import { nameKey, type Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { readRing } from './control.ts';
import { followed } from './pointers.ts';

/** Logical bytes, without time travel; of a clone as if it shared nothing (documentation, "Listing tables in a dataset"). */
export async function sizes(
  ctx: Context,
  relations: readonly Relation[],
): Promise<readonly (readonly [Relation, number])[]> {
  const { live } = await readRing(ctx);
  const scope = relations.map(({ location, database, schema }) => ({ location, database, schema }));
  const { found } = await followed(ctx, scope, { bare: true, live });
  const known = new Map(found.map((one) => [nameKey(one.relation), one]));
  return relations.flatMap((relation) => {
    const one = known.get(nameKey(relation));
    return one?.kind === 'table' || one?.kind === 'materialized view' ? [[relation, one.bytes] as const] : [];
  });
}
