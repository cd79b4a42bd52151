import type { Fill } from '../../domain/change.ts';
import { oneOf } from '../../domain/kind.ts';
import type { PlannedNode } from '../../domain/plan.ts';
import { type Container, contains, displayName, type Relation, sameName } from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';
import { place } from '../names.ts';
import { exchangeRelations, isByName } from './exchange.ts';
import { asFunction, isFunction, unlike } from './functions.ts';
import {
  type Cut,
  type CutFacts,
  type Placed,
  type Prepared,
  type PrepareFacts,
  type Strategy,
  schemasOf,
} from './strategy.ts';
import { type Pair, referring, tied } from './ties.ts';

/** Relations change places one by one: the idle side holds the change set only, and unchanged parents are deferred to live. */
export const relation: Strategy = { prepare, cut, sides };

function prepare({ placed, unchanged, leaving, catalog, names, traits }: PrepareFacts): Prepared {
  const built = placed.filter(({ node }) => node.idle !== null && node.live !== null);
  const pairs = sidePairs(built.map(({ node }) => node));
  const { idle: containers } = sides(pairs);
  const create = containers.map((container): Fill => {
    const like = pairs.find(({ idle }) => contains(container, idle))?.live;
    return { do: 'create', container, ...(like ? { like: schemasOf([like])[0] } : {}) };
  });
  // What lies there at the cutover rests there afterwards: nothing that another build left.
  const emptied = isByName(traits) ? containers.map((what): Fill => ({ do: 'drop', what })) : [];
  const drops = emptied.length > 0 ? [] : dropped(built);
  const seeds = built.flatMap(({ node, seedFrom, revoked }): readonly Fill[] => {
    if (!node.idle || !seedFrom) return [];
    const state = catalog.state(seedFrom);
    const id = state.is === 'object' ? state.id : null;
    // dbt takes back only where it is to give something; what it gives after the copy, by hooks too, stays.
    return [{ do: 'copy', from: seedFrom, id, to: node.idle, ...(revoked.length > 0 ? { revoked } : {}) }];
  });
  const refers = referring(built, { pairs, leaving, catalog });
  const schemas = schemasOf(pairs.map(({ live }) => live));
  const losing = schemasOf(leaving).filter((schema) => !schemas.some((other) => sameName(other, schema)));
  return {
    prepare: [...emptied, ...create, ...drops, ...seeds, ...refers.atOnce],
    settle: [
      ...built.flatMap(({ node: { live, idle }, revoked }): readonly Fill[] => {
        if (!live || !idle || !catalog.find(live)?.protection) return [];
        // Functions have the EXECUTE that live has, whatever their config says.
        const more = isFunction(live, catalog) ? asFunction(true) : revoked.length > 0 ? { revoked } : {};
        return [{ do: 'protect', live, idle, ...more }];
      }),
      ...refers.onceBuilt,
    ],
    carried: [],
    deferred: unchanged.map(({ id, live }) => ({ id, live })),
    // In step with the live schemas; a schema that only loses relations has no idle side and comes last.
    idle: containers,
    live: [...schemas, ...losing],
    problems: [
      ...built.flatMap(({ node }) => unlike(node, catalog)),
      ...splitSchemas([...names.nodes.values()].filter((node) => !node.shared)),
      ...tied({ replaced: pairs.map(({ live }) => live), leaving, seeded: seededNames(built) }, catalog),
      ...refers.problems,
      ...(isByName(traits) ? unbindable(built, catalog) : []),
    ],
  };
}

const dropped = (built: readonly Placed[]): readonly Fill[] =>
  built
    .toReversed()
    .flatMap(({ node, seedFrom }): readonly Fill[] =>
      node.idle && !seedFrom ? [{ do: 'drop', what: node.idle, ...asFunction(node.resource === 'function') }] : [],
    );

/** What could not come back, or not be bound to live names, where texts say what is read. */
const unbindable = (built: readonly Placed[], catalog: Catalog): readonly string[] =>
  built.flatMap(({ node }) => {
    const found = node.live && catalog.find(node.live);
    if (node.resource === 'function')
      return [
        `${node.name} is a function: on this warehouse functions do not change places, so that its callers would read another side.`,
      ];
    if (found && found.kind !== 'table' && found.kind !== 'view')
      return [
        `${displayName(found.relation)} is ${oneOf(found.kind)}: on this warehouse only tables and views change places.`,
      ];
    return found?.kind === 'view' && found.definition === null
      ? [`${displayName(found.relation)} is a view whose text may not be read, so that it could not come back.`]
      : [];
  });

const seededNames = (built: readonly Placed[]): readonly Relation[] =>
  built.flatMap(({ node: { live }, seedFrom }) => (live && seedFrom ? [live] : []));

/** In step with each other; a schema that only loses relations has no idle side. */
export function sides(named: readonly Pair[]): { live: readonly Container[]; idle: readonly Container[] } {
  return { live: schemasOf(named.map(({ live }) => live)), idle: schemasOf(named.map(({ idle }) => idle)) };
}

const sidePairs = (nodes: readonly PlannedNode[]): readonly Pair[] =>
  nodes.flatMap(({ live, idle }) => (live && idle ? [{ live, idle }] : []));

/** A schema that becomes two on the idle side, or the other way round, cannot be put back together by name. */
export function splitSchemas(pairs: readonly Pair[]): readonly string[] {
  const partners = new Map<string, Set<string>>();
  const note = (a: Relation, b: Relation): void => {
    const [from, to] = [JSON.stringify(schemasOf([a])), JSON.stringify(schemasOf([b]))];
    partners.set(from, (partners.get(from) ?? new Set()).add(to));
  };
  for (const { live, idle } of pairs) {
    note(live, idle);
    note(idle, live);
  }
  return [...partners].filter(([, to]) => to.size > 1).map(([from]) => `${from} is split between the sides.`);
}

function cut({ plan, release, seal, catalog, leaves, traits }: CutFacts): Cut {
  const built = sidePairs(plan.nodes).map(({ live, idle }) => ({ live, from: place(idle, plan.idle, seal.sides) }));
  const removed = plan.announced.remove.map((live) => ({ live, from: null }));
  return exchangeRelations([...built, ...removed], {
    live: plan.live,
    own: seal.sides,
    catalog,
    leaves,
    release,
    traits,
  });
}
