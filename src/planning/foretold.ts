import type { Change, Fill } from '../domain/change.ts';
import { fence, releaseOf } from '../domain/ids.ts';
import { exchangesRelations, type Plan } from '../domain/plan.ts';
import { type Container, contains, isRelation, nameKey, type Relation, sameName } from '../domain/relation.ts';
import type { Catalog, CatalogRelation, Standing, Traits } from '../warehouse/port.ts';
import { place } from './names.ts';
import { isByName } from './strategies/exchange.ts';
import { exchangeContainers } from './strategies/exchange-containers.ts';
import { relation } from './strategies/relation.ts';

export interface ForetoldFacts {
  readonly plan: Plan;
  /** Of live and of the idle side, as they are now. */
  readonly catalog: Catalog;
  readonly standing: Standing;
  readonly traits: Pick<Traits, 'exchange' | 'viewsBind'>;
}

/** The steps of the cutover that a plan announces, if nothing else is released before: claims hold for now only. */
export function foretold(facts: ForetoldFacts): readonly (Fill | Change)[] {
  const { plan, catalog, standing, traits } = facts;
  const { mark, claimed } = standing;
  if (plan.kind === 'no-op') return [];
  const number = fence(Math.max(claimed, mark?.fence ?? 0) + 1);
  const seal = { release: releaseOf(number), fence: number, sides: plan.idle, fingerprints: [], token: '' };
  const leaves = mark?.content ?? null;
  if (!exchangesRelations(plan.exchange)) {
    const pairs = plan.live.map((live, i) => ({ live, to: plan.idle[i] ?? null }));
    const there =
      plan.exchange === 'schema' ? built(plan, catalog) : plan.exchange === 'view' ? filled(plan, catalog) : catalog;
    return exchangeContainers(pairs, { catalog: there, leaves, release: seal.release, traits }).changes;
  }
  const there = isByName(traits) ? built(plan, catalog) : catalog;
  const { kept, changes } = relation.cut({ plan, release: seal.release, seal, catalog: there, leaves, traits });
  const isRenamed = (container: Container): boolean =>
    changes.some((change) => change.do === 'move' && sameName(change.to, container));
  const made = kept.filter((container) => !isRenamed(container));
  return [...made.map((container) => ({ do: 'create', container }) as const), ...changes];
}

/** With what the idle side will hold, whatever it has now. */
function filled(plan: Plan, catalog: Catalog): Catalog {
  const coming = [...plan.nodes, ...plan.carried].flatMap(({ idle }): readonly CatalogRelation[] =>
    idle ? [{ relation: idle, kind: 'table', columns: [], definition: null, protection: null }] : [],
  );
  const others = catalog.relations.filter(({ relation }) => !plan.idle.some((side) => contains(side, relation)));
  return { ...catalog, relations: [...others, ...coming] };
}

/** With what dbt has not built yet: a view's text comes from its query, once that is compiled. */
function built(plan: Plan, catalog: Catalog): Catalog {
  const coming = new Map(
    plan.nodes.flatMap(({ name, idle, materialized }): readonly (readonly [string, CatalogRelation])[] => {
      if (!idle) return [];
      const kind = BUILT[materialized] ?? 'table';
      const definition = kind === 'view' ? `the query of ${name}, once dbt has compiled it` : null;
      return [[nameKey(idle), { relation: idle, kind, columns: [], definition, protection: null }]];
    }),
  );
  const find = (one: Relation): CatalogRelation | null => coming.get(nameKey(one)) ?? catalog.find(one);
  return { ...catalog, find, readsOf: () => [], rewritten: (view) => find(view)?.definition ?? null };
}

/** The kind of what a step drops or moves, as it will be then; null: there is nothing, or nobody knows. */
export function kindIn(step: Fill | Change, { plan, catalog }: Pick<ForetoldFacts, 'plan' | 'catalog'>): string | null {
  const of = (name: Relation): string | null => catalog.find(name)?.kind ?? null;
  // The idle side begins as a copy of live.
  if (step.do === 'drop')
    return isRelation(step.what)
      ? of(exchangesRelations(plan.exchange) ? step.what : place(step.what, plan.idle, plan.live))
      : null;
  if (step.do !== 'move' || !isRelation(step.from)) return null;
  const { from } = step;
  const node = plan.nodes.find(({ idle }) => idle !== null && sameName(idle, from));
  return node ? (BUILT[node.materialized] ?? 'table') : of(from);
}

/** What dbt's materializations leave; others leave tables. */
const BUILT: Readonly<Record<string, string>> = { view: 'view', materialized_view: 'materialized view' };
