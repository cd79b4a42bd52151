import type { DuckDBConnection } from '@duckdb/node-api';
import { type Container, nameKey } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { type Found, foundIn, type Known } from './found.ts';
import { queriesRead } from './reads.ts';
import { realFile } from './sides.ts';
import { fileToken } from './token.ts';

/** Of a file that is open for reading, so that nobody writes to it between its token and its catalog. */
export async function knownIn(ctx: Context, connection: DuckDBConnection, container: Container): Promise<Known> {
  const token = await fileToken(ctx, container.location);
  const before = ctx.known.get(nameKey(container));
  if (before?.token === token) return before;
  const found = await foundIn(connection, container);
  const known = {
    token,
    found,
    reads: new Map(await queriesRead(connection, found)),
    prints: new Map<Found, string>(),
  };
  ctx.known.set(nameKey(container), known);
  return known;
}

/** null: there is no such file. Opens it only when it changed since. */
export async function knownOf(ctx: Context, container: Container): Promise<Known | null> {
  const { location: path, database } = container;
  if ((await realFile(ctx, path)) === null) return null;
  const before = ctx.known.get(nameKey(container));
  if (before !== undefined && before.token === (await fileToken(ctx, path))) return before;
  return ctx.open.with({ path, database, how: 'read' }, (connection) => knownIn(ctx, connection, container));
}
