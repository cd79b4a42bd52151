import { hash } from 'node:crypto';
import type { Change, Claims, State } from '../../domain/change.ts';
import {
  type Container,
  contains,
  inContainer,
  isRelation,
  type Name,
  nameKey,
  type Relation,
} from '../../domain/relation.ts';
import type { Catalog } from '../../warehouse/port.ts';
import { isFunction } from './functions.ts';

/** Tells what each name holds after the changes so far, so that every change can claim it. */
export interface Board {
  state(name: Name): State;
  exchange(a: Relation, b: Relation): Change;
  /** `inside`: of what is in either, whatever a change before or after claims. */
  exchangeContainers(a: Container, b: Container, inside: readonly Relation[]): Change;
  move(from: Relation, to: Relation): Change;
  /** With all relations of it that changes have claimed so far, and those that are named. */
  moveContainer(from: Container, to: Container, holding: readonly Relation[]): Change;
  /** What readers use as `name` has what `to` has; null: it goes away. */
  repoint(name: Relation, to: Relation | null, was: Relation | null): Change;
  /** `like`: a view that has the rights it gets. */
  define(view: Relation, sql: string, was: string, like?: Relation): Change;
}

export function boardOf(catalog: Catalog): Board {
  const now = new Map<string, { readonly name: Name; readonly state: State }>();
  const state = (name: Name): State => now.get(nameKey(name))?.state ?? catalog.state(name);
  const claims = (after: Claims): { readonly before: Claims; readonly after: Claims } => {
    const before = after.map(([name]) => [name, state(name)] as const);
    for (const [name, held] of after) now.set(nameKey(name), { name, state: held });
    return { before, after };
  };
  const inside = (container: Container): readonly Relation[] =>
    [...now.values()].flatMap(({ name }) =>
      isRelation(name) && contains({ ...container, location: name.location }, name) ? [name] : [],
    );
  return {
    state,
    exchange: (a, b) => ({
      do: 'exchange',
      a,
      b,
      ...claims([
        [a, state(b)],
        [b, state(a)],
      ]),
    }),
    exchangeContainers(a, b, inside) {
      const within = [
        ...inside.filter((one) => contains(a, one)).map((one) => [one, inContainer(one, b)] as const),
        ...inside.filter((one) => contains(b, one)).map((one) => [inContainer(one, a), one] as const),
      ];
      const pairs = new Map(within.map((pair) => [nameKey(pair[0]), pair]));
      return {
        do: 'exchange',
        a,
        b,
        ...claims([
          [a, state(b)],
          [b, state(a)],
          ...[...pairs.values()].flatMap(
            ([one, other]): Claims => [
              [one, state(other)],
              [other, state(one)],
            ],
          ),
        ]),
      };
    },
    move: (from, to) => ({
      do: 'move',
      what: isFunction(from, catalog) ? 'function' : 'relation',
      from,
      to,
      ...claims([
        [from, { is: 'absent' }],
        [to, state(from)],
      ]),
    }),
    moveContainer(from, to, holding) {
      const relations = new Map([...inside(from), ...holding].map((one) => [nameKey(one), one]));
      const held = [...relations.values()].filter((one) => state(one).is !== 'absent');
      return {
        do: 'move',
        what: 'container',
        from,
        to,
        ...claims([
          [from, { is: 'absent' }],
          [to, state(from)],
          ...held.flatMap(
            (one): Claims => [
              [one, { is: 'absent' }],
              [{ ...one, database: to.database, schema: to.schema ?? one.schema }, state(one)],
            ],
          ),
        ]),
      };
    },
    repoint: (name, to, was) => ({
      do: 'repoint',
      name,
      to,
      was,
      ...claims([[name, to ? state(to) : { is: 'absent' }]]),
    }),
    define: (view, sql, was, like) => ({
      do: 'define',
      view,
      sql,
      was,
      ...(like ? { like } : {}),
      ...claims([[view, { is: 'view', text: hash('sha256', sql, 'hex') }]]),
    }),
  };
}
