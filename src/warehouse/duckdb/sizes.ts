import type { Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { literal, qualified } from './dialect.ts';
import { rowsOf } from './rows.ts';
import { realFile } from './sides.ts';

/** Bytes of a block (DuckDB documentation, "Storage Versions and Format": 256 KiB unless a file was made otherwise). */
const BLOCK = 262_144;

/** Whole blocks that hold a table's columns; a block that two tables share counts for both. */
export async function sizes(
  ctx: Context,
  relations: readonly Relation[],
): Promise<readonly (readonly [Relation, number])[]> {
  const byFile = Map.groupBy(relations, ({ location }) => location);
  const found: (readonly [Relation, number])[] = [];
  for (const [path, inFile] of byFile) {
    const [first] = inFile;
    if (!first || (await realFile(ctx, path)) === null) continue;
    await ctx.open.with({ path, database: first.database, how: 'read' }, async (connection) => {
      for (const relation of inFile) {
        const sql = `SELECT count(DISTINCT block_id) AS blocks FROM pragma_storage_info(${literal(qualified(relation))}) WHERE persistent`;
        const rows = await connection.runAndReadAll(sql).then(
          rowsOf,
          // A view, or not there: it takes no blocks.
          () => [],
        );
        if (rows[0]) found.push([relation, Number(rows[0]['blocks']) * BLOCK]);
      }
    });
  }
  return found;
}
