import { hash } from 'node:crypto';
import type { State } from '../../domain/change.ts';
import { objectId } from '../../domain/ids.ts';
import { type Container, isRelation, type Name, nameKey, type Relation } from '../../domain/relation.ts';
import type { Catalog, CatalogOptions, Tie } from '../port.ts';
import type { Session } from './connect.ts';
import { containerName, madeContainers } from './containers.ts';
import type { Context } from './context.ts';
import { type Found, foundIn } from './found.ts';
import { type Kept, keptIn, type Resting } from './resting.ts';
import { readsOf } from './text/reads.ts';
import { renamedView } from './text/renamed-view.ts';
import { definitionOf, readView } from './text/view.ts';
import { streamTies } from './ties.ts';

export const readCatalog = (ctx: Context, scope: readonly Container[], o: CatalogOptions = {}): Promise<Catalog> =>
  ctx.open.with('catalog', (session) => catalogIn(ctx, session, scope, o));

export interface SnowflakeCatalog extends Catalog {
  readonly relations: readonly Found[];
  find(relation: Relation): Found | null;
}

/** What is asked of the server at once: nothing of it depends on the other answers. */
export async function catalogIn(
  ctx: Context,
  session: Session,
  scope: readonly Container[],
  { bare = false }: CatalogOptions = {},
): Promise<SnowflakeCatalog> {
  const [found, record, ties, made] = await Promise.all([
    foundIn(session, scope, { bare, moves: ctx.scope }),
    keptIn(ctx, session, scope),
    // What changes places with all that is beside it is not left behind.
    ctx.scope !== 'table' || bare ? new Map<string, readonly Tie[]>() : streamTies(session),
    madeContainers(ctx, session),
  ]);
  return catalogOf(withResting(ctx, { found, ...record }), { made, ties });
}

/** What is in some containers, without columns, rights and ties. */
export async function relationsIn(
  ctx: Context,
  session: Session,
  scope: readonly Container[],
): Promise<readonly Found[]> {
  const [found, record] = await Promise.all([foundIn(session, scope, { bare: true }), keptIn(ctx, session, scope)]);
  return withResting(ctx, { found, ...record });
}

interface There extends Kept {
  readonly found: readonly Found[];
}

/** Of a kept side, what rests there and nothing that a build left beside it; views by the texts that they had. */
function withResting({ database }: Context, { found, resting, kept }: There): readonly Found[] {
  const at = ({ schema, name }: Resting): Relation => ({ location: '', database, schema, identifier: name });
  const known = new Map(resting.map((one) => [nameKey(at(one)), one]));
  const there = found.filter(({ relation }) => {
    const one = known.get(nameKey(relation));
    return one ? one.definition === null : !kept.has(relation.schema);
  });
  return [...there, ...resting.flatMap((one) => recorded(at(one), one) ?? [])];
}

function recorded(relation: Relation, { definition, protection }: Resting): Found | null {
  const view = definition === null ? 'unreadable' : readView(definition);
  if (view === 'unreadable') return null;
  return {
    relation,
    kind: 'view',
    columns: [],
    definition: definitionOf(view),
    protection,
    created: '',
    lastAltered: '',
    rows: 0,
    bytes: 0,
    transient: false,
    policies: [],
    tags: [],
    home: [relation.database],
    view,
    recorded: true,
  };
}

export const stateOf = (found: Found | null | undefined): State => {
  if (!found) return { is: 'absent' };
  return found.definition === null
    ? { is: 'object', id: objectId(found.created) }
    : { is: 'view', text: hash('sha256', found.definition, 'hex') };
};

interface Beside {
  readonly made: ReadonlyMap<string, string>;
  readonly ties: ReadonlyMap<string, readonly Tie[]>;
}

function catalogOf(relations: readonly Found[], { made, ties }: Beside): SnowflakeCatalog {
  const byKey = new Map(relations.map((one) => [nameKey(one.relation), one]));
  const find = (relation: Relation): Found | null => byKey.get(nameKey(relation)) ?? null;
  const state = (name: Name): State => {
    if (isRelation(name)) return stateOf(find(name));
    const created = made.get(containerName(name));
    return created === undefined ? { is: 'absent' } : { is: 'object', id: objectId(created) };
  };
  return {
    relations,
    find,
    state,
    pointsTo: () => null,
    readsOf(relation) {
      const found = find(relation);
      if (!found || !found.kind.includes('view')) return found ? [] : 'unreadable';
      return found.view ? readsOf(found.view.query, found.relation) : 'unreadable';
    },
    rewritten(relation, to, names) {
      const found = find(relation);
      if (!found?.view) return null;
      // A text that is kept says what it said on live.
      const home = found.recorded ? to : relation;
      const view = renamedView(found.view, home, to, names);
      return view === 'unreadable' ? null : definitionOf(view);
    },
    tiesOf: (relation) => ties.get(nameKey(relation)) ?? [],
  };
}
