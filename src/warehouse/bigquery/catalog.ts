import { hash } from 'node:crypto';
import type { State } from '../../domain/change.ts';
import { objectId } from '../../domain/ids.ts';
import {
  type Container,
  contains,
  inContainer,
  isRelation,
  type Name,
  nameKey,
  type Relation,
} from '../../domain/relation.ts';
import type { Catalog, CatalogOptions } from '../port.ts';
import type { Context } from './context.ts';
import { readRing } from './control.ts';
import type { Dataset } from './datasets.ts';
import type { Found } from './found.ts';
import { type Places, relationOf, sideContainer, sideOf } from './places.ts';
import { followed, isPointer, type There } from './pointers.ts';
import { withProtection } from './protection.ts';
import { namesRead } from './text/reads.ts';

export interface BigqueryCatalog extends Catalog {
  readonly relations: readonly There[];
  find(relation: Relation): There | null;
}

/**
 * What is there by the engine's own account: a few questions however much that is, and, unless it is `bare`, one for each
 * relation, whose rights no query tells.
 */
export async function readCatalog(
  ctx: Context,
  scope: readonly Container[],
  { bare = false }: CatalogOptions = {},
): Promise<BigqueryCatalog> {
  const { live } = await readRing(ctx);
  const { found, datasets } = await followed(ctx, scope, { bare, live });
  const inScope = found.filter(({ relation }) => scope.some((container) => contains(container, relation)));
  return catalogOf(ctx.places, { relations: bare ? inScope : await protectedAll(ctx, inScope), datasets, live });
}

/** What several names have is asked about once. */
async function protectedAll(ctx: Context, found: readonly There[]): Promise<readonly There[]> {
  const behind = new Map(found.map((one) => [nameKey(behindIt(one).relation), behindIt(one)]));
  const guarded = await withProtection(ctx, [...behind.values()]);
  const known = new Map(guarded.map((one) => [nameKey(one.relation), one]));
  return found.map((one) => {
    const is = known.get(nameKey(behindIt(one).relation)) ?? behindIt(one);
    return isPointer(one) ? { ...one, protection: is.protection, to: is } : is;
  });
}

/** What has the rows or the text. */
export const behindIt = (one: There): Found => (isPointer(one) ? one.to : one);

/**
 * Of a pointer that of what it leads to. A view's text is told with where it lies: two slots may have the same, and one that is
 * made again as it was is the same.
 */
export function stateOf(found: There | null | undefined): State {
  if (!found) return { is: 'absent' };
  const { id, definition, object } = behindIt(found);
  return definition === null
    ? { is: 'object', id: object }
    : { is: 'view', text: hash('sha256', `${id.dataset}\n${definition}`, 'hex') };
}

interface Known {
  readonly relations: readonly There[];
  readonly datasets: readonly Dataset[];
  /** The slot that readers have. */
  readonly live: string | null;
}

function catalogOf(places: Places, { relations, datasets, live }: Known): BigqueryCatalog {
  // A function may have the name of a table.
  const byKey = new Map(relations.toReversed().map((one) => [nameKey(one.relation), one]));
  const find = (relation: Relation): There | null => byKey.get(nameKey(relation)) ?? null;
  const isLive = ({ location }: Name): boolean => sideOf(places, location) === 'live';
  const slotOf = (name: Container): Container | null =>
    isLive(name) && live !== null ? { ...name, location: live } : null;
  return {
    relations,
    find,
    state(name) {
      if (isRelation(name)) return stateOf(find(name));
      // What readers use is what it leads to; before the first release that is nothing.
      const container = isLive(name) ? slotOf(name) : name;
      return container === null ? { is: 'absent' } : containerState(container, datasets);
    },
    pointsTo(name) {
      if (!isRelation(name)) return slotOf(name);
      const found = find(name);
      return found && isPointer(found) ? found.to.relation : null;
    },
    readsOf(view) {
      const found = find(view);
      return found === null ? 'unreadable' : readsOf(places, found);
    },
    // Everything here is bound by name.
    tiesOf: () => [],
  };
}

/** Of a side the first of its datasets: those that are made later are of the same side. */
function containerState({ location, database, schema }: Container, datasets: readonly Dataset[]): State {
  const [first] = datasets
    .filter((one) => one.location === location && one.project === database && (schema ?? one.schema) === one.schema)
    .toSorted((a, b) => a.created - b.created);
  return first === undefined ? { is: 'absent' } : { is: 'object', id: objectId(`${first.dataset}@${first.created}`) };
}

/** What a relation behind a name of live reads beside it is what live has by that name. */
function readsOf(places: Places, found: There): readonly Relation[] | 'unreadable' {
  const { text, id, kind, relation } = behindIt(found);
  if (text === null) return kind.includes('view') || kind.includes('function') ? 'unreadable' : [];
  const names = namesRead(text);
  if (names === null) return 'unreadable';
  return names
    .map(({ project, dataset, name }) => relationOf(places, { project: project ?? id.project, dataset, table: name }))
    .map((read) =>
      isPointer(found) && read.location === relation.location
        ? inContainer(read, sideContainer(places, places.serving))
        : read,
    );
}
