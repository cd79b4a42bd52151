import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { State } from '../../domain/change.ts';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import { type Container, isRelation, type Name, nameKey, type Relation } from '../../domain/relation.ts';
import type { Catalog } from '../port.ts';
import type { Context } from './context.ts';
import { ifThere } from './files.ts';
import type { Found, Reads } from './found.ts';
import { knownOf } from './known.ts';
import { isSideFolder, sideIn } from './layout.ts';
import { liveNow } from './marks.ts';
import { objectAt } from './sides.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** DuckDB compares names without their case. */
const relationKey = (relation: Relation): string =>
  nameKey({ ...relation, schema: relation.schema.toLowerCase(), identifier: relation.identifier.toLowerCase() });

/** One read of the containers, and of what lies at every place that a side can be. */
export async function readCatalog(ctx: Context, scope: readonly Container[]): Promise<Catalog> {
  const found: Found[] = [];
  const reads = new Map<string, Reads>();
  for (const container of scope) {
    const known = await knownOf(ctx, container);
    found.push(...(known?.found ?? []));
    for (const [one, read] of known?.reads ?? []) reads.set(relationKey(one.relation), read);
  }
  return catalogOf(found, reads, await objects(ctx, scope), await pointed(ctx));
}

/** States of files and of nothing in them: what a cutover compares. */
export async function readStates(ctx: Context): Promise<(name: Name) => State> {
  const ids = await objects(ctx, []);
  return (name) => stateOf(name, () => null, ids);
}

async function objects(ctx: Context, scope: readonly Container[]): Promise<ReadonlyMap<string, ObjectId>> {
  const { layout } = ctx;
  const names = (await ifThere(ctx.files.readdir(layout.home))) ?? [];
  const sides = names.map((name) => join(layout.home, name)).filter((folder) => isSideFolder(layout, folder));
  const places = [layout.live, layout.idle, ...sides.map((folder) => sideIn(layout, folder)), ...scope];
  const ids = new Map<string, ObjectId>();
  for (const { location } of places) {
    const id = await objectAt(ctx, location);
    if (id !== null) ids.set(location, id);
  }
  return ids;
}

async function pointed(ctx: Context): Promise<(name: Container) => Container | null> {
  const { is, real } = await liveNow(ctx);
  const to = real === null || (is !== 'released' && is !== 'foreign') ? null : { ...ctx.layout.live, location: real };
  return (name) => (name.location === ctx.layout.live.location ? to : null);
}

function catalogOf(
  found: readonly Found[],
  reads: ReadonlyMap<string, Reads>,
  ids: ReadonlyMap<string, ObjectId>,
  pointsTo: Catalog['pointsTo'],
): Catalog {
  const byKey = new Map(found.toReversed().map((one) => [relationKey(one.relation), one]));
  const find = (relation: Relation): Found | null => byKey.get(relationKey(relation)) ?? null;
  return {
    relations: [...byKey.values()].toReversed(),
    find,
    pointsTo,
    state: (name) => stateOf(name, find, ids),
    // Everything here is bound by name.
    tiesOf: () => [],
    readsOf: (view) => reads.get(relationKey(view)) ?? (find(view) === null ? 'unreadable' : []),
  };
}

/**
 * A relation has no identity that survives the closing of its file (DuckDB numbers them anew): it is the name in that
 * file. What is in it, `look` tells.
 */
function stateOf(name: Name, find: Catalog['find'], ids: ReadonlyMap<string, ObjectId>): State {
  const file = ids.get(name.location);
  if (file === undefined) return { is: 'absent' };
  if (!isRelation(name)) return { is: 'object', id: file };
  const found = find(name);
  if (found === null) return { is: 'absent' };
  return found.definition === null
    ? { is: 'object', id: relationId(file, found.relation) }
    : { is: 'view', text: sha256(found.definition) };
}

export const relationId = (file: ObjectId, relation: Relation): ObjectId =>
  objectId(sha256(JSON.stringify([file, relation.schema, relation.identifier])).slice(0, 32));
