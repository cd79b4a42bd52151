import { hash } from 'node:crypto';
import type { State } from '../../domain/change.ts';
import { objectId } from '../../domain/ids.ts';
import { type Container, isRelation, type Name, nameKey, type Relation } from '../../domain/relation.ts';
import type { Catalog, Tie } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { containerName, madeContainers } from './containers.ts';
import { type Context, control } from './context.ts';
import { type Found, foundIn } from './found.ts';
import { type Resting, restingIn } from './resting.ts';
import { readsOf } from './text/reads.ts';
import { renamedView } from './text/renamed-view.ts';
import { definitionOf, readView } from './text/view.ts';
import { streamTies } from './ties.ts';

export const readCatalog = (ctx: Context, scope: readonly Container[]): Promise<Catalog> =>
  ctx.open.with('catalog', (session) => catalogIn(ctx, session, scope));

export interface SnowflakeCatalog extends Catalog {
  readonly relations: readonly Found[];
  find(relation: Relation): Found | null;
}

/** Not `whole`: without columns and grants, which a cutover does not ask for. */
export async function catalogIn(
  ctx: Context,
  session: Session,
  scope: readonly Container[],
  o: { readonly whole?: boolean } = {},
): Promise<SnowflakeCatalog> {
  const found = await foundIn(session, scope, o);
  const resting = ctx.scope === 'table' ? await restingIn(ctx, session, scope) : [];
  const kept = await keptContainers(ctx, session);
  // What changes places with all that is beside it is not left behind.
  const ties = ctx.scope !== 'table' || o.whole === false ? new Map() : await streamTies(session);
  const there = ctx.scope === 'table' ? withResting(ctx, { found, resting, kept }) : found;
  return catalogOf(there, { made: await madeContainers(ctx, session), ties });
}

/** Containers that hold what left live, by their names in the control tables. */
export async function keptContainers(ctx: Context, session: Session): Promise<ReadonlySet<string>> {
  const rows = await orNothing(() =>
    session.run(`select NAME from ${control(ctx, 'KEPT')} where ENVIRONMENT = ?`, [ctx.environment]),
  );
  return new Set(rows.map((row) => String(row['NAME'])));
}

interface There {
  readonly found: readonly Found[];
  readonly resting: readonly Resting[];
  readonly kept: ReadonlySet<string>;
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
