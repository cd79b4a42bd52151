import type { Change, Claims, Fill } from '../../domain/change.ts';
import type { ReleaseId } from '../../domain/ids.ts';
import type { PlannedNode } from '../../domain/plan.ts';
import { type Container, contains, inContainer, type Relation, sameName } from '../../domain/relation.ts';
import type { Catalog, Traits } from '../../warehouse/port.ts';
import { place } from '../names.ts';
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

function prepare({ placed, unchanged, leaving, catalog, names }: PrepareFacts): Prepared {
  const built = placed.filter(({ node }) => node.idle !== null && node.live !== null);
  const pairs = sidePairs(built.map(({ node }) => node));
  const { idle: containers } = sides(pairs);
  const create = containers.map((container): Fill => {
    const like = pairs.find(({ idle }) => contains(container, idle))?.live;
    return { do: 'create', container, ...(like ? { like: schemasOf([like])[0] } : {}) };
  });
  const drops = built
    .toReversed()
    .flatMap(({ node, seedFrom }): readonly Fill[] =>
      node.idle && !seedFrom ? [{ do: 'drop', what: node.idle, ...asFunction(node.resource === 'function') }] : [],
    );
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
    prepare: [...create, ...drops, ...seeds, ...refers.atOnce],
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
    ],
  };
}

const seededNames = (built: readonly Placed[]): readonly Relation[] =>
  built.flatMap(({ node: { live }, seedFrom }) => (live && seedFrom ? [live] : []));

/** In step with each other; a schema that only loses relations has no idle side. */
function sides(named: readonly Pair[]): { live: readonly Container[]; idle: readonly Container[] } {
  return { live: schemasOf(named.map(({ live }) => live)), idle: schemasOf(named.map(({ idle }) => idle)) };
}

const sidePairs = (nodes: readonly PlannedNode[]): readonly Pair[] =>
  nodes.flatMap(({ live, idle }) => (live && idle ? [{ live, idle }] : []));

/** A schema that becomes two on the idle side, or the other way round, cannot be put back together by name. */
function splitSchemas(pairs: readonly Pair[]): readonly string[] {
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
  return exchangeRelations([...built, ...removed], { live: plan.live, catalog, leaves, release, traits });
}

export interface ExchangeFacts {
  readonly live: readonly Container[];
  readonly catalog: Catalog;
  /** Whose content leaves live; null when nothing was live. */
  readonly leaves: ReleaseId | null;
  readonly release: ReleaseId;
  readonly traits: Pick<Traits, 'exchange'>;
}

/**
 * Puts relations under live names (`from: null`: nothing), and sets aside what was there, after what readers can see.
 */
export function exchangeRelations(
  names: readonly { readonly live: Relation; readonly from: Relation | null }[],
  { live: sides, catalog, leaves, release, traits }: ExchangeFacts,
): Cut {
  const board = scratch(catalog);
  const keptOf = keptPlaces(sides, leaves, release, catalog);
  const kept: Relation[] = [];
  const setAside = (from: Relation, to: Relation): Change => {
    kept.push(to);
    return board.move(from, to);
  };
  const touched = { replace: [] as Relation[], add: [] as Relation[], remove: [] as Relation[] };
  const exchanged: { live: Relation; from: Relation }[] = [];
  const visible = names.flatMap(({ live, from }): readonly Change[] => {
    const [old, now] = [catalog.find(live), from && catalog.find(from)];
    if (old === null) {
      if (from === null) return [];
      touched.add.push(live);
      return [board.move(from, live)];
    }
    if (from === null) {
      touched.remove.push(live);
      return [setAside(live, keptOf(live))];
    }
    touched.replace.push(live);
    // Two kinds cannot change places in one statement: the name is vacated first, as where nothing changes places.
    if (old.kind !== now?.kind || isFunction(live, catalog) || traits.exchange.includes('move'))
      return [setAside(live, keptOf(live)), board.move(from, live)];
    exchanged.push({ live, from });
    return [board.exchange(live, from)];
  });
  const aside = exchanged.map(({ live, from }) => setAside(from, keptOf(live)));
  return { changes: [...visible, ...aside], visible: visible.length, kept: schemasOf(kept), touched };
}

/** Tells what each name holds after the changes so far, so that every change can claim it. */
function scratch(catalog: Catalog) {
  const now = new Map<string, Claims[number][1]>();
  const state = (name: Relation) => now.get(JSON.stringify(name)) ?? catalog.state(name);
  const set = (...claims: Claims): void => claims.forEach(([name, value]) => now.set(JSON.stringify(name), value));
  return {
    exchange(a: Relation, b: Relation): Change {
      const [first, second] = [state(a), state(b)];
      const after: Claims = [
        [a, second],
        [b, first],
      ];
      set(...after);
      return {
        do: 'exchange',
        a,
        b,
        before: [
          [a, first],
          [b, second],
        ],
        after,
      };
    },
    move(from: Relation, to: Relation): Change {
      const held = state(from);
      const after: Claims = [
        [from, { is: 'absent' }],
        [to, held],
      ];
      const before: Claims = [
        [from, held],
        [to, state(to)],
      ];
      set(...after);
      return { do: 'move', what: isFunction(from, catalog) ? 'function' : 'relation', from, to, before, after };
    },
  };
}

/** `<schema>__r41`, for the content that leaves; with the number of the release that displaces it where that name is taken. */
function keptPlaces(
  live: readonly Container[],
  leaves: ReleaseId | null,
  release: ReleaseId,
  catalog: Catalog,
): (of: Relation) => Relation {
  const taken = (container: Container): boolean =>
    catalog.state(container).is !== 'absent' ||
    catalog.relations.some(
      ({ relation: { database, schema } }) => database === container.database && schema === container.schema,
    );
  const places = new Map(
    live.map((side) => {
      const named: Container = { ...side, schema: `${side.schema ?? ''}__${leaves ?? release}` };
      return [side.schema, taken(named) ? { ...named, schema: `${named.schema ?? ''}_${release}` } : named] as const;
    }),
  );
  return (of) => {
    const to = places.get(of.schema);
    return to ? inContainer(of, to) : of;
  };
}
