import type { DuckDBConnection } from '@duckdb/node-api';
import { type Container, nameKey, type Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { type Found, foundIn, type Known } from './found.ts';
import { queriesRead } from './reads.ts';
import { realFile } from './sides.ts';
import { fileToken } from './token.ts';

/** Of a file that is open for reading, so that nobody writes to it between its token and its catalog. */
export async function knownIn(ctx: Context, connection: DuckDBConnection, container: Container): Promise<Known> {
  const token = await fileToken(ctx, container.location);
  const before = remembered(ctx, container, token);
  if (before !== null) return before;
  const found = await foundIn(connection, container);
  const known = {
    token,
    container,
    found,
    reads: new Map(await queriesRead(connection, found, ctx.sayings)),
    prints: new Map<Found, string>(),
  };
  ctx.known.set(nameKey(container), known);
  return known;
}

/** null: there is no such file. Opens it only when it changed since. */
export async function knownOf(ctx: Context, container: Container): Promise<Known | null> {
  const { location: path, database } = container;
  if ((await realFile(ctx, path)) === null) return null;
  const before = remembered(ctx, container, await fileToken(ctx, path));
  if (before !== null) return before;
  return ctx.open.with({ path, database, how: 'read' }, (connection) => knownIn(ctx, connection, container));
}

/** A file keeps its token when it gets another name: a side that is sealed, and then live. */
function remembered(ctx: Context, container: Container, token: string): Known | null {
  const { database, schema } = container;
  const same = [...ctx.known.values()].find(
    (one) => one.token === token && one.container.database === database && one.container.schema === schema,
  );
  if (same === undefined) return null;
  const known = same.container.location === container.location ? same : moved(same, container);
  ctx.known.set(nameKey(container), known);
  return known;
}

function moved(known: Known, container: Container): Known {
  const from = known.container.location;
  const there = (relation: Relation): Relation =>
    relation.location === from ? { ...relation, location: container.location } : relation;
  const pairs = known.found.map((one) => [one, { ...one, relation: there(one.relation) }] as const);
  return {
    token: known.token,
    container,
    found: pairs.map(([, now]) => now),
    reads: new Map(
      pairs.flatMap(([was, now]) => {
        const reads = known.reads.get(was);
        return reads === undefined ? [] : [[now, reads === 'unreadable' ? reads : reads.map(there)]];
      }),
    ),
    prints: new Map(
      pairs.flatMap(([was, now]) => {
        const print = known.prints.get(was);
        return print === undefined ? [] : [[now, print]];
      }),
    ),
  };
}
