import type { Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';

/** With indexes and what is stored out of line (PostgreSQL documentation, "Database Object Size Functions"). */
export const sizes = (
  ctx: Context,
  relations: readonly Relation[],
): Promise<readonly (readonly [Relation, number])[]> =>
  ctx.open.with('sizes', async (session) => {
    const rows = await session.run(
      `select a.n, pg_total_relation_size(c.oid) as bytes
       from unnest($1::text[], $2::text[]) with ordinality as a (schema, name, n)
       join pg_namespace s on s.nspname = a.schema
       join pg_class c on c.relnamespace = s.oid and c.relname = a.name and c.relkind in ('r', 'p', 'm')`,
      [relations.map(({ schema }) => schema), relations.map(({ identifier }) => identifier)],
    );
    return rows.flatMap((row) => {
      const relation = relations[Number(row['n']) - 1];
      return relation ? [[relation, Number(row['bytes'])] as const] : [];
    });
  });
